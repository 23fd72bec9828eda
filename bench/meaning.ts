import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../src/base/random.ts"
import { openProjects } from "../src/code/projects.ts"
import type { Embedder } from "../src/code/search/embedder.ts"
import { dot, quantised } from "../src/code/search/quantised.ts"
import { quantile, type Report } from "./machine.ts"
import { assemble } from "./retrieval/corpus.ts"

const lines = 520_000
const width = 768
const questions = 60

/** Search by meaning over some 50,000 passages: latency beside the same search without, blocking, size, and error. */
export async function run(): Promise<Report> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-meaning-")))
  let isOn = false
  const projects = openProjects({
    dataFolder: join(folder, "data"),
    watches: false,
    embedder: () => (isOn ? scattered : undefined),
  })
  try {
    const root = join(folder, "project")
    assemble(join(import.meta.dirname, "..", "node_modules"), root, lines)
    const project = await projects.open(root)
    await project.ready()
    await project.index.settled()
    const { databaseBytes: before } = project.index.stats()
    const texts = Array.from({ length: questions }, (_, n) => `where is option ${n} of the parser checked and reported`)
    await timed(texts.slice(0, 5), (text) => project.index.search({ text }))
    const gapsBefore = eventLoopGaps()
    const without = await timed(texts, (text) => project.index.search({ text }))
    const longestBeforeMs = gapsBefore.end()
    isOn = true
    const startedMs = performance.now()
    project.index.embed()
    await project.index.settled()
    const embeddedS = (performance.now() - startedMs) / 1000
    const { chunks = 0, embedded = 0 } = project.index.meaning() ?? {}
    const vectorBytes = project.index.stats().databaseBytes - before
    projects.releaseMemory()
    const [cold] = await timed(["a first question"], (text) => project.index.search({ text }))
    const gaps = eventLoopGaps()
    const withMeaning = await timed(texts, (text) => project.index.search({ text }))
    const longestMs = gaps.end()
    const p95 = quantile(withMeaning, 0.95)
    const plain = compared(embedded)
    return {
      title: "Search by meaning",
      rows: [
        { what: "passages, each a vector of 768", value: `${embedded} of ${chunks}` },
        { what: "stored in (model at no cost)", value: `${embeddedS.toFixed(1)} s` },
        {
          what: "on disk",
          value: `${(vectorBytes / 1e6).toFixed(0)} MB, ${(vectorBytes / embedded).toFixed(0)} bytes a vector`,
        },
        { what: "search without, p50 / p95", value: spoken(without) },
        { what: "search with, p50 / p95", value: spoken(withMeaning), goal: "p95 < 150 ms", met: p95 < 150 },
        { what: "the first one, vectors read from disk", value: `${(cold ?? 0).toFixed(0)} ms` },
        {
          what: "longest turn of the event loop, without / with",
          value: `${longestBeforeMs.toFixed(1)} / ${longestMs.toFixed(1)} ms`,
        },
        { what: "the scan alone: bytes / Float32Array (peer), p50", value: plain.times },
        { what: "cosine by bytes, off by (most of 50,000)", value: plain.error.toFixed(4) },
        { what: "ten nearest by bytes that are so by floats", value: `${(plain.recall * 100).toFixed(0)} %` },
      ],
      notes: ["vectors by chance from the text, the question's at no cost; in one process, without a server around it"],
    }
  } finally {
    await projects.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A vector that depends on every letter of the text and means nothing. */
const scattered: Embedder = {
  id: "bench/scattered",
  embed: async (texts) =>
    texts.map((text) => {
      let seed = 7
      for (let at = 0; at < text.length; at++) seed = Math.imul(seed, 31) + text.charCodeAt(at)
      return randomVector(seededRandom(seed))
    }),
}

const randomVector = (random: () => number): Float32Array =>
  // About a bell curve, as the components of embeddings are.
  Float32Array.from({ length: width }, () => random() + random() + random() - 1.5)

async function timed(texts: readonly string[], work: (text: string) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (const text of texts) {
    const beganMs = performance.now()
    await work(text)
    took.push(performance.now() - beganMs)
    // Others have their turn between two searches, as in a server.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return took
}

const spoken = (took: readonly number[]) =>
  `${[0.5, 0.95].map((share) => quantile([...took], share).toFixed(1)).join(" / ")} ms`

/** The longest time in which nobody else had a turn. */
function eventLoopGaps() {
  let longestMs = 0
  let lastMs = performance.now()
  let isOver = false
  const look = () => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  return {
    end() {
      isOver = true
      return longestMs
    },
  }
}

/** Bytes against floats on the same vectors. */
function compared(count: number) {
  const random = seededRandom(3)
  const floats = new Float32Array(count * width)
  const bytes = new Int8Array(count * width)
  const scales = new Float32Array(count)
  for (let row = 0; row < count; row++) {
    const unit = normalised(randomVector(random))
    floats.set(unit, row * width)
    const packed = quantised(unit)
    if (!packed) continue
    bytes.set(packed.bytes, row * width)
    scales[row] = packed.scale
  }
  const times = { bytes: [] as number[], floats: [] as number[] }
  let error = 0
  let shared = 0
  const rounds = 20
  for (let round = 0; round < rounds; round++) {
    // Near one of them, as questions are.
    const near = floats.subarray(round * width, (round + 1) * width)
    const noise = randomVector(random)
    const query = normalised(near.map((value, at) => value + 0.02 * (noise[at] ?? 0)))
    const packed = quantised(query)
    if (!packed) continue
    const byBytes = new Float32Array(count)
    const byFloats = new Float32Array(count)
    let beganMs = performance.now()
    for (let row = 0; row < count; row++)
      byBytes[row] = dot(bytes, row * width, packed.bytes) * (scales[row] ?? 0) * packed.scale
    times.bytes.push(performance.now() - beganMs)
    beganMs = performance.now()
    for (let row = 0; row < count; row++) {
      let sum = 0
      for (let at = 0; at < width; at++) sum += (floats[row * width + at] as number) * (query[at] as number)
      byFloats[row] = sum
    }
    times.floats.push(performance.now() - beganMs)
    for (let row = 0; row < count; row++) error = Math.max(error, Math.abs((byBytes[row] ?? 0) - (byFloats[row] ?? 0)))
    const best = new Set(nearestTen(byFloats))
    shared += nearestTen(byBytes).filter((row) => best.has(row)).length
  }
  const p50 = (took: number[]) => quantile(took, 0.5).toFixed(0)
  return { times: `${p50(times.bytes)} / ${p50(times.floats)} ms`, error, recall: shared / (10 * rounds) }
}

const nearestTen = (values: Float32Array) =>
  [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, 10)

function normalised(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}
