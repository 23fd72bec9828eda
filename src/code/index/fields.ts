/** The fields of a chunk in which a word may stand; a posting says in which, and how often in the long ones. */
export const fieldNames = ["name", "within", "signature", "doc", "body", "comment"] as const
export const fieldCount = fieldNames.length

export const nameField = 0
export const withinField = 1
export const signatureField = 2
export const docField = 3
export const bodyField = 4
export const commentField = 5

/**
 * In the doc, body and comment fields a word's count is stored; in the short ones it counts once. Set in a posting's byte
 * of fields where every counted field has the word once, so that no counts follow.
 */
export const onceBit = 1 << fieldCount
