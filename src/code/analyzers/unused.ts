import { posix } from "node:path"
import { z } from "zod"
import type { Definition, ImportEdge } from "../code-index.ts"
import { type Finding, findingOf } from "../finding.ts"
import { isTestPath } from "../graph/families.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"

const unusedExport = {
  id: "dead-code/unused-export",
  severity: "note",
  explanation:
    "Nothing in the project uses this export. If nobody outside does either, stop exporting it, or remove it.",
} as const satisfies RuleAbout

const unusedDefinition = {
  id: "dead-code/unused-definition",
  severity: "warning",
  explanation:
    "Nothing uses this definition: its name appears nowhere but here. Code that is never run still has to be read, built and kept up to date. Remove it; history keeps it.",
} as const satisfies RuleAbout

/** Definitions and exports that nothing uses. */
export const unused: ProjectAnalyzer = {
  name: "unused",
  scope: "project",
  goesBy: "index",
  rules: [unusedExport, unusedDefinition],
  run: unusedIn,
}

/** How sure it is that a name which stands nowhere is called by nobody, by language: macros, reflection, templates. */
const sureness: Readonly<Record<string, number>> = {
  typescript: 0.9,
  tsx: 0.85,
  javascript: 0.8,
  go: 0.9,
  rust: 0.85,
  python: 0.7,
  java: 0.65,
  csharp: 0.65,
  c: 0.75,
  cpp: 0.65,
  php: 0.6,
  lua: 0.6,
  elixir: 0.6,
  ruby: 0.5,
  bash: 0.6,
}
const kinds = new Set([
  "function",
  "method",
  "class",
  "constant",
  "variable",
  "enum",
  "interface",
  "type",
  "struct",
  "trait",
  "macro",
])
const scripts = new Set(["typescript", "tsx", "javascript"])

/** Called by a framework, a runtime or a convention, by name. */
const called =
  /^(?:main|init|_?_?\w*__|setup|teardown|register|activate|deactivate|handler|default|run|up|down|configure|bootstrap|test_\w*|Test\w*|Benchmark\w*|Example\w*|Fuzz\w*|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|loader|action|meta|links|headers|metadata|generate\w+|getServerSideProps|getStaticProps|getStaticPaths|middleware|config|load|actions|revalidate|dynamic|runtime|beforeEach|afterEach|_)$/
/** Read by a tool, or by the runtime, under their own names. */
const conventional =
  /(?:^|\/)(?:[^/]*\.config\.[cm]?[jt]s|\.?[^/]*rc\.[cm]?js|index\.[cm]?[jt]sx?|main\.[^/]+|__init__\.py|__main__\.py|setup\.py|conftest\.py|manage\.py|mod\.rs|lib\.rs|build\.rs|(?:bin|scripts?|examples?|bench|benches|benchmarks?|fixtures?|migrations?|pages|routes|app\/api|stories|docs|public|vendor|third_party)\/.*|[^/]*\.d\.[cm]?ts|[^/]*\.stories\.[jt]sx?|[^/]*\.testing\.[jt]s)$/

async function* unusedIn(project: ExaminedProject, signal: AbortSignal): AsyncGenerator<Finding> {
  const { facts } = project
  const [mentions, imports, entries] = [mentionsIn(project), await project.imports(), await entryPoints(project)]
  const importers = importersByFile(imports)
  // What an entry point passes on is used by whoever uses the project.
  const open = reachedByReExport(entries, imports)
  for (const [path, { language, names, isGenerated }] of facts) {
    signal.throwIfAborted()
    const sure = sureness[language]
    if (sure === undefined || isGenerated || isTestPath(path) || open.has(path) || conventional.test(path)) continue
    for (const one of await project.outline(path)) {
      // A variable of a shell script may be meant for the programs that it calls.
      if (language === "bash" && one.kind !== "function") continue
      if (!isLookedAt(one, language) || !kinds.has(one.kind) || called.test(one.name) || one.name.length < 2) continue
      const here = names.get(one.name) ?? 0
      const elsewhere = (mentions.get(one.name) ?? 0) - (here > 0 ? 1 : 0)
      if (here === 0) continue
      if (here === 1 && elsewhere === 0) {
        // What is decorated is handed to the decorator, and often kept there under no name.
        if (await hasDecorator(project, one)) continue
        const [rule, says] = one.isExported
          ? [unusedExport, "is exported, but its name appears nowhere else in the project"]
          : [unusedDefinition, "is never used: its name appears only here"]
        // A library's public names are for others, unless its manifest names what it offers.
        const isOpen = one.isExported && !(scripts.has(language) && entries.length > 0)
        yield found(one, rule, `${one.name} ${says}.`, isOpen ? sure * 0.6 : sure)
      } else if (one.isExported && scripts.has(language) && here >= 1 && !isImported(one.name, importers.get(path))) {
        if (here === 1)
          yield found(
            one,
            unusedExport,
            `${one.name} is exported, but none of the files that import this one take it.`,
            sure * 0.75,
          )
        else if (elsewhere === 0 && !/^(?:interface|type)$/.test(one.kind)) {
          yield found(
            one,
            unusedExport,
            `${one.name} is used only in this file; it does not have to be exported.`,
            sure,
          )
        }
      }
    }
  }
}

