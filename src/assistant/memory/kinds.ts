/** Whose memory: a person's, everyone's who works on a project, or everyone's on the server. */
export const memoryScopes = ["user", "project", "team"] as const
export type MemoryScope = (typeof memoryScopes)[number]

/** What someone wants remembered. */
export const memoryKinds = ["fact", "preference", "decision"] as const
export type MemoryKind = (typeof memoryKinds)[number]

/** What is drawn from conversations by rule. */
export const patternKinds = ["together", "command", "correction", "constraint", "decided"] as const
export type PatternKind = (typeof patternKinds)[number]

/** In characters. */
export const longestMemory = 2_000
