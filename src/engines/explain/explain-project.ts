import { posix } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import { z } from "zod"
import { throwIfAborted } from "../../base/signal.ts"
import { count, truncate } from "../../base/text.ts"
import type { CodeIndex, ImportEdge } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { detectProject, type ProjectFacts } from "../../workspace/detect.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import { type Member, workspaceMembers } from "../../workspace/members/members.ts"
import { firstSentence } from "../ask/quoting.ts"
import { type Explanation, emptyExplanation, type ProjectPage } from "./explanation.ts"
import { folderCycles, folderDiagram, foldersOf } from "./folders.ts"
import { memberCommands, membersPage } from "./members.ts"
import { serviceOf } from "./services.ts"

/** Of more files the rest is counted, but its imports are not read. */
const mostRead = 5_000
const mostModules = 12
const documents: ReadonlySet<string> = new Set(["markdown", "json", "yaml", "toml", "text", "css", "html"])

const Manifest = z.looseObject({
  description: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  module: z.string().optional().catch(undefined),
  bin: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .catch(undefined),
  scripts: z.record(z.string(), z.string()).optional().catch(undefined),
})
type Manifest = z.infer<typeof Manifest>

/**
 * The page that a newcomer would want: what it is for, its parts and how they hang together, where to begin, how to run it.
 * Of one member of a workspace, or of all of it; paths are relative to the root either way.
 */
export async function explainProject({
  index,
  root,
  member,
  signal,
}: {
  readonly index: CodeIndex
  readonly root: string
  readonly member?: Member | undefined
  readonly signal: AbortSignal
}): Promise<Explanation> {
  const base = member?.path ?? ""
  const all = await workspaceMembers(root, signal)
  const facts = member
    ? await memberCommands(member, root)
    : await detectProject(root, { languageOf: (path) => languageOf(path)?.id, signal })
  const files = index.files().filter((path) => liesIn(path, [base]))
  const code = files.filter((path) => !documents.has(languageOf(path)?.id ?? "text"))
  const source = code.filter((path) => !isTestPath(path) && !/\.d\.[cm]?ts$/.test(path))
  const manifest = manifestOf(await index.text(posix.join(base, "package.json")))
  const edges = await importsOf(source.slice(0, mostRead), index, signal)
  const folders = foldersIn(source, base)
  const between = new Map<string, Map<string, number>>()
  const importers = new Map<string, Set<string>>()
  for (const { path, to } of edges) {
    for (const target of to) {
      importers.set(target, (importers.get(target) ?? new Set()).add(path))
      const [a, b] = [folders.get(path), folders.get(target)]
      if (a === undefined || b === undefined || a === b) continue
      const row = between.get(a) ?? new Map<string, number>()
      between.set(a, row.set(b, (row.get(b) ?? 0) + 1))
    }
  }
  const cycles = folderCycles(between)
  const { members, diagram } = await membersPage(all, member, { edges, files, index, signal })
  const page: ProjectPage = {
    name: facts.name,
    purpose: await purposeOf(manifest, base, index),
    languages: (member ? await languagesOf(code, index) : index.stats().languages)
      .filter(({ language }) => !documents.has(language))
      .slice(0, 8)
      .map((one) => ({ ...one })),
    folders: await foldersPage(folders, between, cycles, index),
    entryPoints: entryPoints(source, base, manifest),
    modules: await mainModules(importers, index),
    cycles,
    diagram: diagram === "" ? folderDiagram(between, cycles) : diagram,
    members,
    services: servicesIn(edges),
    tests: { files: code.filter(isTestPath).length, command: facts.testCommand ?? null },
    commands: commandsOf(facts, manifest, await index.text(posix.join(base, "Makefile"))).flatMap((one) => {
      if (!member) return [one]
      // What a workspace depends on is installed for all of it.
      return one.says === "first" ? [] : [{ ...one, line: `cd ${base} && ${one.line}` }]
    }),
  }
  const [top] = page.modules
  return {
    ...emptyExplanation(facts.name, "project", index),
    headline: headlineOf(page, source.length),
    project: page,
    followUps: [
      ...(top ? [`duck explain ${top.path}`] : []),
      ...page.entryPoints.slice(0, 1).map(({ path }) => `duck explain ${path}`),
    ],
  }
}

function headlineOf({ name, purpose, languages, folders, tests }: ProjectPage, sources: number): string {
  const written = languages
    .slice(0, 3)
    .map(({ language }) => language)
    .join(", ")
  return `${name}: ${purpose === "" ? "" : `${firstSentence(purpose).replace(/[^.!?…]$/, "$&.")} `}${count(sources, "source file")} in ${count(folders.length, "folder")}${written === "" ? "" : `, written in ${written}`}; ${count(tests.files, "test file")}.`
}

