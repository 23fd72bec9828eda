import { relative, sep } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { throwIfAborted } from "../../base/signal.ts"
import type { Git, GitCommit } from "../../workspace/git.ts"
import { gitText } from "../../workspace/git-run.ts"
import { inTransaction } from "../index/database.ts"
import type { CommitStore } from "./commit-store.ts"

/** Most commits of the past that are read. */
export const maxCommits = 20_000
const batchCommits = 500

export interface IngestOptions {
  readonly db: DatabaseSync
  readonly commits: CommitStore
  readonly git: Git
  /** Root of the index; paths of the history are made relative to it. */
  readonly root: string
  readonly worktree: number
  readonly limit?: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (done: number) => void
}

/**
 * Reads the commits that are new since last time and stores which are reachable from HEAD. After a rebase or a reset the
 * commits that are no longer reachable stop counting; those already read are not read again. Returns how many were new.
 */
export async function ingestHistory(options: IngestOptions): Promise<number> {
  const { db, commits, git, root, worktree, limit = maxCommits, signal, onProgress } = options
  const head = await git.head()
  const known = db.prepare("SELECT history_head FROM worktree WHERE id = ?").get(worktree)?.history_head
  if (head === (known ?? null)) return 0
  if (head === null) {
    storeReachable(db, worktree, null, [])
    return 0
  }
  const order = (await gitText({ cwd: git.root, args: ["rev-list", `--max-count=${limit}`, head], signal }))
    .split("\n")
    .filter((sha) => sha !== "")
  // Everything before the newest commit that is known has been read with it.
  const newestKnown = order.find((sha) => commits.has(sha))
  const missing = order.filter((sha) => !commits.has(sha)).length
  const prefix = prefixOf(git.root, root)
  let added = 0
  let batch: GitCommit[] = []
  const flush = () => {
    inTransaction(db, () => commits.add(batch))
    added += batch.length
    batch = []
    onProgress(added)
  }
  if (missing > 0) {
    // A first reading that was cut off has the newest commits only: then all are gone through again.
    const isGap = newestKnown !== undefined && order.slice(order.indexOf(newestKnown)).some((sha) => !commits.has(sha))
    const after = isGap ? undefined : newestKnown
    for await (const commit of git.log({ from: head, after, limit, signal })) {
      throwIfAborted(signal)
      if (commits.has(commit.sha)) continue
      batch.push(prefix === "" ? commit : within(commit, prefix))
      if (batch.length >= batchCommits) {
        flush()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    if (batch.length > 0) flush()
  }
  const ids = order.map((sha) => commits.idOf(sha)).filter((id) => id !== undefined)
  storeReachable(db, worktree, head, ids)
  return added
}

/** Ids of the commits that count for a worktree. */
export function readReachable(db: DatabaseSync, worktree: number): Uint32Array {
  const bytes = db.prepare("SELECT commits FROM reachable WHERE worktree = ?").get(worktree)?.commits
  return bytes instanceof Uint8Array ? new Uint32Array(bytes.slice().buffer) : new Uint32Array()
}

function storeReachable(db: DatabaseSync, worktree: number, head: string | null, ids: readonly number[]) {
  const bytes = new Uint8Array(Uint32Array.from(ids).sort().buffer)
  inTransaction(db, () => {
    db.prepare("INSERT OR REPLACE INTO reachable (worktree, commits) VALUES (?, ?)").run(worktree, bytes)
    db.prepare("UPDATE worktree SET history_head = ? WHERE id = ?").run(head, worktree)
  })
}

/** Path of the index's root in the work tree, with a slash; "" where they are the same. */
function prefixOf(top: string, root: string): string {
  const path = relative(top, root).split(sep).join("/")
  return path === "" || path.startsWith("..") ? "" : `${path}/`
}

function within(commit: GitCommit, prefix: string): GitCommit {
  const files = commit.files
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ oldPath, ...file }) => ({
      ...file,
      path: file.path.slice(prefix.length),
      ...(oldPath?.startsWith(prefix) ? { oldPath: oldPath.slice(prefix.length) } : {}),
    }))
  return { ...commit, files }
}
