import { constants, promises as fs } from "node:fs"
import { join } from "node:path"
import { alwaysIgnored, folderMarks, ignoredUnlessTracked, vendorMarks } from "./ignore-defaults.ts"
import { type IgnoreFile, parseIgnoreFile } from "./ignore-file.ts"

/** What git knows of a tree that the ignore rules need; `readTracked` reads it. Asked only of what a rule leaves out. */
export interface Tracked {
  isTracked(path: string): boolean
  holdsTracked(folder: string): boolean
  /** Texts of the ignore files outside the tree that bear on it, weakest first, and where they stand. */
  readonly excludes: readonly { readonly text: string; readonly above: string }[]
}

/** Rules in force in one folder. Order: nearest file first, `.duckignore` before everything that git reads. */
export interface FolderRules {
  /** Posix, relative to the root; "" is the root. */
  readonly path: string
  /** Whether the walk leaves out the entry `name` of this folder. */
  ignores(name: string, isFolder: boolean): boolean
  /** Whether the folder itself is left out because of what it holds (a cache tag, vendored code). */
  ignoresItself(names: readonly string[]): boolean
  /** The rules in a folder below, with the ignore files it holds. */
  enter(name: string, names: readonly string[]): Promise<FolderRules>
}

interface Layer {
  /** Length of the prefix of root-relative paths that the file's folder takes. */
  readonly prefix: number
  /** Path from the file's folder to the root, for files that stand above it: "packages/app/". */
  readonly above: string
  readonly file: IgnoreFile
}

const maxIgnoreBytes = 1_000_000

/** The rules at the root of a tree. `names` are the entries of the root folder. */
export async function rootRules(root: string, names: readonly string[], tracked?: Tracked): Promise<FolderRules> {
  const outside = (tracked?.excludes ?? [])
    .map(({ text, above }) => ({ prefix: 0, above, file: parseIgnoreFile(text) }))
    .reverse()
  return rulesIn(root, "", names, [], outside, tracked, false)
}

async function rulesIn(
  root: string,
  path: string,
  names: readonly string[],
  parentDuck: readonly Layer[],
  parentGit: readonly Layer[],
  tracked: Tracked | undefined,
  trackedOnly: boolean,
): Promise<FolderRules> {
  const prefix = path === "" ? 0 : path.length + 1
  const layersWith = async (layers: readonly Layer[], name: string) => {
    if (!names.includes(name)) return layers
    const text = await readIgnoreFile(join(root, path, name))
    return text === undefined ? layers : [{ prefix, above: "", file: parseIgnoreFile(text) }, ...layers]
  }
  const git = await layersWith(parentGit, ".gitignore")
  const duck = await layersWith(parentDuck, ".duckignore")
  const full = (name: string) => (path === "" ? name : `${path}/${name}`)

  /** Undefined: left out; otherwise whether only tracked files are taken from here on. */
  const judge = (name: string, isFolder: boolean): "out" | "in" | "tracked-only" => {
    if (name === ".git") return "out"
    const at = full(name)
    const said = decide(duck, at, name, isFolder)
    if (said !== undefined) return said ? "out" : "in"
    const bySaid = trackedOnly ? true : decide(git, at, name, isFolder)
    if (bySaid === false) return "in"
    if (alwaysIgnored.decide(at, name, isFolder)) return "out"
    if (bySaid || ignoredUnlessTracked.decide(at, name, isFolder)) {
      if (!tracked) return "out"
      if (isFolder) return tracked.holdsTracked(at) ? (bySaid ? "tracked-only" : "in") : "out"
      return tracked.isTracked(at) ? "in" : "out"
    }
    return "in"
  }
  return {
    path,
    ignores: (name, isFolder) => judge(name, isFolder) === "out",
    ignoresItself(own) {
      if (path === "") return false
      const name = path.slice(path.lastIndexOf("/") + 1)
      const isMarked = own.some((entry) => folderMarks.has(entry) || (name === "vendor" && vendorMarks.has(entry)))
      return isMarked && decide([...parentDuck, ...parentGit], path, name, true) !== false
    },
    enter: (name, own) => rulesIn(root, full(name), own, duck, git, tracked, judge(name, true) === "tracked-only"),
  }
}

function decide(layers: readonly Layer[], path: string, name: string, isFolder: boolean): boolean | undefined {
  for (const { prefix, above, file } of layers) {
    const said = file.decide(prefix === 0 ? above + path : path.slice(prefix), name, isFolder)
    if (said !== undefined) return said
  }
  return undefined
}

/** An ignore file's text. Like git's, one in the tree may not be a link; what can't be read has no rules. */
export async function readIgnoreFile(path: string, { followLinks = false } = {}): Promise<string | undefined> {
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW)
    const handle = await fs.open(path, flags)
    try {
      const stats = await handle.stat()
      return stats.isFile() && stats.size <= maxIgnoreBytes ? await handle.readFile("utf8") : undefined
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}
