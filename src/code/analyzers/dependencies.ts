import { type Finding, findingOf, type Severity } from "../finding.ts"
import type { ExaminedProject, ProjectAnalyzer } from "./analyzer.ts"
import type { Declared, Manifest } from "./dependencies/manifest.ts"
import { importedAs, nodePackage, pythonName } from "./dependencies/names.ts"
import { manifestsOf, readerOf } from "./dependencies/read.ts"

const rules = {
  "dependencies/missing-lock": {
    severity: "warning",
    explanation:
      "Without a lock file each installation may get different versions, and nobody can say what was shipped. Commit the one your package manager writes.",
  },
  "dependencies/unpinned": {
    severity: "warning",
    explanation:
      "Any version may be installed, including one published tomorrow by somebody who took the package over, or one that breaks your code. Name a range or a commit.",
  },
  "dependencies/not-locked": {
    severity: "warning",
    explanation:
      "The manifest and its lock file say different things: an installation by the lock file fails or leaves it out. Install once and commit the lock file.",
  },
  "dependencies/undeclared": {
    severity: "warning",
    explanation:
      "The code imports a package that the manifest does not name. It works only as long as another package happens to bring it along. Declare it.",
  },
  "dependencies/unused": {
    severity: "note",
    explanation:
      "No file imports it and no script or configuration names it. It is still installed, and one more way to be attacked. Take it out, unless it is used in a way that can't be seen here.",
  },
  "dependencies/duplicate-version": {
    severity: "note",
    explanation:
      "Several versions of a package are installed side by side: there is more to load, and objects of one version are strangers to the other. Bring the ranges of those who ask for it together.",
  },
  "dependencies/deprecated": {
    severity: "warning",
    explanation:
      "The lock file says that the package's makers have deprecated it: faults in it are no longer mended. Use what they recommend in its place.",
  },
} as const satisfies Readonly<Record<string, { severity: Severity; explanation: string }>>
type RuleName = keyof typeof rules

/**
 * What manifests, lock files and imports say together: npm, pnpm, yarn; pip, poetry, uv; cargo; go; Maven and Gradle.
 * Nothing is asked of a registry.
 */
export const dependencies: ProjectAnalyzer = {
  name: "dependencies",
  scope: "project",
  goesBy: "index",
  rules: Object.entries(rules).map(([id, about]) => ({ id, ...about })),
  async *run(project, signal) {
    const manifests = await manifestsOf(project.index.root, project.index.files())
    if (manifests.length === 0) return
    const used = await usedPackages(project, manifests, signal)
    for (const manifest of manifests) {
      yield* ofManifest(manifest)
      yield* ofLock(manifest)
      yield* await unused(project, manifest, used)
    }
    yield* undeclared(manifests, used)
  },
}

function finding(
  rule: RuleName,
  manifest: Pick<Manifest, "path">,
  line: number,
  message: string,
  evidence: string,
  confidence: number,
): Finding {
  const { severity, explanation } = rules[rule]
  return findingOf({
    rule,
    severity,
    message,
    path: manifest.path,
    startLine: line,
    evidence,
    explanation,
    confidence,
    tags: ["dependencies"],
  })
}

const shown = ({ name, range }: Declared) => `${name} ${range}`.trim()

function* ofManifest(manifest: Manifest): Iterable<Finding> {
  const { declared, lockPath, lockNames, isLibrary, system } = manifest
  const wanted = declared.filter(({ kind }) => kind !== "peer")
  if (wanted.length > 0 && lockPath === undefined && !isLibrary) {
    const message = `There is no lock file (${lockNames.slice(0, 3).join(", ")}) for ${wanted.length} declared packages.`
    yield finding("dependencies/missing-lock", manifest, 1, message, manifest.path, 0.85)
  }
  for (const one of wanted) {
    const why = unpinned(one.range, system, lockPath !== undefined && lockPath !== manifest.path)
    if (why) yield finding("dependencies/unpinned", manifest, one.line, `${one.name} ${why}.`, shown(one), 0.85)
  }
}

