import { fieldCount, onceBit } from "../index/fields.ts"
import { byteReader } from "../index/varint.ts"

/** The live postings of one word. */
export interface PostingList {
  readonly docs: Uint32Array
  /** Bits of the fields it stands in. */
  readonly fields: Uint8Array
  /** Its counts in doc, body and comment: three for each document. */
  readonly counts: Uint8Array
  readonly length: number
}

/** Decodes stored lists, keeping documents whose content is live. */
export function decodePostings(lists: readonly Uint8Array[], contentOf: Uint32Array, live: Uint8Array): PostingList {
  // A posting takes two bytes at least.
  const capacity = lists.reduce((sum, list) => sum + (list.length >> 1), 0)
  const docs = new Uint32Array(capacity)
  const fields = new Uint8Array(capacity)
  const counts = new Uint8Array(capacity * 3)
  let length = 0
  for (const list of lists) {
    const reader = byteReader(list)
    let doc = 0
    while (reader.at < reader.end) {
      doc += reader.varint()
      const bits = reader.byte()
      const isOnce = (bits & onceBit) !== 0
      let a = (bits >> 3) & 1
      let b = (bits >> 4) & 1
      let c = (bits >> 5) & 1
      if (!isOnce) {
        if (a) a = reader.byte()
        if (b) b = reader.byte()
        if (c) c = reader.byte()
      }
      if (live[contentOf[doc] ?? 0] !== 1) continue
      docs[length] = doc
      fields[length] = bits & ((1 << fieldCount) - 1)
      counts[length * 3] = a
      counts[length * 3 + 1] = b
      counts[length * 3 + 2] = c
      length++
    }
  }
  return { docs: docs.subarray(0, length), fields, counts, length }
}

/** Where `doc` stands in the list, or -1. */
export function positionOf(list: PostingList, doc: number): number {
  let low = 0
  let high = list.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const here = list.docs[middle] ?? 0
    if (here === doc) return middle
    if (here < doc) low = middle + 1
    else high = middle - 1
  }
  return -1
}
