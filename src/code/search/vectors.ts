import type { DatabaseSync } from "node:sqlite"
import { throwIfAborted } from "../../base/signal.ts"
import type { View } from "../index/view.ts"
import { linesOf } from "./passage.ts"

/** Turns texts into vectors of meaning: a model's, or a stand-in's. Vectors need not be normalised. */
export interface Embedder {
  /** Names the model and its version: vectors of different ones are never compared. */
  readonly id: string
  /** How many texts to hand over at once. */
  readonly batch: number
  embed(texts: readonly string[], kind: "document" | "query", signal?: AbortSignal): Promise<readonly Float32Array[]>
}

export interface Meanings {
  /** Embeds the chunks of the tree that have no vectors yet. */
  update(signal: AbortSignal): Promise<number>
  /** The chunks most like the text, by document number, from 0 to 1; undefined while no vectors are stored. */
  similar(text: string, signal?: AbortSignal): Promise<ReadonlyMap<number, number> | undefined>
}

const kept = 100
/** Characters of a chunk that are embedded: about what models take. */
const maxLength = 6000

/**
 * Vectors beside the index: one row for each content, its chunks as signed bytes with their scale, so that a million
 * lines take some tens of megabytes. Compared one by one: at this size that is quick, and exact.
 */
export function openMeanings(db: DatabaseSync, view: View, embedder: Embedder): Meanings {
  const put = db.prepare("INSERT OR REPLACE INTO vector (model, content, vectors) VALUES (?, ?, ?)")
  const all = db.prepare("SELECT content, vectors FROM vector WHERE model = ? ORDER BY content")
  const has = db.prepare("SELECT 1 FROM vector WHERE model = ? AND content = ?")

  return {
    async update(signal) {
      let waiting: { content: number; texts: string[] }[] = []
      let size = 0
      let embedded = 0
      const flush = async () => {
        const texts = waiting.flatMap((one) => one.texts)
        if (texts.length === 0) return
        const vectors: Float32Array[] = []
        for (let from = 0; from < texts.length; from += embedder.batch)
          vectors.push(...(await embedder.embed(texts.slice(from, from + embedder.batch), "document", signal)))
        throwIfAborted(signal)
        let at = 0
        for (const { content, texts: own } of waiting) {
          // It may have been dropped while the model was at work.
          if (view.contents.get(content)) put.run(embedder.id, content, packed(vectors.slice(at, at + own.length)))
          at += own.length
        }
        embedded += texts.length
        waiting = []
        size = 0
      }
      const contents = new Set([...view.tree.files()].map(({ content }) => content))
      for (const content of contents) {
        throwIfAborted(signal)
        if (content === 0 || has.get(embedder.id, content)) continue
        const texts = textsOf(view, content)
        waiting.push({ content, texts })
        size += texts.length
        if (size >= embedder.batch) await flush()
      }
      await flush()
      return embedded
    },
    async similar(text, signal) {
      if (text.trim() === "") return undefined
      if (!db.prepare("SELECT 1 FROM vector WHERE model = ? LIMIT 1").get(embedder.id)) return undefined
      const [query] = await embedder.embed([text], "query", signal)
      if (!query) return undefined
      const unit = normalised(query)
      const best: { doc: number; score: number }[] = []
      let least = 0
      for (const row of all.iterate(embedder.id)) {
        const content = view.contents.get(Number(row.content))
        if (!content || view.tree.live[content.id] !== 1 || !(row.vectors instanceof Uint8Array)) continue
        for (const [chunk, score] of scores(row.vectors, unit).entries()) {
          if (score <= least) continue
          best.push({ doc: content.firstDoc + chunk, score })
          if (best.length < kept * 2) continue
          best.sort((a, b) => b.score - a.score || a.doc - b.doc)
          best.length = kept
          least = best.at(-1)?.score ?? 0
        }
      }
      best.sort((a, b) => b.score - a.score || a.doc - b.doc)
      return new Map(best.slice(0, kept).map(({ doc, score }) => [doc, Math.min(1, score)]))
    },
  }
}

function textsOf(view: View, content: number): string[] {
  const lines = linesOf(view.text(content) ?? "")
  const path = view.tree.pathsOf(content)[0] ?? ""
  return (view.outline(content)?.chunks ?? []).map((chunk) => {
    const head = [path, ...chunk.path, chunk.name].filter((part) => part !== "").join(" ")
    return `${head}\n${lines.slice(chunk.startLine - 1, chunk.endLine).join("\n")}`.slice(0, maxLength)
  })
}

/** Number of vectors, dimensions, then each vector: its scale and a signed byte for each dimension. */
function packed(vectors: readonly Float32Array[]): Uint8Array {
  const width = vectors[0]?.length ?? 0
  const bytes = new Uint8Array(8 + vectors.length * (4 + width))
  const data = new DataView(bytes.buffer)
  data.setUint32(0, vectors.length, true)
  data.setUint32(4, width, true)
  vectors.forEach((vector, number) => {
    const unit = normalised(vector)
    const scale = unit.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127 || 1
    const base = 8 + number * (4 + width)
    data.setFloat32(base, scale, true)
    unit.forEach((value, at) => {
      data.setInt8(base + 4 + at, Math.round(value / scale))
    })
  })
  return bytes
}

function scores(bytes: Uint8Array, query: Float32Array): number[] {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length < 8 ? 0 : data.getUint32(0, true)
  const width = count === 0 ? 0 : data.getUint32(4, true)
  if (width !== query.length) return []
  return Array.from({ length: count }, (_, number) => {
    const base = 8 + number * (4 + width)
    let sum = 0
    for (let at = 0; at < width; at++) sum += data.getInt8(base + 4 + at) * (query[at] ?? 0)
    return sum * data.getFloat32(base, true)
  })
}

function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  return vector.map((value) => value / length)
}
