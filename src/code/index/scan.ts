import { lstat, readdir } from "node:fs/promises"
import { basename, dirname, join } from "node:path/posix"
import { systemCode } from "../../base/errors.ts"
import { readTracked } from "../../workspace/git-tracked.ts"
import { type FolderRules, rootRules } from "../../workspace/ignoring.ts"
import { rulesAt, walk } from "../../workspace/walk.ts"
import { type FileStat, isClean, type Tree } from "./tree.ts"

/** What has to be looked at: files that may have changed, and paths that are gone. */
export interface Scan {
  readonly candidates: readonly string[]
  readonly removed: readonly string[]
  readonly unchanged: number
}

/** Compares the whole disk with the tree, by stat. */
export async function scanAll(tree: Tree, options: { signal?: AbortSignal | undefined }): Promise<Scan> {
  const seen = new Set<string>()
  const candidates: string[] = []
  let unchanged = 0
  for await (const file of walk(tree.root, options)) {
    seen.add(file.path)
    if (needsReading(tree, file.path, file)) candidates.push(file.path)
    else unchanged++
  }
  const removed = [...tree.files()].map(({ path }) => path).filter((path) => !seen.has(path))
  return { candidates: candidates.sort(), removed, unchanged }
}

/** The names of files that decide which others are indexed. */
const ignoreFiles: ReadonlySet<string> = new Set([".gitignore", ".duckignore"])

/**
 * Looks at some paths only: files, or folders with all they hold. Undefined when only a whole scan can tell, because the
 * rules of what is indexed may have changed.
 */
export async function scanPaths(
  tree: Tree,
  paths: readonly string[],
  { signal }: { signal?: AbortSignal | undefined },
): Promise<Scan | undefined> {
  if (paths.some((path) => ignoreFiles.has(basename(path)) || path === "" || path === ".")) return undefined
  const candidates = new Set<string>()
  const removed = new Set<string>()
  let unchanged = 0
  const visible = visibility(tree.root, signal)
  for (const path of new Set(paths)) {
    const stats = await statOf(join(tree.root, path))
    const under = `${path}/`
    const known = tree.get(path)
    if (stats?.isFile()) {
      const stat = { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, ctimeMs: stats.ctimeMs, inode: stats.ino }
      if (!known && !(await visible(path))) continue
      if (needsReading(tree, path, stat)) candidates.add(path)
      else unchanged++
    } else if (known) removed.add(path)
    if (stats?.isDirectory()) {
      const seen = new Set<string>()
      for await (const file of walk(tree.root, { signal, under: path })) {
        seen.add(file.path)
        if (needsReading(tree, file.path, file)) candidates.add(file.path)
        else unchanged++
      }
      for (const file of tree.files()) if (file.path.startsWith(under) && !seen.has(file.path)) removed.add(file.path)
    } else if (!known) {
      // A folder that is gone takes its files with it.
      for (const file of tree.files()) if (file.path.startsWith(under)) removed.add(file.path)
    }
  }
  return { candidates: [...candidates].sort(), removed: [...removed], unchanged }
}

function needsReading(tree: Tree, path: string, stat: FileStat): boolean {
  const known = tree.get(path)
  return known === undefined || !isClean(known, stat)
}

/** Whether a path that is new is one that a walk would give; git and the ignore files are asked once, when first needed. */
function visibility(root: string, signal: AbortSignal | undefined) {
  let start: Promise<FolderRules> | undefined
  const begin = async () => rootRules(root, await readdir(root), await readTracked(root, signal))
  return async (path: string): Promise<boolean> => {
    start ??= begin()
    const folder = dirname(path)
    const found = await rulesAt(await start, root, folder === "." ? "" : folder)
    return found !== undefined && !found.rules.ignores(basename(path), false)
  }
}

async function statOf(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined
    throw error
  }
}
