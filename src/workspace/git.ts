import { realpath } from "node:fs/promises"
import { resolve } from "node:path"
import { type GitCommit, type LogOptions, readLog } from "./git-log.ts"
import { GitFailedError, gitBytes, gitText, NoGitError } from "./git-run.ts"

export type { CommitFile, FileStatus, GitCommit, LogOptions } from "./git-log.ts"

/** Why there is no git to read from. */
export type GitAbsence = "no-program" | "not-a-repository" | "dubious-ownership" | "bare"

export interface Git {
  /** Top of the work tree, canonical. */
  readonly root: string
  /** The folder that all worktrees of the repository share: the identity of the repository. */
  readonly commonDir: string
  /** SHA of HEAD; null while there are no commits. */
  head(): Promise<string | null>
  log(options?: LogOptions): AsyncIterable<GitCommit>
}

export async function openGit(folder: string): Promise<Git | null> {
  const found = await findGit(folder)
  return "git" in found ? found.git : null
}

/** The repository around `folder`, or why there is none. */
export async function findGit(folder: string): Promise<{ readonly git: Git } | { readonly absent: GitAbsence }> {
  let said: string
  try {
    said = await gitText({
      cwd: folder,
      args: ["rev-parse", "--is-inside-work-tree", "--show-toplevel", "--git-common-dir"],
    })
  } catch (error) {
    if (error instanceof NoGitError) return { absent: "no-program" }
    if (!(error instanceof GitFailedError)) throw error
    if (/dubious ownership|unsafe repository/.test(error.message)) return { absent: "dubious-ownership" }
    if (/must be run in a work tree/.test(error.message)) return { absent: "bare" }
    return { absent: "not-a-repository" }
  }
  const [inside, top = "", common = ""] = said.trimEnd().split("\n")
  if (inside !== "true") return { absent: "bare" }
  const root = await realpath(top)
  const commonDir = await realpath(resolve(folder, common))
  return {
    git: {
      root,
      commonDir,
      async head() {
        const text = (
          await gitBytes({ cwd: root, args: ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], okCodes: [0, 1] })
        ).toString("utf8")
        return text.trim() || null
      },
      log: (options = {}) => readLog(root, options),
    },
  }
}
