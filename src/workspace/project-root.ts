import { lstat, readdir, realpath, stat } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, relative, sep } from "node:path"
import { DuckError } from "../base/errors.ts"
import { isInside } from "./contain.ts"
import { ecosystems } from "./ecosystems/all.ts"
import { folderView } from "./ecosystems/folder-view.ts"
import { FileNotFoundError } from "./errors.ts"
import { pathGlob } from "./glob.ts"

/** A folder that is never a project: the disk, a home folder, or what home folders lie in. */
export class ProjectRootRefusedError extends DuckError {
  constructor(root: string) {
    super({
      code: "NOT_A_PROJECT",
      message: `${root} is not taken for a project: it is a home folder or holds those of others.`,
      hint: "Change to the folder of a project, or give it with --project.",
      status: 400,
      details: { root },
    })
  }
}

export interface RootOptions {
  /** The user's home folder; default the system's word for it. */
  readonly home?: string | undefined
}

/**
 * The canonical root of the project that `folder` lies in: the nearest folder upward with a `.git`; without one, the
 * nearest with a manifest (package.json, Cargo.toml, ...), or the workspace above that has it as a member; without any,
 * `folder` itself. The search ends below the home folder, so that a home folder kept in git swallows no project, and
 * below a folder that everybody may write to, such as /tmp: what others put there says nothing of a project inside.
 * Throws FileNotFoundError and ProjectRootRefusedError.
 */
export async function projectRoot(folder: string, options: RootOptions = {}): Promise<string> {
  const start = await realpath(folder).catch((cause) => {
    throw new FileNotFoundError(folder, cause)
  })
  if (!(await stat(start)).isDirectory()) return projectRoot(dirname(start), options)
  const given = options.home ?? homedir()
  const home = await realpath(given).catch(() => given)
  const isRefused = (path: string) => isInside(path, home)
  const above: string[] = []
  for (let at = start; !isRefused(at) && at !== dirname(at); at = dirname(at)) {
    if (at !== start && (await isEverybodys(at))) break
    above.push(at)
  }
  if (above.length === 0) throw new ProjectRootRefusedError(start)
  for (const path of above) if (await isThere(`${path}/.git`)) return path
  let root: string | undefined
  for (const path of above) {
    if (root === undefined) {
      if (await hasManifest(path)) root = path
    } else if (await hasMember(path, relative(path, root).replaceAll(sep, "/"))) root = path
  }
  return root ?? start
}

const isEverybodys = async (path: string) => ((await stat(path)).mode & 0o002) !== 0

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

async function hasManifest(folder: string): Promise<boolean> {
  const names = new Set<string>(await readdir(folder).catch(() => []))
  return ecosystems.some((ecosystem) => ecosystem.manifests.some((name) => names.has(name)))
}

/** Whether the folder is the root of a workspace that counts `member` (a path below) in. */
async function hasMember(folder: string, member: string): Promise<boolean> {
  if (!(await hasManifest(folder))) return false
  const view = await folderView(folder)
  for (const { members } of ecosystems) {
    const patterns = await members?.(view)
    const matches = (list: readonly string[]) => list.some((pattern) => pathGlob(pattern)?.(member))
    if (patterns && matches(patterns.include) && !matches(patterns.exclude)) return true
  }
  return false
}
