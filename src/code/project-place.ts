import { access, constants, realpath, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { DuckError, NotFoundError, systemCode } from "../base/errors.ts"
import { findGit, type Git, type GitAbsence } from "../workspace/git.ts"

/** Where a project is: its top folder and its repository. */
export interface ProjectPlace {
  /** Canonical. */
  readonly root: string
  readonly git: Git | null
  /** Why `git` is null; "home-folder" when the repository is one that keeps a home folder. */
  readonly gitAbsence: GitAbsence | "home-folder" | null
}

/** A folder that can't be a project; the message says why. */
export class ProjectRefusedError extends DuckError {
  constructor(code: "NOT_A_FOLDER" | "NOT_READABLE" | "HOME_FOLDER" | "DISK_ROOT", message: string, hint: string) {
    super({ code, message, hint, status: 400 })
  }
}

/** Files that mark the top of a project where there is no repository. */
const manifests = [
  ".duckignore",
  "package.json",
  "pyproject.toml",
  "setup.py",
  "go.mod",
  "Cargo.toml",
  "mix.exs",
  "pom.xml",
  "build.gradle",
  "build.gradle.kts",
  "composer.json",
  "Gemfile",
  "CMakeLists.txt",
  "Makefile",
]

/**
 * The project around a folder: the top of its git work tree, else the nearest folder above with a manifest, else the
 * folder itself. Throws NotFoundError and ProjectRefusedError.
 */
export async function placeOf(folder: string, home: string): Promise<ProjectPlace> {
  const real = await realFolder(folder)
  const realHome = await realpath(home).catch(() => resolve(home))
  const isRefused = (path: string) => path === realHome || dirname(path) === path
  const found = await findGit(real)
  if ("git" in found && !isRefused(found.git.root)) return { root: found.git.root, git: found.git, gitAbsence: null }
  let root = real
  for (let at = real; !isRefused(at); at = dirname(at)) {
    if (!(await hasManifest(at))) continue
    root = at
    break
  }
  if (root === realHome)
    throw new ProjectRefusedError(
      "HOME_FOLDER",
      `${root} is a home folder, not a project.`,
      "Change to the folder of a project; to index a part of the home folder, name that part.",
    )
  if (dirname(root) === root)
    throw new ProjectRefusedError("DISK_ROOT", `${root} is the whole disk.`, "Change to the folder of a project.")
  return { root, git: null, gitAbsence: "git" in found ? "home-folder" : found.absent }
}

async function realFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder)
    if (!(await stat(real)).isDirectory())
      throw new ProjectRefusedError("NOT_A_FOLDER", `${folder} is a file, not a folder.`, "Name the folder it is in.")
    await access(real, constants.R_OK | constants.X_OK)
    return real
  } catch (cause) {
    const code = systemCode(cause)
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new NotFoundError({
        code: "FOLDER_NOT_FOUND",
        message: `There is no folder ${folder}.`,
        hint: "Check the path.",
        cause,
      })
    if (code === "EACCES" || code === "EPERM")
      throw new ProjectRefusedError("NOT_READABLE", `${folder} may not be read.`, "Check who owns it and its mode.")
    throw cause
  }
}

async function hasManifest(folder: string): Promise<boolean> {
  for (const name of manifests) {
    const isThere = await access(`${folder}/${name}`).then(
      () => true,
      () => false,
    )
    if (isThere) return true
  }
  return false
}