function manifestOf(text: string | undefined): Manifest | undefined {
  try {
    return text === undefined ? undefined : Manifest.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function importsOf(paths: readonly string[], index: CodeIndex, signal: AbortSignal): Promise<ImportEdge[]> {
  const edges: ImportEdge[] = []
  for (const [at, path] of paths.entries()) {
    if (at % 25 === 0) await nextTurn()
    throwIfAborted(signal)
    edges.push(...(await index.importsOf(path)).items)
  }
  return edges
}

/** Of files in a folder, as if it were the project. */
function foldersIn(files: readonly string[], base: string): ReadonlyMap<string, string> {
  if (base === "") return foldersOf(files)
  const folders = foldersOf(files.map((path) => posix.relative(base, path)))
  return new Map([...folders].map(([path, folder]) => [posix.join(base, path), posix.join(base, folder)]))
}

async function languagesOf(code: readonly string[], index: CodeIndex): Promise<ProjectPage["languages"]> {
  const found = new Map<string, ProjectPage["languages"][number]>()
  for (const path of code) {
    const language = languageOf(path)?.id
    if (language === undefined) continue
    const { files, lines } = found.get(language) ?? { files: 0, lines: 0 }
    const own = ((await index.text(path)) ?? "").split("\n").length
    found.set(language, { language, files: files + 1, lines: lines + own })
  }
  return [...found.values()].sort((a, b) => b.lines - a.lines)
}

/** What the manifest says in a line, else the README's first paragraph of prose. */
async function purposeOf(manifest: Manifest | undefined, base: string, index: CodeIndex): Promise<string> {
  const manifests = await Promise.all(
    ["Cargo.toml", "pyproject.toml"].map((path) => index.text(posix.join(base, path))),
  )
  const described = manifests.map((text) => /^description\s*=\s*"([^"]+)"/m.exec(text ?? "")?.[1]).find(Boolean)
  const readme = index.files().find((path) => /^readme(?:\.\w+)?$/i.test(posix.relative(base, path)))
  const prose = ((readme && (await index.text(readme))) ?? "")
    .replace(/<!--[\s\S]*?-->|```[\s\S]*?```/g, "")
    .split(/\n\s*\n/)
    .map((part) =>
      part
        .replace(/^#{1,6} .*$/gm, "")
        .replace(/\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?/g, "")
        .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
        .replace(/<[^>]+>/g, "")
        .trim(),
    )
    .find((part) => part.length >= 20 && !/^[|>*\-=]/.test(part))
  const [line = "", more = ""] = [manifest?.description ?? described ?? "", prose ?? ""].map((text) =>
    text.replace(/\s+/g, " ").trim(),
  )
  // Most READMEs begin with what the manifest says.
  const isSaidTwice = line !== "" && more.includes(line.replace(/\.$/, ""))
  const said = isSaidTwice ? [more] : [line, more]
  return truncate(
    said
      .map((text) => text.replace(/[\p{L}\p{N})]$/u, "$&."))
      .join(" ")
      .trim(),
    800,
  )
}

const roles: Readonly<Record<string, string>> = {
  api: "the interface to the outside",
  assets: "files that are shipped as they are",
  bench: "benchmarks",
  bin: "programs that are started",
  cmd: "programs that are started",
  client: "the client",
  cli: "the command line",
  components: "parts of the user interface",
  config: "settings",
  controllers: "what answers requests",
  core: "the core",
  db: "the database",
  docs: "documentation",
  examples: "examples",
  hooks: "hooks",
  lib: "library code",
  middleware: "what stands before the handlers",
  migrations: "changes of stored data",
  models: "data models",
  packages: "packages of a workspace",
  pages: "pages",
  public: "files that are shipped as they are",
  routes: "routes",
  scripts: "scripts for developers",
  server: "the server",
  services: "services",
  src: "source code",
  store: "state",
  types: "types",
  ui: "the user interface",
  utils: "helpers",
  views: "views",
}

async function foldersPage(
  folders: ReadonlyMap<string, string>,
  between: ReadonlyMap<string, ReadonlyMap<string, number>>,
  cycles: readonly (readonly string[])[],
  index: CodeIndex,
): Promise<ProjectPage["folders"]> {
  const sizes = new Map<string, number>()
  for (const folder of folders.values()) sizes.set(folder, (sizes.get(folder) ?? 0) + 1)
  const page: ProjectPage["folders"] = []
  for (const [path, files] of [...sizes].sort((a, b) => (a[0] < b[0] ? -1 : 1)).slice(0, 40)) {
    const readme = await index.text(`${path}/README.md`)
    const said = readme?.split("\n").find((line) => line.trim().length > 20 && !/^[#!<[|`>]/.test(line.trim()))
    page.push({
      path,
      files,
      role: said ? firstSentence(said) : (roles[posix.basename(path).toLowerCase()] ?? ""),
      uses: [...(between.get(path)?.keys() ?? [])].sort(),
      isInCycle: cycles.some((cycle) => cycle.includes(path)),
    })
  }
  return page
}

const started =
  /(?:^|\/)(?:main\.(?:[cm]?[jt]sx?|py|go|rs|c|cpp|java|kt|dart)|__main__\.py|manage\.py|app\.py|wsgi\.py|Main\.java|Program\.cs)$/
const doors = /^(?:src\/|lib\/)?(?:index|mod|lib|server|app|cli)\.(?:[cm]?[jt]sx?|rs)$/

function entryPoints(
  source: readonly string[],
  base: string,
  manifest: Manifest | undefined,
): ProjectPage["entryPoints"] {
  const found = new Map<string, string>()
  const name = (path: string, why: string) => {
    const plain = posix.join(base, path)
    if (source.includes(plain) && !found.has(plain)) found.set(plain, why)
  }
  const { main, module, bin } = manifest ?? {}
  if (typeof bin === "string") name(bin, "the program of package.json")
  else for (const [program, path] of Object.entries(bin ?? {})) name(path, `the program \`${program}\` of package.json`)
  if (main) name(main, "`main` of package.json")
  if (module) name(module, "`module` of package.json")
  const inside = source.map((path) => posix.relative(base, path))
  for (const path of inside) if (started.test(path)) name(path, "is started by its name")
  for (const path of inside) if (doors.test(path)) name(path, "the door of the package, by its name")
  return [...found].slice(0, 12).map(([path, why]) => ({ path, why }))
}

async function mainModules(
  importers: ReadonlyMap<string, ReadonlySet<string>>,
  index: CodeIndex,
): Promise<ProjectPage["modules"]> {
  const first = [...importers].sort((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1)).slice(0, mostModules)
  return Promise.all(
    first.map(async ([path, by]) => {
      const { items } = await index.outline(path)
      const speaks = ({ doc }: { readonly doc: string }) => /^[A-Za-z`]/.test(doc.trim())
      const said = items.find((one) => speaks(one) && one.isExported) ?? items.find(speaks)
      const names = items.filter((one) => one.isExported && one.within.length === 0).map(({ name }) => name)
      return { path, importedBy: by.size, says: said ? firstSentence(said.doc) : names.slice(0, 5).join(", ") }
    }),
  )
}

function servicesIn(edges: readonly ImportEdge[]): ProjectPage["services"] {
  const found = new Map<string, ProjectPage["services"][number]>()
  for (const { module, path, line, to } of edges) {
    const service = to.length > 0 ? undefined : serviceOf(module)
    if (service && !found.has(`${service.name} ${service.kind}`))
      found.set(`${service.name} ${service.kind}`, { ...service, path, line })
  }
  return [...found.values()]
}

function commandsOf(
  { packageManager, testCommand, lintCommand }: Pick<ProjectFacts, "packageManager" | "testCommand" | "lintCommand">,
  manifest: Manifest | undefined,
  makefile: string | undefined,
): ProjectPage["commands"] {
  const install: Partial<Record<string, string>> = {
    ...{
      npm: "npm install",
      pnpm: "pnpm install",
      yarn: "yarn",
      bun: "bun install",
      cargo: "cargo build",
      go: "go build ./...",
    },
    ...{ maven: "mvn package", gradle: "gradle build", mix: "mix deps.get", poetry: "poetry install", uv: "uv sync" },
    ...{ pip: "pip install -e .", pipenv: "pipenv install", bundler: "bundle install", composer: "composer install" },
  }
  const first = packageManager && install[packageManager]
  const scripts = Object.entries(manifest?.scripts ?? {}).filter(([name]) =>
    /^(?:build|start|dev|serve|watch|test|lint|check)(?::|$)/.test(name),
  )
  const targets = [...(makefile ?? "").matchAll(/^(build|run|all|install|dev|test|lint)\s*:(?!=)/gm)].map(
    ([, name]) => name ?? "",
  )
  const run = packageManager === "npm" || !packageManager ? "npm run" : packageManager
  const lines = [
    ...(first ? [{ line: first, says: "first" }] : []),
    ...scripts.slice(0, 10).map(([name, line]) => ({ line: `${run} ${name}`, says: truncate(line, 100) })),
    ...targets.map((name) => ({ line: `make ${name}`, says: "of the Makefile" })),
    ...(testCommand && scripts.length === 0 ? [{ line: testCommand, says: "the tests" }] : []),
    ...(lintCommand && scripts.length === 0 ? [{ line: lintCommand, says: "the linter" }] : []),
  ]
  return [...new Map(lines.map((one) => [one.line, one])).values()]
}
