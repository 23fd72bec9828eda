import { gitTokens } from "./git-run.ts"

export type FileStatus = "A" | "M" | "D" | "R" | "C" | "T"

export interface CommitFile {
  readonly path: string
  readonly status: FileStatus
  /** Where it was before a rename or what it was copied from. */
  readonly oldPath?: string
}

export interface GitCommit {
  readonly sha: string
  readonly parents: readonly string[]
  readonly authorName: string
  readonly authorEmail: string
  /** ISO 8601 with the author's offset. */
  readonly authoredAt: string
  readonly subject: string
  /** The message without its subject; "" where there is none. */
  readonly body: string
  /** Against the first parent; empty for merges, whose changes their parents tell of. Paths are relative to the work tree. */
  readonly files: readonly CommitFile[]
}

export interface LogOptions {
  /** Only commits that are not reachable from this one. */
  readonly after?: string | undefined
  /** Where to start; default HEAD. */
  readonly from?: string | undefined
  readonly limit?: number | undefined
  /** Only commits that changed these files or folders (posix, relative to the top of the work tree). */
  readonly paths?: readonly string[] | undefined
  /** Follow a single file across renames. */
  readonly follow?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** `exact`: only files moved unchanged count as renamed, which needs no file contents (partial clones lack them). */
export type RenameDetection = "similar" | "exact"

const fields = ["%H", "%P", "%aN", "%aE", "%aI", "%s", "%b"]

/** Commits, newest first, as git prints them: memory does not grow with the history. Revisions must be known ones. */
export async function* readLog(
  cwd: string,
  options: LogOptions & { readonly renames: RenameDetection },
): AsyncGenerator<GitCommit, void> {
  const { after, from = "HEAD", limit, paths = [], follow, signal, renames } = options
  const args = [
    "log",
    "-z",
    `--format=%x01${fields.join("%x00")}%x00`,
    "--name-status",
    "--no-ext-diff",
    "--no-textconv",
  ]
  args.push(renames === "similar" ? "--find-renames" : "--find-renames=100%")
  if (limit !== undefined) args.push(`--max-count=${limit}`)
  if (follow && paths.length === 1) args.push("--follow")
  args.push("--end-of-options", from, ...(after === undefined ? [] : [`^${after}`]), "--", ...paths)
  yield* parseLog(gitTokens({ cwd, args, signal }))
}

/**
 * The commits in NUL-separated tokens of `git log -z --name-status` in the format above. Every token is read by its
 * place, so that nothing in a message or a file name can be taken for a separator.
 */
export async function* parseLog(tokens: AsyncIterable<string>): AsyncGenerator<GitCommit, void> {
  let head: string[] = []
  let files: CommitFile[] = []
  let status: { code: string; oldPath?: string } | undefined
  const commit = (): GitCommit => {
    const [sha = "", parents = "", authorName = "", authorEmail = "", authoredAt = "", subject = "", body = ""] = head
    return {
      sha: sha.slice(1),
      parents: parents === "" ? [] : parents.split(" "),
      authorName,
      authorEmail,
      authoredAt,
      subject,
      body: body.trimEnd(),
      files,
    }
  }
  for await (const token of tokens) {
    if (head.length > 0 && head.length < fields.length) head.push(token)
    else if (status && /^[RC]/.test(status.code) && status.oldPath === undefined) status.oldPath = token
    else if (status) {
      files.push(fileOf(status.code, token, status.oldPath))
      status = undefined
    } else if (token.startsWith("\u0001")) {
      if (head.length > 0) yield commit()
      head = [token]
      files = []
    } else {
      const code = token.replace(/^\n/, "")
      if (code !== "") status = { code }
    }
  }
  if (head.length === fields.length) yield commit()
}

export function fileOf(code: string, path: string, oldPath?: string): CommitFile {
  const letter = code.charAt(0)
  const status = isStatus(letter) ? letter : "M"
  return oldPath === undefined ? { path, status } : { path, status, oldPath }
}

const isStatus = (letter: string): letter is FileStatus => /^[AMDRCT]$/.test(letter)
