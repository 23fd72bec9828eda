import type { ChunkHash } from "../index/chunk-hashes.ts"
import type { StoredVector } from "../index/vector-store.ts"
import { dot, type Quantised } from "./quantised.ts"

/** The vectors of one model in memory: a byte for each component, and some 100 bytes for each vector. */
export interface VectorSpace {
  /** Components of a vector; 0 while there is none. */
  readonly width: number
  readonly count: number
  /** Moves with every `add`. */
  readonly version: number
  /** One that is there already, or of another width than the first, is left out. */
  add(vector: StoredVector): void
  /** Number of the chunk's vector from 1; 0 for a chunk that no model took; undefined for one without. */
  row(chunk: ChunkHash): number | undefined
  chunks(): IterableIterator<ChunkHash>
  /** The cosine of the row's vector and the query's, -1 to 1. */
  cosine(row: number, query: Quantised): number
}

/** Rows of a block: so many are set aside at a time, and none of those that are there moves. */
const blockRows = 2048

export function vectorSpace(): VectorSpace {
  const rows = new Map<ChunkHash, number>()
  const blocks: Int8Array[] = []
  const scales: Float32Array[] = []
  let width = 0
  let count = 0
  let version = 0
  return {
    get width() {
      return width
    },
    get count() {
      return count
    },
    get version() {
      return version
    },
    add({ chunk, scale, bytes }) {
      if (rows.has(chunk)) return
      if (width !== 0 && bytes.length !== 0 && bytes.length !== width) return
      version++
      if (bytes.length === 0) {
        rows.set(chunk, 0)
        return
      }
      width = bytes.length
      const block = Math.floor(count / blockRows)
      const at = count % blockRows
      if (at === 0) {
        blocks.push(new Int8Array(blockRows * width))
        scales.push(new Float32Array(blockRows))
      }
      blocks[block]?.set(bytes, at * width)
      scales[block]?.fill(scale, at, at + 1)
      rows.set(chunk, ++count)
    },
    row: (chunk) => rows.get(chunk),
    chunks: () => rows.keys(),
    cosine(row, { bytes, scale }) {
      const block = Math.floor((row - 1) / blockRows)
      const at = (row - 1) % blockRows
      const values = blocks[block]
      if (!values) return 0
      return dot(values, at * width, bytes) * (scales[block]?.[at] ?? 0) * scale
    },
  }
}
