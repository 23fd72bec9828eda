import { basename, dirname, join } from "node:path/posix"
import type { View } from "../index/view.ts"
import { familyOf } from "./families.ts"
import { type ProjectConfig, readProjectConfig } from "./project-config.ts"
import { scriptModule } from "./script-modules.ts"

/** Finds the files of the tree that an import names. */
export interface Modules {
  /** Sorted by how likely they are meant; empty for a module from outside the tree. */
  resolve(from: string, module: string, language: string, names?: readonly string[]): readonly string[]
  /** Indexed files directly in a folder. */
  filesIn(folder: string): readonly string[]
  /** What a file imports and what these import in turn, with no end but the tree's: the whole of what a C file includes. */
  reachable(from: string): ReadonlySet<string>
}

/** Sets of reachable files that are kept: those of the files that ask are asked again at once. */
const keptReaches = 64
const mostReached = 2_000

/** Follows the tree: what it knows of folders and configuration is read again when the tree has changed. */
export function moduleResolver(view: View): Modules {
  let version = -1
  let config: ProjectConfig = { packages: new Map(), aliases: [], goModules: [], crates: new Map() }
  let folders = new Map<string, string[]>()
  let byBase = new Map<string, string[]>()
  const reaches = new Map<string, ReadonlySet<string>>()
  const nexts = new Map<string, readonly string[]>()
  const sync = () => {
    if (version === view.tree.version) return
    version = view.tree.version
    config = readProjectConfig(view)
    folders = new Map()
    byBase = new Map()
    reaches.clear()
    nexts.clear()
    for (const { path, content } of view.tree.files()) {
      if (content === 0) continue
      put(folders, dirname(path) === "." ? "" : dirname(path), path)
      put(
        byBase,
        basename(path)
          .replace(/\.[^.]+$/, "")
          .toLowerCase(),
        path,
      )
    }
  }
  const has = (path: string) => (view.tree.get(path)?.content ?? 0) !== 0
  const first = (candidates: readonly string[]): string[] => {
    const found = candidates.find(has)
    return found === undefined ? [] : [found]
  }

  function python(from: string, module: string, names: readonly string[]): readonly string[] {
    const dots = /^\.*/.exec(module)?.[0].length ?? 0
    const rest = module.slice(dots).split(".").filter(Boolean)
    const roots: string[] = []
    if (dots > 0) {
      let folder = dirname(from)
      for (let up = 1; up < dots; up++) folder = dirname(folder)
      roots.push(folder === "." ? "" : folder)
    } else for (const folder of ancestors(dirname(from))) roots.push(folder, join(folder, "src"), join(folder, "lib"))
    for (const root of roots) {
      const base = join(root, ...rest)
      const asNames = names.flatMap((name) => first([join(base, `${name}.py`), join(base, name, "__init__.py")]))
      const own = rest.length > 0 || dots > 0 ? first([`${base}.py`, `${base}.pyi`, join(base, "__init__.py")]) : []
      if (asNames.length > 0 || own.length > 0) return [...new Set([...asNames, ...own])]
    }
    return []
  }

  function go(module: string): readonly string[] {
    const owner = config.goModules.find((one) => module === one.module || module.startsWith(`${one.module}/`))
    if (!owner) return []
    const folder = join(owner.folder, module.slice(owner.module.length + 1))
    return (folders.get(folder === "." ? "" : folder) ?? []).filter((p) => p.endsWith(".go") && !p.endsWith("_test.go"))
  }

  function rust(from: string, module: string): readonly string[] {
    const parts = module
      .replace(/::\{.*$/, "")
      .split("::")
      .filter((part) => part !== "" && part !== "*")
    const head = parts[0] ?? ""
    const isFolderModule = /(?:^|\/)(?:mod|lib|main)\.rs$/.test(from)
    const own = isFolderModule ? dirname(from) : from.replace(/\.rs$/, "")
    let base: string
    let rest = parts.slice(1)
    if (head === "crate") base = sourceRoot(from)
    else if (head === "self") base = own
    else if (head === "super") {
      base = dirname(own)
      while (rest[0] === "super") {
        base = dirname(base)
        rest = rest.slice(1)
      }
    } else if (config.crates.has(head)) base = join(config.crates.get(head) ?? "", "src")
    else {
      // `mod parser;` and paths that start at a sibling module.
      base = own
      rest = parts
    }
    for (let length = rest.length; length >= 0; length--) {
      const path = join(base, ...rest.slice(0, length))
      const found = first(
        length === 0
          ? [join(path, "lib.rs"), join(path, "mod.rs"), join(path, "main.rs")]
          : [`${path}.rs`, join(path, "mod.rs")],
      )
      if (found.length > 0 && !(length === 0 && base === own)) return found
    }
    return []
  }

  function sourceRoot(from: string): string {
    for (const folder of ancestors(dirname(from))) if (has(join(folder, "Cargo.toml"))) return join(folder, "src")
    return "src"
  }

  /** The dots of `require "a.b"` are folders, from wherever the program is started. */
  function lua(from: string, module: string): readonly string[] {
    const path = module.replace(/\.lua$/, "").replaceAll(".", "/")
    const inFolder = (folder: string) => [join(folder, `${path}.lua`), join(folder, path, "init.lua")]
    const found = first(
      ancestors(dirname(from)).flatMap((folder) => [...inFolder(folder), ...inFolder(join(folder, "lua"))]),
    )
    return found.length > 0 ? found : bySuffix(from, path.split("/"), /\.lua$/, 2)
  }

  /** Relative, or with a slash in front from the root (of a site of pages: a folder above); a folder is its first page. */
  function linked(from: string, link: string): readonly string[] {
    const folders = link.startsWith("/") ? ["", ...ancestors(dirname(from))] : [dirname(from)]
    const found = first(
      folders.flatMap((folder) => {
        const path = join(folder, `./${link}`)
        return [path, `${path}.md`, ...["README.md", "readme.md", "index.md"].map((page) => join(path, page))]
      }),
    )
    return found.length === 0 && from.endsWith(".mdx") ? scriptModule(from, link, config, first) : found
  }

  /** Files whose path ends with the parts; those nearest to the importer first. */
  function bySuffix(from: string, parts: readonly string[], extensions: RegExp, least: number): readonly string[] {
    const base = parts.at(-1)?.toLowerCase() ?? ""
    const found: { path: string; common: number; near: number }[] = []
    for (const path of byBase.get(base) ?? []) {
      if (!extensions.test(path)) continue
      const own = path
        .replace(/\.[^./]+$/, "")
        .toLowerCase()
        .split("/")
      let common = 0
      while (common < parts.length && own.at(-1 - common) === parts.at(-1 - common)?.toLowerCase()) common++
      if (common >= Math.min(least, parts.length)) found.push({ path, common, near: commonLength(path, from) })
    }
    found.sort((a, b) => b.common - a.common || b.near - a.near || (a.path < b.path ? -1 : 1))
    const best = found[0]
    return found
      .filter((one) => one.common === best?.common && one.near === best.near)
      .map(({ path }) => path)
      .slice(0, 4)
  }

  return {
    filesIn(folder) {
      sync()
      return folders.get(folder) ?? []
    },
    reachable(from) {
      sync()
      const known = reaches.get(from)
      if (known) return known
      const found = new Set<string>()
      // A set is walked in the order in which it grows.
      const queue = new Set([from])
      for (const path of queue) {
        const file = nexts.has(path) ? undefined : view.outline(view.tree.get(path)?.content ?? 0)
        const to =
          nexts.get(path) ??
          (file?.imports ?? []).flatMap(({ module }) => this.resolve(path, module, file?.language ?? ""))
        nexts.set(path, to)
        for (const one of to) {
          found.add(one)
          queue.add(one)
        }
        if (found.size > mostReached) break
      }
      if (reaches.size >= keptReaches) reaches.clear()
      reaches.set(from, found)
      return found
    },
    resolve(from, module, language, names = []) {
      sync()
      if (module === "") return []
      switch (familyOf(language)) {
        case "javascript":
          return scriptModule(from, module, config, first)
        case "python":
          return python(from, module, names)
        case "go":
          return go(module)
        case "rust":
          return rust(from, module)
        case "java":
        case "kotlin": {
          const parts = module.replace(/\.\*$/, "").split(".")
          if (module.endsWith(".*")) return (folderEnding(parts) ?? []).filter((path) => /\.(?:java|kt)$/.test(path))
          return bySuffix(from, parts, /\.(?:java|kt)$/, 2)
        }
        case "c": {
          const beside = first([join(dirname(from), module), module, join("include", module)])
          if (beside.length > 0) return beside
          return bySuffix(from, module.replace(/\.[^./]+$/, "").split("/"), /\.(?:h|hh|hpp|hxx|inc|c|cc|cpp)$/, 2)
        }
        case "ruby": {
          const beside = first([
            join(dirname(from), `${module}.rb`),
            join(dirname(from), module),
            join("lib", `${module}.rb`),
          ])
          return beside.length > 0 ? beside : bySuffix(from, module.replace(/^(?:\.\.?\/)+/, "").split("/"), /\.rb$/, 2)
        }
        case "php":
          return bySuffix(from, module.replace(/^\\/, "").split(/[\\/]/), /\.php$/, 2)
        case "elixir":
          return bySuffix(from, module.split(".").map(snakeCase), /\.exs?$/, 2)
        case "csharp":
        case "c_sharp":
          return (folderEnding(module.split(".")) ?? []).filter((path) => path.endsWith(".cs"))
        case "css":
        case "bash":
        case "html":
          return first([join(dirname(from), module), module, join(dirname(from), `${module}.css`)])
        case "lua":
          return lua(from, module)
        case "markdown":
          return linked(from, module)
        default:
          return module.startsWith(".") ? first([join(dirname(from), module)]) : []
      }
    },
  }

  function folderEnding(parts: readonly string[]): readonly string[] | undefined {
    const suffix = parts.join("/")
    for (const [folder, paths] of folders) if (folder === suffix || folder.endsWith(`/${suffix}`)) return paths
    return undefined
  }
}

/** The folder and all above it, "" last. */
function ancestors(folder: string): string[] {
  const found: string[] = []
  for (let at = folder; at !== "." && at !== "/" && at !== ""; at = dirname(at)) found.push(at)
  return [...found, ""]
}

function commonLength(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")]
  let common = 0
  while (common < left.length && left[common] === right[common]) common++
  return common
}

const snakeCase = (name: string): string => name.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").toLowerCase()

function put(map: Map<string, string[]>, key: string, value: string) {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
