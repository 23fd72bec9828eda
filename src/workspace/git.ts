import { realpath } from "node:fs/promises"
import { resolve } from "node:path"
import { FileTooLargeError, PathRefusedError } from "./errors.ts"
import { type BlameOptions, type BlameSpan, readBlame } from "./git-blame.ts"
import { type Diff, type DiffOptions, readDiff } from "./git-diff.ts"
import { NotInHistoryError, UnknownRevisionError } from "./git-errors.ts"
import { type GitCommit, type LogOptions, readLog } from "./git-log.ts"
import { GitFailedError, gitStream, gitText, gitTokens, NoGitError } from "./git-run.ts"
import { type ChangedFile, readStatus, type WorkTreeStatus } from "./git-status.ts"
import { problemOf } from "./path-rules.ts"

export type { BlameOptions, BlameSpan } from "./git-blame.ts"
export type { Diff, DiffOptions } from "./git-diff.ts"
export type { GitCommit, LogOptions } from "./git-log.ts"
export type { ChangedFile, WorkTreeStatus } from "./git-status.ts"

/** Why there is no git to read from. */
export type GitAbsence = "no-program" | "not-a-repository" | "dubious-ownership" | "bare"

export interface TreeEntry {
  readonly path: string
  /** SHA of the content, as git counts it. */
  readonly blob: string
  readonly isExecutable: boolean
  readonly isSymlink: boolean
}

/**
 * A repository, read through the git command. All paths, given and taken, are posix and relative to `root`. A revision
 * is anything that git takes for a commit; one it does not know is an UnknownRevisionError.
 */
export interface Git {
  /** Top of the work tree, canonical. */
  readonly root: string
  /** The folder that all worktrees of the repository share: the identity of the repository. */
  readonly commonDir: string
  /** This work tree's own folder in it; differs from `commonDir` in linked worktrees and submodules. */
  readonly gitDir: string
  /** SHA of HEAD; null while there are no commits. */
  head(): Promise<string | null>
  /** Name of the branch that is checked out (also before its first commit); null when HEAD is detached. */
  branch(): Promise<string | null>
  /** History is cut off: the oldest commits here are not the first ones. */
  isShallow(): Promise<boolean>
  /** SHA of the commit that `revision` names. */
  resolve(revision: string): Promise<string>
  /** Newest first; nothing while there are no commits. */
  log(options?: LogOptions): AsyncIterable<GitCommit>
  /** Who wrote which lines. Throws NotInHistoryError, and InvalidInputError for lines past the end. */
  blame(path: string, options?: BlameOptions): Promise<BlameSpan[]>
  status(options?: { signal?: AbortSignal | undefined }): Promise<WorkTreeStatus>
  /** What differs between a revision (default HEAD) and the work tree, untracked files included. */
  changedFiles(since?: string, options?: { signal?: AbortSignal | undefined }): Promise<readonly ChangedFile[]>
  diff(options?: DiffOptions): Promise<Diff>
  /** A file's bytes at a revision. Throws NotInHistoryError, FileTooLargeError. */
  show(path: string, revision: string, options?: { maxBytes?: number; signal?: AbortSignal }): Promise<Buffer>
  /** Every file of a revision; submodules are left out. */
  tree(revision: string, options?: { under?: string; signal?: AbortSignal }): AsyncIterable<TreeEntry>
}

/** The repository around `folder`; null where there is none, or no git (`findGit` says which). */
export async function openGit(folder: string): Promise<Git | null> {
  const found = await findGit(folder)
  return "git" in found ? found.git : null
}

/** The repository around `folder`, or why there is none. */
export async function findGit(folder: string): Promise<{ readonly git: Git } | { readonly absent: GitAbsence }> {
  // One question each: an answer may hold a line break.
  const ask = async (...args: string[]) => (await gitText({ cwd: folder, args: ["rev-parse", ...args] })).slice(0, -1)
  try {
    const [top, common, own, promisors] = await Promise.all([
      ask("--show-toplevel"),
      ask("--git-common-dir"),
      ask("--absolute-git-dir"),
      gitText({ cwd: folder, args: ["config", "--get-regexp", "^remote\\..*\\.promisor$"], okCodes: [0, 1] }),
    ])
    return {
      git: repository({
        root: await realpath(top),
        commonDir: await realpath(resolve(folder, common)),
        gitDir: await realpath(own),
        isPartial: /true/.test(promisors),
      }),
    }
  } catch (error) {
    if (error instanceof NoGitError) return { absent: "no-program" }
    if (!(error instanceof GitFailedError)) throw error
    if (/dubious ownership|unsafe repository/.test(error.message)) return { absent: "dubious-ownership" }
    if (/must be run in a work tree/.test(error.message)) return { absent: "bare" }
    return { absent: "not-a-repository" }
  }
}

