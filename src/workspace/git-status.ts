import { type FileStatus, fileOf } from "./git-log.ts"
import { gitTokens } from "./git-run.ts"

export interface ChangedFile {
  readonly path: string
  /** As against the commit it is compared with; "?" untracked, "U" in conflict. */
  readonly status: FileStatus | "?" | "U"
  readonly oldPath?: string
}

export interface WorkTreeStatus {
  /** Null while there are no commits. */
  readonly head: string | null
  /** Null when HEAD is detached. */
  readonly branch: string | null
  readonly files: readonly ChangedFile[]
}

/** What differs between HEAD, the index and the work tree; untracked files one by one, ignored ones left out. */
export async function readStatus(cwd: string, signal?: AbortSignal): Promise<WorkTreeStatus> {
  const args = ["status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--find-renames"]
  return parseStatus(gitTokens({ cwd, args, signal }))
}

/** Reads `git status --porcelain=v2 -z --branch`. */
export async function parseStatus(tokens: AsyncIterable<string>): Promise<WorkTreeStatus> {
  let head: string | null = null
  let branch: string | null = null
  const files: ChangedFile[] = []
  let renamed: { code: string; path: string } | undefined
  for await (const token of tokens) {
    if (renamed) {
      files.push(fileOf(renamed.code, renamed.path, token))
      renamed = undefined
      continue
    }
    const [kind = "", second = ""] = token.split(" ", 2)
    if (kind === "#") {
      const value = token.slice(token.indexOf(" ", 2) + 1)
      if (second === "branch.oid" && value !== "(initial)") head = value
      if (second === "branch.head" && value !== "(detached)") branch = value
    } else if (kind === "?") files.push({ path: token.slice(2), status: "?" })
    else if (kind === "u") files.push({ path: fieldsAfter(token, 10), status: "U" })
    else if (kind === "1") files.push(fileOf(overall(second), fieldsAfter(token, 8)))
    else if (kind === "2") renamed = { code: overall(second), path: fieldsAfter(token, 9) }
  }
  return { head, branch, files }
}

/** One letter for the two of index and work tree: what became of the file since HEAD. */
function overall(xy: string): string {
  const [index = ".", tree = "."] = xy
  if (tree === "D") return "D"
  if (index === "." || (index === "M" && tree !== ".")) return tree
  return index
}

/** What follows the first `count` fields: a path, which may hold spaces. */
function fieldsAfter(token: string, count: number): string {
  let at = 0
  for (let i = 0; i < count; i++) at = token.indexOf(" ", at) + 1
  return token.slice(at)
}
