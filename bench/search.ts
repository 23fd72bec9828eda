import { execFileSync } from "node:child_process"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lowMemory } from "../src/base/low-memory.ts"
import { below, seededRandom } from "../src/base/random.ts"
import type { CodeIndex, SearchQuery } from "../src/code/code-index.ts"
import { openProjects } from "../src/code/projects.ts"
import { collectGarbage } from "../src/server/quiet.ts"
import { quantile, type Report, residentBytes } from "./machine.ts"
import { assemble, type Corpus } from "./retrieval/corpus.ts"

const lines = 1_000_000
const queriesOfAKind = 120

/** Search over a million lines: latency by kind of query, memory of the process, size of the index. */
export async function run(): Promise<Report> {
  // In a process of its own, started as the server is: how memory is handed out is decided at the start.
  const env = { ...process.env, ...lowMemory }
  return JSON.parse(execFileSync(process.execPath, [import.meta.filename, "--report"], { encoding: "utf8", env }))
}

async function measure(): Promise<Report> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "duck-bench-search-")))
  try {
    const root = join(folder, "project")
    const corpus: Corpus = assemble(join(import.meta.dirname, "..", "node_modules"), root, lines)
    const projects = openProjects({ dataFolder: join(folder, "data"), watches: true })
    const project = await projects.open(root)
    const startedMs = performance.now()
    await project.ready()
    const indexedS = (performance.now() - startedMs) / 1000
    await project.index.settled()
    const kinds = await queriesFor(project.index)
    // What every process pays once: reading the words of paths and the names.
    for (const queries of Object.values(kinds))
      for (const query of queries.slice(0, 2)) await project.index.search(query)
    const all: number[] = []
    const rows: Report["rows"][number][] = []
    let found = 0
    for (const [kind, queries] of Object.entries(kinds)) {
      const took: number[] = []
      for (const query of queries) {
        const beganMs = performance.now()
        const { hits } = await project.index.search(query)
        took.push(performance.now() - beganMs)
        if (hits.length > 0) found++
      }
      all.push(...took)
      rows.push({
        what: `${kind} (p50 / p99 / most)`,
        value: [0.5, 0.99, 1].map((q) => quantile(took, q).toFixed(1)).join(" / "),
      })
    }
    const p99 = quantile(all, 0.99)
    // As long as the server waits before it gives memory back; parser threads have ended by then.
    await new Promise((resolve) => setTimeout(resolve, 16_000))
    projects.releaseMemory()
    collectGarbage()
    const afterMb = (residentBytes(process.pid) ?? process.memoryUsage.rss()) / 1e6
    const { chunks, databaseBytes } = project.index.stats()
    await projects.close()
    const againMb = serverMemory(root, join(folder, "data"))
    return {
      title: "Search over a million lines",
      rows: [
        { what: "corpus", value: `${corpus.files} files, ${corpus.lines} lines, ${chunks} chunks` },
        { what: "indexed in", value: `${indexedS.toFixed(1)} s` },
        { what: "index on disk / sources", value: `${(databaseBytes / corpus.sizeBytes).toFixed(2)} x` },
        ...rows,
        { what: `all ${all.length} queries, p50`, value: `${quantile(all, 0.5).toFixed(1)} ms` },
        { what: `all ${all.length} queries, p99`, value: `${p99.toFixed(1)} ms`, goal: "< 50 ms", met: p99 < 50 },
        { what: "queries with hits", value: `${found} of ${all.length}` },
        {
          what: "resident after indexing and searching",
          value: `${afterMb.toFixed(0)} MB`,
          goal: "<= 300 MB",
          met: afterMb <= 300,
        },
        {
          what: "resident, opened again, after searching",
          value: `${againMb.toFixed(0)} MB`,
          goal: "<= 300 MB",
          met: againMb <= 300,
        },
      ],
      notes: ["milliseconds; the process that indexes and searches, without a server around it"],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Varied queries out of the corpus itself: what people ask in words, names, texts, patterns and with filters. */
async function queriesFor(index: CodeIndex): Promise<Record<string, SearchQuery[]>> {
  const random = seededRandom(11)
  const pick = <T>(list: readonly T[]): T | undefined => list[below(random, list.length)]
  const files = index.files().filter((path) => /\.[cm]?[jt]s$/.test(path))
  const names: string[] = []
  const docs: string[] = []
  const texts: string[] = []
  while (names.length < 600 || docs.length < queriesOfAKind || texts.length < queriesOfAKind) {
    const path = pick(files) ?? ""
    for (const { name, doc } of (await index.outline(path)).items.slice(0, 6)) {
      if (name.length > 3) names.push(name)
      if (doc.length > 30) docs.push(doc.slice(0, 200))
    }
    const line = pick(((await index.text(path)) ?? "").split("\n"))?.trim() ?? ""
    if (line.length > 12) texts.push(line.slice(0, 40))
  }
  const words = (count: number) =>
    Array.from({ length: count }, () => pick(names) ?? "")
      .flatMap((name) => name.split(/(?<=[a-z])(?=[A-Z])|_/))
      .slice(0, count)
      .join(" ")
  const times = (make: () => SearchQuery) => Array.from({ length: queriesOfAKind }, make)
  return {
    words: times(() => ({ text: words(2 + below(random, 4)) })),
    questions: times(() => ({ text: `where is the ${words(2)} of a ${words(1)} handled when an error is thrown` })),
    "doc comments": docs.slice(0, queriesOfAKind).map((text) => ({ text: text.replace(/["':]/g, " ") })),
    names: times(() => ({ text: pick(names) ?? "" })),
    "with filters": times(() => ({ text: `${words(2)} lang:typescript kind:function`, unit: "file" as const })),
    symbols: times(() => ({ text: (pick(names) ?? "").slice(0, 5), mode: "symbol" as const })),
    text: texts.slice(0, queriesOfAKind).map((text) => ({ text, mode: "text" as const })),
    patterns: times(() => ({ text: `${escaped(pick(names) ?? "")}\\w*\\s*[(:=]`, mode: "regex" as const })),
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** Resident memory of a fresh process that opens the finished index, searches and waits for its parsers to end. */
function serverMemory(root: string, dataFolder: string): number {
  const script = `
    import { openProjects } from ${JSON.stringify(new URL("../src/code/projects.ts", import.meta.url).href)}
    const projects = openProjects({ dataFolder: ${JSON.stringify(dataFolder)} })
    const project = await projects.open(${JSON.stringify(root)})
    await project.ready()
    for (const text of ["parse options", "resolve module path", "error handling in streams", "createServer"])
      for (const mode of ["hybrid", "text", "symbol"]) await project.index.search({ text, mode })
    await project.index.settled()
    console.log(process.memoryUsage.rss())
    await projects.close()`
  return (
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
        env: { ...process.env, ...lowMemory },
      }),
    ) / 1e6
  )
}

if (import.meta.main) {
  if (process.argv.includes("--report")) console.log(JSON.stringify(await measure()))
  else {
    const { describeMachine, printed } = await import("./machine.ts")
    console.log(`${describeMachine()}\n${printed(await run())}`)
  }
}
