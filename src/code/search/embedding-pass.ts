import { UnavailableError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { estimateTokens } from "../../base/tokens.ts"
import { type ChunkHash, textsOf } from "../index/chunk-hashes.ts"
import type { StoredVector } from "../index/vector-store.ts"
import type { View } from "../index/view.ts"
import { breather } from "./breather.ts"
import { embedTexts } from "./embed-texts.ts"
import type { Embedder } from "./embedder.ts"
import { quantised } from "./quantised.ts"
import type { VectorSpace } from "./vector-space.ts"
import type { Vectors } from "./vectors.ts"

/** A request has at most so many texts, and tokens by estimate: what a local model takes in some seconds. */
const batchTexts = 64
const batchTokens = 8_000
/** So many vectors of chunks that are gone are kept at least: undoing a change then costs nothing. */
const keptUnused = 200

export interface PassOptions {
  readonly view: View
  readonly vectors: Vectors
  readonly embedder: Embedder
  /** Looked at before each batch: false ends the pass. */
  readonly isWanted: () => boolean
  readonly onCount: (count: { readonly chunks: number; readonly embedded: number }) => void
  readonly signal: AbortSignal
}

/**
 * Embeds the chunks of the tree that have no vector of this model, each batch stored before the next is asked for: what
 * is cut off goes on where it was. Returns false when it was not wanted to the end. Rejects with the embedder's error, and
 * with EMBEDDINGS_CHANGED when the same name has become another model: what there was is dropped then.
 */
export async function embeddingPass(options: PassOptions): Promise<boolean> {
  const { view, vectors, embedder, isWanted, onCount, signal } = options
  const breathe = breather()
  const pause = async () => {
    await breathe()
    throwIfAborted(signal)
  }
  const space = await vectors.space(embedder.id, pause)
  const { waiting, ...count } = await withoutVectors(view, vectors, space, pause)
  let { embedded } = count
  const { chunks } = count
  onCount({ chunks, embedded })
  let { width } = space
  for await (const batch of batchesOf(view, waiting, pause)) {
    if (!isWanted()) return false
    const found = await embedTexts(
      embedder,
      batch.map(({ text }) => text),
      signal,
    )
    throwIfAborted(signal)
    const stored = batch.map(({ hash }, at) => storedVector(hash, found[at]))
    const widths = new Set(stored.flatMap(({ bytes }) => (bytes.length > 0 ? [bytes.length] : [])))
    const [first = width] = widths
    if (widths.size > 1 || (width !== 0 && first !== width)) {
      vectors.forget(embedder.id)
      onCount({ chunks, embedded: 0 })
      throw anotherModel(embedder.id)
    }
    width = first
    vectors.put(embedder.id, stored)
    embedded += batch.reduce((sum, { copies }) => sum + copies, 0)
    onCount({ chunks, embedded })
    await pause()
  }
  await collect(options, { space, chunks, pause })
  return true
}

interface Waiting {
  readonly content: number
  readonly chunk: number
  readonly hash: ChunkHash
  /** How often the tree has it. */
  copies: number
}

async function withoutVectors(view: View, vectors: Vectors, space: VectorSpace, pause: () => Promise<void>) {
  const waiting = new Map<ChunkHash, Waiting>()
  let chunks = 0
  let embedded = 0
  for (const content of [...view.contents.ids()]) {
    if (view.tree.live[content] !== 1 || !view.contents.get(content)) continue
    vectors.hashes.made(view, content).forEach((hash, chunk) => {
      if (hash === "") return
      chunks++
      const known = waiting.get(hash)
      if (known) known.copies++
      else if (space.row(hash) !== undefined) embedded++
      else waiting.set(hash, { content, chunk, hash, copies: 1 })
    })
    await pause()
  }
  return { waiting: waiting.values(), chunks, embedded }
}

/** The chunks with their texts, as many at a time as a request may have. */
async function* batchesOf(view: View, waiting: Iterable<Waiting>, pause: () => Promise<void>) {
  let batch: (Waiting & { readonly text: string })[] = []
  let tokens = 0
  let last: { readonly content: number; readonly texts: readonly string[] } | undefined
  for (const one of waiting) {
    // It may have been dropped in the meantime.
    if (!view.contents.get(one.content)) continue
    if (last?.content !== one.content) last = { content: one.content, texts: textsOf(view, one.content) }
    const text = last.texts[one.chunk] ?? ""
    const more = estimateTokens(text)
    if (batch.length >= batchTexts || (batch.length > 0 && tokens + more > batchTokens)) {
      yield batch
      batch = []
      tokens = 0
    }
    batch.push({ ...one, text })
    tokens += more
    await pause()
  }
  if (batch.length > 0) yield batch
}

const anotherModel = (model: string) =>
  new UnavailableError({
    code: "EMBEDDINGS_CHANGED",
    message: `The vectors of ${model} have another width than before: it must be another model by now.`,
    hint: "All passages are embedded anew.",
  })

function storedVector(chunk: ChunkHash, vector: Float32Array | undefined): StoredVector {
  return { chunk, ...((vector && quantised(vector)) ?? { bytes: new Int8Array(0), scale: 0 }) }
}

/** Drops vectors of other models, and those that no content of the index has any more once they are many. */
async function collect(
  { vectors, embedder }: PassOptions,
  { space, chunks, pause }: { space: VectorSpace; chunks: number; pause: () => Promise<void> },
) {
  const isMany = (unused: number, used: number) => unused > Math.max(keptUnused, used / 4)
  let used: Set<ChunkHash> | undefined
  // Looking at all of the index is only worth it where this tree alone leaves many unused.
  if (isMany(space.count - chunks, chunks)) {
    const all = await vectors.hashes.all(pause)
    let unused = 0
    for (const hash of space.chunks()) if (!all.has(hash)) unused++
    if (isMany(unused, all.size)) used = all
  }
  if (used || vectors.hasOthers(embedder.id)) await vectors.keepOnly(embedder.id, used, pause)
}
