import { bodyField, commentField, docField, fieldCount, onceBit } from "./fields.ts"
import type { Lexicon } from "./lexicon.ts"
import { byteWriter } from "./varint.ts"

/**
 * A file's part of the inverted index. For each key four numbers in `spans`: its first chunk, its last chunk, and where
 * its bytes start and end. The bytes are those of a posting list (see `decodePostings`) without the first chunk's number,
 * which the writer of the segment puts there as a document number.
 */
export interface FilePostings {
  readonly keys: Float64Array<ArrayBuffer>
  readonly spans: Uint32Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * Gathers the words of one file, chunk by chunk. A posting is: the distance to the last chunk that had the word (LEB128),
 * one byte for the fields it stands in, and its count in each counted field (doc, body, comment) unless all are one.
 */
export interface PostingCollector {
  /** The terms of one word, by its place in the lexicon, standing in `field` of the current chunk. */
  add(lexicon: Lexicon, place: number, field: number): void
  /** Ends the chunk numbered `chunk`; puts the length of each field, in terms, into `lengths` from `at` on. */
  endDocument(chunk: number, lengths: Uint32Array, at: number): void
  /** Ends the file. `wholeFile` are keys that stand for the file, not for a chunk: they get its first chunk. */
  endFile(lexicon: Lexicon, wholeFile: readonly number[]): FilePostings
  /** Forgets the numbers of terms: the lexicon has started afresh. */
  reset(): void
}

const rowWidth = 8
const touchedColumn = rowWidth - 1

export function postingCollector(): PostingCollector {
  // By number of the term: counts in the chunk at hand, and the chain of its postings in the file at hand.
  let capacity = 1 << 14
  // One row of a term: its count in each field, and last whether it stands in the chunk at all. A row is 16 bytes, so
  // that it lies in one line of the processor's cache.
  let counts = new Uint16Array(capacity * rowWidth)
  let head = new Int32Array(capacity).fill(-1)
  let tail = new Int32Array(capacity).fill(-1)
  const touched: number[] = []
  let fileTerms: number[] = []
  const lengths = new Array<number>(fieldCount).fill(0)
  // The postings of the file: five numbers each (chunk, fields, doc, body, comment) and the next of the same term.
  let entries = new Uint32Array(1 << 15)
  let next = new Int32Array(1 << 12)
  let entryCount = 0
  const out = byteWriter(1 << 15)

  const grow = (number: number) => {
    while (capacity <= number) capacity *= 2
    const wider = <T extends Uint16Array | Int32Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    counts = wider(counts, new Uint16Array(capacity * rowWidth))
    head = wider(head, new Int32Array(capacity).fill(-1))
    tail = wider(tail, new Int32Array(capacity).fill(-1))
  }
  const clamped = (value: number) => Math.min(value, 255)

  return {
    add(lexicon, place, field) {
      const { terms } = lexicon
      const length = terms[place] ?? 0
      lengths[field] = (lengths[field] ?? 0) + length
      for (let at = place + 1; at <= place + length; at++) {
        const number = terms[at] ?? 0
        if (number >= capacity) grow(number)
        const row = number * rowWidth
        if (counts[row + touchedColumn] === 0) {
          counts[row + touchedColumn] = 1
          touched.push(number)
        }
        counts[row + field] = (counts[row + field] ?? 0) + 1
      }
    },
    endDocument(chunk, into, at) {
      for (const number of touched) {
        const base = number * rowWidth
        let fields = 0
        for (let field = 0; field < fieldCount; field++) if ((counts[base + field] ?? 0) > 0) fields |= 1 << field
        if (entryCount === next.length) {
          const wider = new Int32Array(next.length * 2)
          wider.set(next)
          next = wider
          const more = new Uint32Array(entries.length * 2)
          more.set(entries)
          entries = more
        }
        const entry = entryCount++
        entries[entry * 5] = chunk
        entries[entry * 5 + 1] = fields
        entries[entry * 5 + 2] = clamped(counts[base + docField] ?? 0)
        entries[entry * 5 + 3] = clamped(counts[base + bodyField] ?? 0)
        entries[entry * 5 + 4] = clamped(counts[base + commentField] ?? 0)
        next[entry] = -1
        const last = tail[number] ?? -1
        if (last < 0) {
          head[number] = entry
          fileTerms.push(number)
        } else next[last] = entry
        tail[number] = entry
        counts.fill(0, base, base + rowWidth)
      }
      touched.length = 0
      into.set(lengths, at)
      lengths.fill(0)
    },
    endFile(lexicon, wholeFile) {
      const total = fileTerms.length + wholeFile.length
      const keys = new Float64Array(total)
      const spans = new Uint32Array(total * 4)
      out.clear()
      fileTerms.forEach((number, at) => {
        keys[at] = lexicon.keyOf(number)
        const first = head[number] ?? 0
        spans[at * 4] = entries[first * 5] ?? 0
        spans[at * 4 + 2] = out.length
        let previous = -1
        for (let entry = first; entry >= 0; entry = next[entry] ?? -1) {
          const base = entry * 5
          const chunk = entries[base] ?? 0
          if (previous >= 0) out.varint(chunk - previous)
          previous = chunk
          writeFields(
            out,
            entries[base + 1] ?? 0,
            entries[base + 2] ?? 0,
            entries[base + 3] ?? 0,
            entries[base + 4] ?? 0,
          )
        }
        spans[at * 4 + 1] = previous
        spans[at * 4 + 3] = out.length
        head[number] = -1
        tail[number] = -1
      })
      const empty = out.length
      out.byte(onceBit)
      wholeFile.forEach((key, index) => {
        const at = fileTerms.length + index
        keys[at] = key
        spans[at * 4 + 2] = empty
        spans[at * 4 + 3] = empty + 1
      })
      fileTerms = []
      entryCount = 0
      return { keys, spans, bytes: out.slice() }
    },
    reset() {
      head.fill(-1)
      tail.fill(-1)
    },
  }
}

function writeFields(out: { byte(value: number): void }, fields: number, doc: number, body: number, comment: number) {
  if (doc <= 1 && body <= 1 && comment <= 1) return out.byte(fields | onceBit)
  out.byte(fields)
  if (doc > 0) out.byte(doc)
  if (body > 0) out.byte(body)
  if (comment > 0) out.byte(comment)
}
