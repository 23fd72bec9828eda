import { dirname, join } from "node:path/posix"
import type { View } from "../index/view.ts"

/** What a tree's own files say about how modules are named in it. */
export interface ProjectConfig {
  /** Packages of the tree by name: folder and entry files as their package.json names them. */
  readonly packages: ReadonlyMap<string, { readonly folder: string; readonly entries: readonly string[] }>
  /** `paths` and `baseUrl` of tsconfig files, the deepest folder first. */
  readonly aliases: readonly {
    readonly folder: string
    readonly pattern: string
    readonly targets: readonly string[]
  }[]
  /** Go modules: their path and folder. */
  readonly goModules: readonly { readonly module: string; readonly folder: string }[]
  /** Cargo packages: name as used in paths (`_` for `-`) and folder. */
  readonly crates: ReadonlyMap<string, string>
}

/** Reads package.json, tsconfig.json, go.mod and Cargo.toml files of the indexed tree. A file that can't be read is passed over. */
export function readProjectConfig(view: View): ProjectConfig {
  const packages = new Map<string, { folder: string; entries: string[] }>()
  const aliases: { folder: string; pattern: string; targets: string[] }[] = []
  const goModules: { module: string; folder: string }[] = []
  const crates = new Map<string, string>()
  for (const { path, content } of view.tree.files()) {
    const name = path.slice(path.lastIndexOf("/") + 1)
    if (content === 0 || !/^(?:package\.json|[jt]sconfig[^/]*\.json|go\.mod|Cargo\.toml)$/.test(name)) continue
    const text = view.text(content) ?? ""
    const folder = dirname(path) === "." ? "" : dirname(path)
    if (name === "package.json") {
      const manifest = jsonOf(text)
      const packageName = manifest?.name
      if (typeof packageName === "string" && packageName !== "")
        packages.set(packageName, { folder, entries: entriesOf(manifest ?? {}) })
    } else if (name === "go.mod") {
      const module = /^\s*module\s+"?([^\s"]+)/m.exec(text)?.[1]
      if (module) goModules.push({ module, folder })
    } else if (name === "Cargo.toml") {
      const crate = /^\s*\[package\][^[]*?^\s*name\s*=\s*"([^"]+)"/ms.exec(text)?.[1]
      if (crate) crates.set(crate.replaceAll("-", "_"), folder)
    } else aliases.push(...aliasesOf(jsonOf(text), folder))
  }
  aliases.sort((a, b) => b.folder.length - a.folder.length)
  goModules.sort((a, b) => b.module.length - a.module.length)
  return { packages, aliases, goModules, crates }
}

type Json = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** JSON as people write it in tsconfig files: with comments and trailing commas. */
function jsonOf(text: string): Json | undefined {
  const strip = (source: string) =>
    source
      .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_all, string) => string ?? "")
      .replace(/,(\s*[}\]])/g, "$1")
  for (const source of [text, strip(text)]) {
    try {
      const value: unknown = JSON.parse(source)
      return isRecord(value) ? value : undefined
    } catch {
      // Tried once more without its comments; what is no JSON even then has nothing to say.
    }
  }
  return undefined
}

function entriesOf(manifest: Json): string[] {
  const found: string[] = []
  const collect = (value: unknown, depth: number) => {
    if (typeof value === "string" && /\.[cm]?[jt]sx?$/.test(value)) found.push(value)
    else if (isRecord(value) && depth < 4) for (const inner of Object.values(value)) collect(inner, depth + 1)
  }
  collect(isRecord(manifest.exports) ? (manifest.exports["."] ?? {}) : manifest.exports, 0)
  for (const key of ["source", "module", "main", "types"]) collect(manifest[key], 0)
  return [...new Set(found)]
}

function aliasesOf(config: Json | undefined, folder: string) {
  const options = config?.compilerOptions
  if (!isRecord(options)) return []
  const base = typeof options.baseUrl === "string" ? join(folder, options.baseUrl) : folder
  const found: { folder: string; pattern: string; targets: string[] }[] = []
  if (isRecord(options.paths)) {
    for (const [pattern, targets] of Object.entries(options.paths)) {
      if (!Array.isArray(targets)) continue
      const paths = targets.filter((target) => typeof target === "string").map((target) => join(base, target))
      found.push({ folder, pattern, targets: paths })
    }
  }
  if (typeof options.baseUrl === "string") found.push({ folder, pattern: "*", targets: [join(base, "*")] })
  return found
}
