import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { below, seededRandom } from "../src/base/random.ts"
import type { CodeIndex } from "../src/code/code-index.ts"
import { wordsOf } from "../src/code/conventions/name-style.ts"
import { isTestPath, testedName } from "../src/code/graph/families.ts"
import { inProcessAnalyser } from "../src/code/index/in-process.ts"
import { openIndex } from "../src/code/index/open-index.ts"
import { openIndexStore } from "../src/code/index/store.ts"
import { nameOf, registrationsOf } from "../src/engines/generate/registration.ts"
import { renamed } from "../src/engines/generate/renaming.ts"
import { scaffold } from "../src/engines/generate/scaffold.ts"
import { openWorkspace, type Workspace } from "../src/workspace/workspace.ts"
import { unpacked } from "./analyze-structure/packed.ts"
import type { Report, Row } from "./machine.ts"

/** Packages that publish their sources, with what of them isn't built. */
const packages = {
  "rxjs@7.8.2": ["src"],
  "semver@7.7.2": ["classes", "functions", "internal", "ranges", "index.js"],
  "d3-array@3.2.4": ["src"],
  "eslint-plugin-unicorn@59.0.1": ["rules", "configs", "index.js"],
  "cheerio@1.1.0": ["src"],
  "fastify@5.4.0": ["lib", "test", "fastify.js"],
  "@reduxjs/toolkit@2.8.2": ["src"],
  "svgo@4.0.0": ["lib", "plugins"],
  "underscore@1.13.7": ["modules"],
  "chai@5.2.0": ["lib", "index.js"],
  "zod@4.0.5": ["src"],
} as const

const casesOfEach = 12
/** A folder of fewer siblings has no manner to learn. */
const fewestSiblings = 3

/**
 * A module of a package is hidden, with its test and the lines that register it; then a scaffold is asked for by its bare
 * name. Counted is how often the scaffold lies in the folder, has the file name, the test's place and the registrations
 * that the hidden module had.
 */
export async function run(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-generate-"))
  try {
    const rows: Row[] = []
    const all: Outcome[] = []
    for (const [name, kept] of Object.entries(packages)) {
      unpacked([name], folder)
      const outcomes = await outcomesOf(join(folder, name), kept)
      rows.push({ what: name, value: spoken(outcomes) })
      all.push(...outcomes)
    }
    rows.push({ what: `all ${all.length} modules`, value: spoken(all) })
    return {
      title: "Scaffolds by a bare name: what they have in common with the module that was hidden",
      rows,
      notes: [
        "test: of all modules, none where there was none; registered: in the files that import it and half of those beside it, none where there was none",
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Outcome {
  readonly folder: boolean
  readonly file: boolean
  readonly test: boolean
  readonly registered: boolean
}

function spoken(outcomes: readonly Outcome[]): string {
  const share = (has: (one: Outcome) => boolean) =>
    `${String(Math.round((100 * outcomes.filter(has).length) / outcomes.length)).padStart(3)} %`
  return `folder ${share((one) => one.folder)}  file ${share((one) => one.file)}  test ${share((one) => one.test)}  registered ${share((one) => one.registered)}`
}

async function outcomesOf(root: string, kept: readonly string[]): Promise<Outcome[]> {
  for (const name of readdirSync(root))
    if (name !== "package.json" && !kept.includes(name)) rmSync(join(root, name), { recursive: true })
  const store = openIndexStore(join(root, "..", "index.db"))
  const index = openIndex({ root, store, analyser: inProcessAnalyser, git: null })
  try {
    await index.update()
    const workspace = await openWorkspace({ root, audit: () => {} })
    const outcomes: Outcome[] = []
    for (const path of sampled(modulesIn(index))) outcomes.push(await outcomeOf(path, root, index, workspace))
    return outcomes
  } finally {
    await index.close()
    store.close()
    rmSync(join(root, "..", "index.db"), { force: true })
  }
}

const isIndex = /(?:^|\/)(?:index|main|mod)\.\w+$/

function modulesIn(index: CodeIndex): string[] {
  const paths = index.files().filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\.d\.\w+$|\.config\./.test(path))
  const modules = paths.filter((path) => !isTestPath(path) && !isIndex.test(path) && !/(?:^|\/)_/.test(path))
  const sizes = Map.groupBy(modules, (path) => posix.dirname(path))
  return modules.filter((path) => (sizes.get(posix.dirname(path))?.length ?? 0) > fewestSiblings)
}

function sampled(paths: readonly string[]): string[] {
  const random = seededRandom(7)
  const left = [...paths].sort()
  return Array.from({ length: Math.min(casesOfEach, left.length) }, () =>
    left.splice(below(random, left.length), 1),
  ).flat()
}

/** Files that import the module and at least half of those beside it, with the lines that import it. */
async function listsWith(path: string, index: CodeIndex): Promise<ReadonlyMap<string, readonly number[]>> {
  const siblings = modulesIn(index).filter((one) => posix.dirname(one) === posix.dirname(path))
  const lists = new Map<string, readonly number[]>()
  for (const importer of new Set((await index.importersOf(path)).items.map((one) => one.path))) {
    const { items } = await index.importsOf(importer)
    const named = new Set(items.flatMap(({ to }) => to))
    if (isTestPath(importer) || siblings.filter((one) => named.has(one)).length < siblings.length / 2) continue
    lists.set(
      importer,
      items.filter(({ to }) => to.includes(path)).map(({ line }) => line),
    )
  }
  return lists
}

async function outcomeOf(path: string, root: string, index: CodeIndex, workspace: Workspace): Promise<Outcome> {
  const signal = new AbortController().signal
  const name = nameOf(path)
  const rewrite = (text: string, to: string) =>
    renamed(text, { from: name, to, fileStyle: "kebab-case", nameStyle: "camelCase" })
  const lines = new Map((await registrationsOf(index, path, rewrite)).map((one) => [one.path, one.lines]))
  const lists = await listsWith(path, index)
  const { items } = await index.testsOf(path)
  const test = items.find((one) => testedName(one.path) === name || nameOf(one.path) === name)?.path
  const hidden = [path, ...(test ? [test] : []), ...lists.keys()]
  const before = new Map(hidden.map((each) => [each, readFileSync(join(root, each), "utf8")]))
  for (const each of [path, ...(test ? [test] : [])]) rmSync(join(root, each))
  for (const [at, imports] of lists) {
    const named = [...imports, ...(lines.get(at) ?? [])]
    const without = (before.get(at) ?? "").split("\n").filter((_, i) => !named.includes(i + 1))
    writeFileSync(join(root, at), without.join("\n"))
  }
  await index.update({ paths: hidden })
  try {
    const wish = { kind: "module", name: wordsOf(name).join(" "), under: "" } as const
    const made = await scaffold(wish, { index, workspace, signal })
    const [file, its] = made.changes.filter(({ kind }) => kind === "create").map((change) => change.path)
    const was = [...lists.keys()].sort()
    return {
      folder: file !== undefined && posix.dirname(file) === posix.dirname(path),
      file: file === path,
      test: its === test,
      registered: [...made.registeredIn].sort().join("\n") === was.join("\n"),
    }
  } catch {
    // Nothing that it could be like: that is what it gives.
    return { folder: false, file: false, test: test === undefined, registered: lists.size === 0 }
  } finally {
    for (const [each, text] of before) writeFileSync(join(root, each), text)
    await index.update({ paths: hidden })
  }
}