interface Place {
  readonly root: string
  readonly commonDir: string
  readonly gitDir: string
  readonly isPartial: boolean
}

function repository({ root, commonDir, gitDir, isPartial }: Place): Git {
  const ask = async (...args: string[]) => (await gitText({ cwd: root, args, okCodes: [0, 1] })).trim()
  const isShallow = async () => (await ask("rev-parse", "--is-shallow-repository")) === "true"
  const resolveRevision = async (revision: string): Promise<string> => {
    const isSpeakable = revision !== "" && !revision.startsWith("-") && !/[\0-\x1f\x7f]/.test(revision)
    const sha = isSpeakable
      ? await ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`).catch((error) => {
          if (error instanceof GitFailedError) return ""
          throw error
        })
      : ""
    if (sha === "") throw new UnknownRevisionError(revision, await isShallow())
    return sha
  }
  const resolveIf = (revision: string | undefined) => (revision === undefined ? undefined : resolveRevision(revision))
  const head = async () => (await ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")) || null

  const git: Git = {
    root,
    commonDir,
    gitDir,
    head,
    isShallow,
    resolve: resolveRevision,
    branch: async () => (await ask("symbolic-ref", "--quiet", "--short", "HEAD")) || null,
    async *log(options = {}) {
      options.paths?.forEach(checked)
      const from = options.from === undefined ? await head() : await resolveRevision(options.from)
      if (from === null) return
      const after = await resolveIf(options.after)
      yield* readLog(root, { ...options, from, after, renames: isPartial ? "exact" : "similar" })
    },
    async blame(path, options = {}) {
      return readBlame(root, checked(path), { ...options, revision: await resolveIf(options.revision) })
    },
    status: ({ signal } = {}) => readStatus(root, signal),
    async changedFiles(since, { signal } = {}) {
      const status = await readStatus(root, signal)
      if (since === undefined) return status.files
      const diff = await git.diff({ from: since, maxBytes: 0, signal })
      const compared: ChangedFile[] = diff.files.map(({ addedLines, deletedLines, ...file }) => file)
      const seen = new Set(compared.map((file) => file.path))
      return [...compared, ...status.files.filter((file) => file.status === "?" && !seen.has(file.path))]
    },
    async diff(options = {}) {
      options.paths?.forEach(checked)
      const from =
        options.from === undefined ? ((await head()) ?? (await emptyTree(root))) : await resolveRevision(options.from)
      const to = await resolveIf(options.to)
      return readDiff(root, to === undefined ? [from] : [from, to], options)
    },
    async show(path, revision, { maxBytes = 10_000_000, signal } = {}) {
      const sha = await resolveRevision(revision)
      const name = `${sha}:${checked(path)}`
      try {
        const sizeBytes = Number(await gitText({ cwd: root, args: ["cat-file", "-s", name], signal }))
        if (sizeBytes > maxBytes) throw new FileTooLargeError(path, sizeBytes, maxBytes)
        const chunks: Buffer[] = []
        for await (const chunk of gitStream({ cwd: root, args: ["cat-file", "blob", name], signal })) chunks.push(chunk)
        return Buffer.concat(chunks)
      } catch (error) {
        if (error instanceof GitFailedError) throw new NotInHistoryError(path, revision)
        throw error
      }
    },
    async *tree(revision, { under, signal } = {}) {
      const sha = await resolveRevision(revision)
      const args = ["ls-tree", "-r", "-z", "--full-tree", sha, ...(under === undefined ? [] : ["--", checked(under)])]
      for await (const token of gitTokens({ cwd: root, args, signal })) {
        const tab = token.indexOf("\t")
        const [mode, type, blob = ""] = token.slice(0, tab).split(" ")
        if (type !== "blob") continue
        yield { path: token.slice(tab + 1), blob, isExecutable: mode === "100755", isSymlink: mode === "120000" }
      }
    },
  }
  return git
}

/** The tree without files, in the repository's own hash: what a first commit differs from. */
const emptyTree = async (cwd: string) =>
  (await gitText({ cwd, args: ["hash-object", "-t", "tree", "--stdin"], input: "" })).trim()

/** Git only reads what it stores, but a path with a NUL or `..` is a mistake or worse wherever it comes from. */
function checked(path: string): string {
  const problem = problemOf(path)
  if (problem && !problem.isForeign) throw new PathRefusedError(path, problem.reason)
  if (path.startsWith("/")) throw new PathRefusedError(path, "absolute")
  return path
}
