import { dirname, join } from "node:path/posix"
import type { ProjectConfig } from "./project-config.ts"

const scriptExtensions = [
  ".ts",
  ".tsx",
  ".d.ts",
  ".mts",
  ".cts",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".json",
  ".vue",
  ".svelte",
]
/** What stands in the source for what an import names: `./x.js` may be x.ts. */
const writtenAs: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".jsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
}

/** Where something may be found: the first of these paths that is in the tree, alone, or nothing. */
type First = (candidates: readonly string[]) => readonly string[]

/**
 * The file that an import of JavaScript or TypeScript names: a path with or without its ending, an alias of tsconfig.json, a
 * package of the workspace.
 */
export function scriptModule(from: string, module: string, config: ProjectConfig, first: First): readonly string[] {
  if (module.startsWith(".")) return first(scriptFiles(join(dirname(from), module)))
  if (module.startsWith("/")) return first(scriptFiles(module.slice(1)))
  for (const { folder, pattern, targets } of config.aliases) {
    if (folder !== "" && !from.startsWith(`${folder}/`)) continue
    const rest = matchAlias(pattern, module)
    if (rest === undefined) continue
    const found = first(targets.flatMap((target) => scriptFiles(target.replace("*", rest))))
    if (found.length > 0) return found
  }
  const parts = module.split("/")
  const name = parts.slice(0, module.startsWith("@") ? 2 : 1).join("/")
  const pack = config.packages.get(name)
  if (pack) {
    const rest = parts.slice(module.startsWith("@") ? 2 : 1).join("/")
    const inside = (path: string) => join(pack.folder, path)
    if (rest !== "") return first([...scriptFiles(inside(rest)), ...scriptFiles(inside(`src/${rest}`))])
    // The entry may be built: its source stands under the same name in src.
    const entries = pack.entries.flatMap((entry) => [
      entry,
      entry.replace(/^(?:\.\/)?(?:dist|build|lib|out)\//, "src/"),
    ])
    const guesses = ["src/index", "index", "src/main", "lib/index"]
    return first([...entries, ...guesses].flatMap((entry) => scriptFiles(inside(entry))))
  }
  return module.startsWith("@/") || module.startsWith("~/") ? first(scriptFiles(`src/${module.slice(2)}`)) : []
}

function scriptFiles(path: string): string[] {
  const extension = /\.[cm]?jsx?$/.exec(path)?.[0] ?? ""
  const written = (writtenAs[extension] ?? []).map((other) => path.slice(0, -extension.length) + other)
  const plain = path.replace(/\/$/, "")
  return [
    plain,
    ...written,
    ...scriptExtensions.map((end) => plain + end),
    ...scriptExtensions.map((end) => join(plain, `index${end}`)),
  ]
}

/** What `*` stands for when the pattern matches; "" for a pattern without one. */
function matchAlias(pattern: string, module: string): string | undefined {
  const star = pattern.indexOf("*")
  if (star < 0) return pattern === module ? "" : undefined
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  if (!module.startsWith(before) || !module.endsWith(after) || module.length < before.length + after.length)
    return undefined
  return module.slice(before.length, module.length - after.length)
}
