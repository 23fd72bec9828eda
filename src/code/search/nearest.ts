import type { ChunkHashes } from "../index/chunk-hashes.ts"
import type { View } from "../index/view.ts"
import { breather } from "./breather.ts"
import { topOf } from "./candidates.ts"
import type { Quantised } from "./quantised.ts"
import type { VectorSpace } from "./vector-space.ts"
import { weights } from "./weights.ts"

/** How alike chunks are to a query in meaning. */
export interface Likeness {
  /** By document number: 0 for one that is no more alike than the others, 1 for the same meaning. */
  readonly strengths: Float32Array
  /** Documents that are most alike, best first. */
  readonly top: readonly number[]
}

/** Which documents count: by content id and by kind number, as the filters of a search say. */
export interface Among {
  readonly allowed: Uint8Array | undefined
  readonly kinds: Uint8Array | undefined
}

/** Rows of the chunks of each content, remembered as long as nothing about them changes. */
export function contentRows(hashes: () => Pick<ChunkHashes, "of">) {
  let of: { readonly view: View; readonly space: VectorSpace } | undefined
  const known = new Map<number, { readonly rows: Int32Array; readonly version: number; readonly isWhole: boolean }>()
  return (view: View, space: VectorSpace, content: number): Int32Array => {
    // Numbers of contents are those of one view, and of rows those of one space.
    if (of?.view !== view || of.space !== space) {
      known.clear()
      of = { view, space }
    }
    const found = known.get(content)
    if (found && (found.isWhole || found.version === space.version)) return found.rows
    let isWhole = true
    const list = hashes().of(content)
    const rows = Int32Array.from(list ?? [], (hash) => {
      const row = hash === "" ? 0 : space.row(hash)
      if (row === undefined) isWhole = false
      return row ?? 0
    })
    known.set(content, { rows, version: space.version, isWhole: isWhole && list !== undefined })
    return rows
  }
}

/**
 * Compares the query with every vector of the tree: at this size that is quick, and exact. Others have their turn every
 * two milliseconds.
 *
 * Models differ in how alike they find things that have nothing to do with each other (cosines from 0 to 0.7), so a
 * chunk's strength is how far it has come from what is usual for this query to the same meaning.
 */
export async function nearest(
  { view, space, rowsOf }: { view: View; space: VectorSpace; rowsOf: ReturnType<typeof contentRows> },
  query: Quantised,
  { allowed, kinds }: Among,
): Promise<Likeness> {
  const { contents, tree } = view
  const { docs } = contents
  const strengths = new Float32Array(docs.count)
  const breathe = breather()
  let sum = 0
  let best = 0
  let count = 0
  for (const content of contents.ids()) {
    if (tree.live[content] !== 1) continue
    const firstDoc = contents.get(content)?.firstDoc ?? 0
    const rows = rowsOf(view, space, content)
    for (let chunk = 0; chunk < rows.length; chunk++) {
      const row = rows[chunk] ?? 0
      if (row === 0) continue
      const cosine = space.cosine(row, query)
      sum += cosine
      best = Math.max(best, cosine)
      count++
      const doc = firstDoc + chunk
      if (
        doc < strengths.length &&
        (!allowed || allowed[content] === 1) &&
        (!kinds || kinds[docs.kind[doc] ?? 0] === 1)
      )
        strengths[doc] = cosine
    }
    const rest = breathe()
    if (rest) await rest
  }
  // Without the best, which in a small tree would be what is usual.
  const usual = Math.max(0, (sum - best) / Math.max(1, count))
  for (let doc = 0; doc < strengths.length; doc++) {
    const cosine = strengths[doc] ?? 0
    if (cosine === 0) continue
    const strength = usual < 1 ? Math.min(1, (cosine - usual) / (1 - usual)) : 0
    strengths[doc] = strength >= weights.meaning.least ? strength : 0
  }
  return { strengths, top: topOf(strengths, weights.meaning.candidates) }
}