function unpinned(range: string, system: Manifest["system"], isLocked: boolean): string | undefined {
  if (/^(?:\*|latest|x|RELEASE|LATEST|latest\.release|\+|>=?\s*0(?:\.0)*)$/.test(range))
    return `takes any version (${range})`
  if (/^(?:git|https?|github:|git\+)/.test(range) && !/#|@[0-9a-f]{7,}|@v?\d/.test(range))
    return "comes from a branch that moves, without a commit"
  if (/^http:/.test(range)) return "comes over a connection that anyone on the way can change"
  if (system === "pypi" && !isLocked && (range === "" || !/==|~=|@|\^/.test(range))) {
    return range === "" ? "takes any version" : `takes every later version (${range}), and no lock file holds it`
  }
  if (system === "Maven" && (/-SNAPSHOT$/.test(range) || /[[(].*,\s*[)\]]|\+$/.test(range)))
    return `takes whatever is newest (${range})`
  return undefined
}

function* ofLock(manifest: Manifest): Iterable<Finding> {
  const { locked, declared, lockPath, system } = manifest
  if (locked.length === 0 || lockPath === undefined || lockPath === manifest.path) return
  const versions = new Map<string, Set<string>>()
  const plain = system === "pypi" ? pythonName : (name: string) => name
  for (const { name, version } of locked)
    versions.set(plain(name), (versions.get(plain(name)) ?? new Set()).add(version))
  const deprecated = new Map(locked.flatMap(({ name, deprecated: why }) => (why ? [[name, why] as const] : [])))
  for (const one of declared) {
    const isElsewhere = /^(?:workspace:|file:|link:|portal:|catalog:|path$)/.test(one.range)
    if (
      !versions.has(plain(one.name)) &&
      !isElsewhere &&
      one.kind !== "peer" &&
      one.kind !== "optional" &&
      system !== "Go" &&
      !/^npm:/.test(one.range)
    )
      yield finding(
        "dependencies/not-locked",
        manifest,
        one.line,
        `${one.name} is not in ${lockPath}.`,
        shown(one),
        0.75,
      )
    const why = deprecated.get(one.name)
    if (why)
      yield finding(
        "dependencies/deprecated",
        manifest,
        one.line,
        `${one.name} is deprecated: ${why.slice(0, 200)}`,
        shown(one),
        1,
      )
  }
  for (const one of declared) {
    const several = versions.get(plain(one.name))
    if (several && several.size > 1)
      yield finding(
        "dependencies/duplicate-version",
        manifest,
        one.line,
        `${several.size} versions of ${one.name} are installed: ${[...several].sort().join(", ")}.`,
        one.name,
        1,
      )
  }
}

interface Use {
  readonly path: string
  readonly line: number
  readonly name: string
  readonly text: string
}

const scripts = /\.[cm]?[jt]sx?$|\.(?:vue|svelte)$/

/** Packages that files import, by their system. */
async function usedPackages(project: ExaminedProject, manifests: readonly Manifest[], signal: AbortSignal) {
  const systems = new Set(manifests.map(({ system }) => system))
  const npm: Use[] = []
  const members: Pick<Use, "path" | "name">[] = []
  const pypi: Use[] = []
  const crates = new Set<string>()
  const go: string[] = []
  const own = new Set(manifests.map(({ name }) => name))
  for (const [path, edges] of await project.imports()) {
    signal.throwIfAborted()
    for (const { module, line, to } of edges) {
      if (systems.has("npm") && scripts.test(path) && (to.length === 0 || !module.startsWith("."))) {
        const name = nodePackage(module)
        if (name !== undefined && own.has(name)) members.push({ path, name })
        else if (name !== undefined && to.length === 0) npm.push({ path, line, name, text: module })
      } else if (systems.has("pypi") && path.endsWith(".py") && to.length === 0 && !module.startsWith(".")) {
        const top = module.split(".")[0] ?? ""
        pypi.push({ path, line, name: pythonName(importedAs[top] ?? top), text: module })
      } else if (path.endsWith(".rs")) crates.add(module.split("::")[0] ?? "")
      else if (path.endsWith(".go")) go.push(module)
    }
  }
  return { npm, members, pypi, crates, go }
}
type Used = Awaited<ReturnType<typeof usedPackages>>

/** Packages that are used without being imported: tools, types, plugins by their name. */
const usedUnseen =
  /^@types\/|^(?:typescript|tslib|react-dom|core-js|regenerator-runtime|node)$|eslint|prettier|babel|jest|loader$|plugin|preset|polyfill|-cli$|^@fontsource/

async function unused(project: ExaminedProject, manifest: Manifest, used: Used): Promise<readonly Finding[]> {
  const { folder, system, declared } = manifest
  const asked = declared.filter(({ kind }) => kind === "runtime")
  const isUsed = (name: string): boolean => {
    if (system === "npm") {
      const isUse = (use: Pick<Use, "path" | "name">) => use.name === name && isWithin(use.path, folder)
      return usedUnseen.test(name) || used.npm.some(isUse) || used.members.some(isUse)
    }
    if (system === "pypi") return used.pypi.some((use) => use.name === pythonName(name))
    if (system === "Go") return used.go.some((module) => module === name || module.startsWith(`${name}/`))
    if (system === "crates.io") {
      const crate = name.replaceAll("-", "_")
      // A crate can be named in a path without being imported.
      return used.crates.has(crate) || [...project.facts.values()].some(({ names }) => names.has(crate))
    }
    return true
  }
  const candidates = asked.filter(({ name }) => !isUsed(name))
  if (candidates.length === 0) return []
  // Files that imports say nothing about: configuration, scripts, pages.
  const files = project.index
    .files(folder === "" ? undefined : folder)
    .filter((path) => isSettings.test(path))
    .slice(0, 300)
  const read = readerOf(project.index.root)
  const others = (
    await Promise.all(files.map(async (path) => (path === manifest.path ? "" : ((await read(path)) ?? ""))))
  ).join("\n")
  const own = (await read(manifest.path)) ?? ""
  return candidates
    .filter(({ name }) => !others.includes(name) && own.split(`"${name}`).length <= 2)
    .map((one) => {
      const message = `${one.name} is declared, but nothing in the project imports it.`
      return finding("dependencies/unused", manifest, one.line, message, shown(one), system === "pypi" ? 0.5 : 0.65)
    })
}

const isWithin = (path: string, folder: string): boolean => folder === "" || path.startsWith(`${folder}/`)

const isSettings =
  /(?:^|\/)\.[\w-]+(?:rc)?(?:\.\w+)?$|\.config\.\w+$|\.(?:json|ya?ml|toml|html|cfg|ini|sh|mdx?)$|(?:^|\/)(?:Dockerfile|Makefile|Procfile|tox\.ini)$/

function* undeclared(manifests: readonly Manifest[], used: Used): Iterable<Finding> {
  const npm = manifests.filter(({ system }) => system === "npm")
  const seen = new Set<string>()
  for (const { path, line, name, text } of used.npm) {
    // The manifests of the folders above: what a root declares is there for its members.
    const above = npm.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`))
    const nearestFolder = above.reduce((best, { folder }) => (folder.length > best.length ? folder : best), "")
    if (above.length === 0 || seen.has(`${nearestFolder}\0${name}`)) continue
    const types = `@types/${name.replace(/^@(.+)\//, "$1__")}`
    const isDeclared = above.some(
      ({ declared, name: own }) => own === name || declared.some((one) => one.name === name || one.name === types),
    )
    if (isDeclared || npm.some((manifest) => manifest.name === name)) continue
    seen.add(`${nearestFolder}\0${name}`)
    const of = nearestFolder === "" ? "package.json" : `${nearestFolder}/package.json`
    yield finding(
      "dependencies/undeclared",
      { path },
      line,
      `${name} is imported, and ${of} does not declare it.`,
      text,
      0.8,
    )
  }
}
