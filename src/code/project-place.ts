import { access, constants, realpath, stat } from "node:fs/promises"
import { DuckError, NotFoundError, systemCode } from "../base/errors.ts"
import { findGit, type Git, type GitAbsence } from "../workspace/git.ts"
import { projectRoot } from "../workspace/project-root.ts"

/** Where a project is: its top folder and its repository. */
export interface ProjectPlace {
  /** Canonical. */
  readonly root: string
  readonly git: Git | null
  /** Why `git` is null; "home-folder" when the repository is one that keeps a home folder. */
  readonly gitAbsence: GitAbsence | "home-folder" | null
}

/** What can't be looked into as a folder; the message says why. */
export class ProjectRefusedError extends DuckError {
  constructor(code: "NOT_A_FOLDER" | "NOT_READABLE", message: string, hint: string) {
    super({ code, message, hint, status: 400 })
  }
}

/**
 * Top of the project around a folder, as `projectRoot` finds it. Throws NotFoundError, ProjectRefusedError and
 * ProjectRootRefusedError.
 */
export const rootAround = async (folder: string, home: string): Promise<string> =>
  projectRoot(await realFolder(folder), { home })

/** The project with this root and its repository, which git is asked for: a few programs. */
export async function placeAt(root: string): Promise<ProjectPlace> {
  const found = await findGit(root)
  if (!("git" in found)) return { root, git: null, gitAbsence: found.absent }
  // A repository further up is one that keeps a home folder: it is not the project's.
  return found.git.root === root
    ? { root, git: found.git, gitAbsence: null }
    : { root, git: null, gitAbsence: "home-folder" }
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