/** What stands in a class or module only where private is private, and nothing but its name can call it. */
function isLookedAt({ within, kind, signature }: Definition, language: string): boolean {
  return within.length === 0 || (/^(?:function|method)$/.test(kind) && hidden[language]?.test(signature) === true)
}
const hidden: Readonly<Record<string, RegExp>> = {
  elixir: /^defp\b/,
  java: /\bprivate\b/,
  csharp: /\bprivate\b/,
  php: /\bprivate\b/,
}

async function hasDecorator(project: ExaminedProject, { path, signature, nameLine }: Definition): Promise<boolean> {
  const sign = /^\s*(?:@|#\[)/
  if (sign.test(signature)) return true
  // Above it, over comments and the lines of a decorator's own arguments.
  let isInArguments = false
  for (let line = nameLine - 1; line >= Math.max(1, nameLine - farthestDecorator); line--) {
    const text = await project.line(path, line)
    if (sign.test(text)) return true
    isInArguments ||= /^[\]}]*\)$/.test(text)
    if (text === "" || !(isInArguments || /^(?:#|\/\/|\/?\*)/.test(text))) return false
  }
  return false
}
/** Lines above a name. */
const farthestDecorator = 12

const found = (one: Definition, rule: RuleAbout, message: string, confidence: number): Finding =>
  findingOf({
    rule: rule.id,
    severity: rule.severity,
    path: one.path,
    message,
    evidence: one.signature,
    explanation: rule.explanation,
    confidence: Math.round(confidence * 100) / 100,
    tags: ["dead-code"],
    startLine: one.nameLine,
    endLine: one.endLine,
  })

/** In how many files each name stands. */
function mentionsIn({ facts }: ExaminedProject): Map<string, number> {
  const mentions = new Map<string, number>()
  for (const { names } of facts.values())
    for (const name of names.keys()) mentions.set(name, (mentions.get(name) ?? 0) + 1)
  return mentions
}

function importersByFile(imports: ReadonlyMap<string, readonly ImportEdge[]>): Map<string, ImportEdge[]> {
  const importers = new Map<string, ImportEdge[]>()
  for (const edges of imports.values())
    for (const edge of edges)
      for (const to of edge.to) {
        const known = importers.get(to)
        if (known) known.push(edge)
        else importers.set(to, [edge])
      }
  return importers
}

/** By name, or with everything else of the file. */
const isImported = (name: string, edges: readonly ImportEdge[] = []): boolean =>
  edges.some(
    ({ names }) => names.length === 0 || names.includes("*") || names.includes("default") || names.includes(name),
  )

function reachedByReExport(
  entries: readonly string[],
  imports: ReadonlyMap<string, readonly ImportEdge[]>,
): Set<string> {
  const open = new Set(entries)
  // Only what is passed on whole; a name that is passed on is mentioned, and so no candidate.
  for (const path of open) {
    for (const { names, to } of imports.get(path) ?? []) if (names.includes("*")) for (const one of to) open.add(one)
  }
  return open
}

const Manifest = z.object({
  main: z.string().optional(),
  module: z.string().optional(),
  types: z.string().optional(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  exports: z.unknown().optional(),
})

/** Files that the manifests of the project name as what it offers, or as its programs. */
async function entryPoints({ facts, index }: ExaminedProject): Promise<string[]> {
  const named: string[] = []
  for (const path of facts.keys()) {
    if (posix.basename(path) !== "package.json") continue
    let manifest: unknown
    try {
      manifest = JSON.parse((await index.text(path)) ?? "")
    } catch {
      // Half written or no JSON at all: then it names nothing.
      continue
    }
    const known = Manifest.safeParse(manifest)
    if (known.success) for (const one of stringsIn(known.data)) named.push(posix.join(posix.dirname(path), one))
  }
  return named.flatMap((name) => [...facts.keys()].filter((path) => isSourceOf(path, name)))
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value]
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : []
}

/** `dist/index.js` is made from `src/index.ts` or from what has its name without the extension. */
function isSourceOf(path: string, built: string): boolean {
  if (path === built) return true
  const bare = (name: string) => name.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, "")
  const withoutFolder = bare(built).replace(/(^|\/)(?:dist|lib|build|out|es|esm|cjs)\//, "$1")
  return (
    /\.[cm]?[jt]sx?$/.test(path) && [bare(built), withoutFolder, posix.join("src", withoutFolder)].includes(bare(path))
  )
}
