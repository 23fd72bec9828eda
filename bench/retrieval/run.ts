import { execFileSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { parseArgs } from "node:util"
import type { CodeIndex } from "../../src/code/code-index.ts"
import { openProjects } from "../../src/code/projects.ts"
import { walk } from "../../src/workspace/walk.ts"
import { describeMachine } from "../machine.ts"
import { commitCases, isSource } from "./commit-cases.ts"
import { docCases, type FunctionDocument } from "./doc-cases.ts"
import { type Case, depth, evaluate, type Ranker, type Scores } from "./metrics.ts"
import { type Document, plainBm25, ripgrepRanking } from "./peers.ts"

/**
 * `node bench/retrieval/run.ts <repository> [--cases N]`: how well search finds what people mean, on any git repository,
 * beside plain BM25 and a ripgrep-style ranking of the same documents.
 *
 * - commit -> files: the message of each of the last N suitable commits asks, the source files it changed are the answer; the tree and
 *   the history are those before the oldest of them.
 * - doc -> function: a function's doc comment asks, in a tree from which all comments are taken out. History is left out.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cases: { type: "string", default: "200" }, only: { type: "string" } },
})
const repository = positionals[0]
const wanted = Number(values.cases)
if (repository === undefined || !Number.isInteger(wanted) || wanted < 1) {
  console.error("usage: node bench/retrieval/run.ts <git repository> [--cases N] [--only commits|docs]")
  process.exit(2)
}

async function measureCommits(from: string, tree: string, data: string): Promise<void> {
  const { base, cases } = await commitCases(from, wanted)
  if (cases.length === 0) return console.log("\ncommit -> files: no suitable commit")
  checkOut(from, base, tree)
  const documents: Document[] = []
  for await (const file of walk(tree))
    if (isSource(file.path) && file.sizeBytes < 1_000_000)
      documents.push({ id: file.path, text: await readFile(join(tree, file.path), "utf8") })
  await withIndex(tree, data, async (index) => {
    const ours: Ranker = async (query) => {
      const { hits } = await index.search({ text: plainText(query), unit: "file", limit: depth })
      return [...new Set(hits.map((hit) => hit.path).filter(isSource))]
    }
    await compare("commit -> files", cases, documents, ours)
  })
}

async function measureDocs(from: string, tree: string, data: string): Promise<void> {
  checkOut(from, "HEAD", tree)
  // A repository without history: the comments stand in the commits that made them.
  await rm(join(tree, ".git"), { recursive: true })
  execFileSync("git", ["init", "--quiet", tree])
  const { cases, functions } = await docCases(tree, wanted)
  if (cases.length === 0) return console.log("\ndoc -> function: no documented function")
  await withIndex(tree, data, async (index) => {
    const functionAt = finder(functions)
    const ours: Ranker = async (query) => {
      const { hits } = await index.search({ text: plainText(query), limit: depth })
      // A hit outside of every function keeps its rank: it stands where a user would have read it.
      return [
        ...new Set(
          hits.map((hit) => functionAt(hit.path, hit.startLine, hit.endLine) ?? `${hit.path}:${hit.startLine}-`),
        ),
      ]
    }
    await compare("doc -> function", cases, functions, ours)
  })
}

function checkOut(from: string, revision: string, to: string): void {
  execFileSync("git", ["clone", "--quiet", "--shared", "--no-checkout", from, to])
  execFileSync("git", ["-C", to, "checkout", "--quiet", "--detach", revision])
}

async function compare(
  what: string,
  cases: readonly Case[],
  documents: readonly Document[],
  ours: Ranker,
): Promise<void> {
  const found = await evaluate(cases, ours)
  const bm25 = await evaluate(cases, plainBm25(documents))
  const ripgrep = await evaluate(cases, ripgrepRanking(documents))
  const gain = (found.mrr / bm25.mrr - 1) * 100
  console.log(`\n${what}: ${cases.length} cases, ${documents.length} documents`)
  console.log("                recall@1  recall@5  recall@10    MRR")
  for (const [name, scores] of [
    ["RubberDuck", found],
    ["plain BM25", bm25],
    ["ripgrep", ripgrep],
  ] as const)
    console.log(rowOf(name, scores))
  console.log(
    `  MRR ${gain >= 0 ? "+" : ""}${gain.toFixed(1)} % over plain BM25 (goal +15 %: ${gain >= 15 ? "met" : "MISSED"})`,
  )
}

const rowOf = (name: string, { recall1, recall5, recall10, mrr }: Scores) =>
  `  ${name.padEnd(12)}${[recall1, recall5, recall10, mrr].map((value) => value.toFixed(3).padStart(10)).join("")}`

async function withIndex(root: string, dataFolder: string, use: (index: CodeIndex) => Promise<void>): Promise<void> {
  const projects = openProjects({ dataFolder, watches: false })
  try {
    const project = await projects.open(root)
    await project.ready()
    await use(project.index)
  } finally {
    await projects.close()
  }
}

/** Signs of the query language mean themselves in a commit message or a comment. */
const plainText = (query: string) =>
  query
    .replace(/["':-]/g, " ")
    .replace(/\s+/g, " ")
    .slice(0, 2000)

/** The innermost function around the middle of some lines, else the first one in them. */
function finder(functions: readonly FunctionDocument[]) {
  const byPath = Map.groupBy(functions, (document) => document.path)
  return (path: string, startLine: number, endLine: number): string | undefined => {
    const near = (byPath.get(path) ?? []).filter((f) => f.startLine <= endLine && f.endLine >= startLine)
    const around = near.filter((f) => f.startLine <= startLine && f.endLine >= endLine)
    const innermost = around.sort((a, b) => a.endLine - a.startLine - (b.endLine - b.startLine))[0]
    return (innermost ?? near[0])?.id
  }
}

const work = await mkdtemp(join(tmpdir(), "duck-retrieval-"))
try {
  console.log(`${basename(resolve(repository))}, at most ${wanted} cases a kind; ${describeMachine()}`)
  if (values.only !== "docs") await measureCommits(resolve(repository), join(work, "commits"), join(work, "data"))
  if (values.only !== "commits") await measureDocs(resolve(repository), join(work, "docs"), join(work, "data"))
} finally {
  await rm(work, { recursive: true, force: true })
}
