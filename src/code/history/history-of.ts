import { relative, sep } from "node:path"
import type { Git } from "../../workspace/git.ts"
import { gitText } from "../../workspace/git-run.ts"
import type { CommitOf, HistoryOptions } from "../code-index.ts"
import type { View } from "../index/view.ts"
import { commitOf } from "../search/search.ts"
import type { CommitStore } from "./commit-store.ts"

const defaultCommits = 20

/** The commits that touched a path, newest first; with lines, those that touched these lines as they are in HEAD. */
export async function historyOf(
  options: HistoryOptions & {
    readonly git: Git
    readonly root: string
    readonly view: View
    readonly commits: CommitStore
    readonly path: string
  },
): Promise<CommitOf[]> {
  const { git, root, view, commits, path, lines, limit = defaultCommits, signal } = options
  const ids = lines
    ? (await shasOfLines(git, root, path, lines.startLine, lines.endLine, limit, signal)).map((sha) =>
        commits.idOf(sha),
      )
    : view.history.commitsOf(path)
  const found: CommitOf[] = []
  for (const id of ids) {
    if (found.length >= limit) break
    const commit = id === undefined ? undefined : commits.get(id)
    if (commit) found.push(commitOf(commit))
  }
  return found
}

/** Asks git which commits changed a range of lines; none where it can't tell (a new file, lines beyond the end). */
async function shasOfLines(
  git: Git,
  root: string,
  path: string,
  startLine: number,
  endLine: number,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const prefix = relative(git.root, root).split(sep).join("/")
  const whole = prefix === "" ? path : `${prefix}/${path}`
  const range = `${startLine},${Math.max(startLine, endLine)}:${whole}`
  const args = ["log", "--no-patch", "--format=%H", `--max-count=${limit}`, `-L${range}`]
  const text = await gitText({ cwd: git.root, args, signal, okCodes: [0, 128] })
  return text.split("\n").filter((line) => /^[0-9a-f]{40,64}$/.test(line))
}
