import type { FileStatus } from "./git-log.ts"
import { fileOf } from "./git-log.ts"
import { gitStream, gitTokens } from "./git-run.ts"

export interface DiffFile {
  readonly path: string
  readonly status: FileStatus
  readonly oldPath?: string
  /** Null for binary files. */
  readonly addedLines: number | null
  readonly deletedLines: number | null
}

export interface Diff {
  readonly files: readonly DiffFile[]
  /** Unified, with `a/` and `b/` before the paths. */
  readonly patch: string
  /** The patch was longer than `maxBytes` and is cut at a line. */
  readonly isTruncated: boolean
}

export interface DiffOptions {
  /** Default HEAD. */
  readonly from?: string | undefined
  /** Default the work tree (untracked files are not part of it). */
  readonly to?: string | undefined
  readonly paths?: readonly string[] | undefined
  readonly contextLines?: number | undefined
  /** Most bytes of patch; default 1 MB. 0: no patch at all. */
  readonly maxBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** `revisions` are known commits, one or two. */
export async function readDiff(cwd: string, revisions: readonly string[], options: DiffOptions): Promise<Diff> {
  const { paths = [], contextLines = 3, maxBytes = 1_000_000, signal } = options
  const base = ["diff", "--no-ext-diff", "--no-textconv", "--find-renames"]
  const tail = ["--end-of-options", ...revisions, "--", ...paths]
  const [files, patch] = await Promise.all([
    parseRawNumstat(gitTokens({ cwd, args: [...base, "-z", "--raw", "--numstat", ...tail], signal })),
    maxBytes === 0
      ? { text: "", isTruncated: false }
      : readUpTo({ cwd, args: [...base, `--unified=${contextLines}`, ...tail], signal }, maxBytes),
  ])
  return { files, patch: patch.text, isTruncated: patch.isTruncated }
}

/** Reads `git diff -z --raw --numstat`: first all the statuses, then all the counts, by the same paths. */
export async function parseRawNumstat(tokens: AsyncIterable<string>): Promise<DiffFile[]> {
  const files = new Map<string, DiffFile>()
  const queue: string[] = []
  for await (const token of tokens) queue.push(token)
  for (let i = 0; i < queue.length; ) {
    const token = queue[i++] ?? ""
    if (token.startsWith(":")) {
      const code = token.slice(token.lastIndexOf(" ") + 1)
      const first = queue[i++] ?? ""
      const second = /^[RC]/.test(code) ? queue[i++] : undefined
      const file = second === undefined ? fileOf(code, first) : fileOf(code, second, first)
      files.set(file.path, { ...file, addedLines: null, deletedLines: null })
      continue
    }
    const counts = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(token)
    if (!counts) continue
    const [, added = "-", deleted = "-", inline = ""] = counts
    // A rename has an empty path here, and its two paths follow.
    const path = inline === "" ? (queue[i + 1] ?? "") : inline
    if (inline === "") i += 2
    const file = files.get(path)
    if (file && added !== "-") files.set(path, { ...file, addedLines: Number(added), deletedLines: Number(deleted) })
  }
  return [...files.values()]
}

async function readUpTo(run: { cwd: string; args: string[]; signal?: AbortSignal | undefined }, maxBytes: number) {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of gitStream(run)) {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) break
  }
  const all = Buffer.concat(chunks)
  if (all.length <= maxBytes) return { text: all.toString("utf8"), isTruncated: false }
  const end = all.lastIndexOf(10, maxBytes - 1) + 1
  return { text: all.subarray(0, end).toString("utf8"), isTruncated: true }
}
