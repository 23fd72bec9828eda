import { DuckError, InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { decodeText } from "../../workspace/decode.ts"
import type { Git } from "../../workspace/git.ts"
import { parseRawNumstat } from "../../workspace/git-diff.ts"
import { GitFailedError, gitBytes, gitText, gitTokens } from "../../workspace/git-run.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { type ChangedFile, type ChangeSet, changedFile } from "./change-set.ts"
import { patchChanges } from "./patch-changes.ts"
import { filesOfTree, mergedCommits, ownOfMerge, treeName } from "./staged-tree.ts"

/** Which change is meant. */
export type ChangeSource =
  /** Everything since `base` (where this branch left it), committed or not; without it since HEAD. */
  | { readonly kind: "tree"; readonly base?: string | undefined }
  /** What the next commit would hold: the index, or this tree (git's hooks are given an index of their own). */
  | { readonly kind: "staged"; readonly tree?: string | undefined }
  | { readonly kind: "patch"; readonly text: string }

export interface ChangesOptions {
  readonly workspace: Workspace
  readonly git: Git | null
  /** Files or folders, posix and relative to the root; without them everything. */
  readonly paths?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** A change of more files is read in parts by naming paths. */
const mostFiles = 400
/** Larger ones are written by programs, or no text. */
const mostBytes = 1_000_000
const atOnce = 8

/**
 * Both sides of a change. Throws UnknownRevisionError, InvalidInputError (NO_REPOSITORY, PATCH_INVALID), and for a patch
 * that fits neither the files as they are nor as they would be before it PATCH_DOES_NOT_APPLY.
 */
export async function readChanges(source: ChangeSource, options: ChangesOptions): Promise<ChangeSet> {
  if (source.kind === "patch") return patchChanges(source.text, options)
  const { git, workspace, signal } = options
  if (source.kind === "staged" && source.tree !== undefined && !treeName.test(source.tree)) {
    throw new InvalidInputError({
      message: `${source.tree} is no name of a tree.`,
      hint: "`git write-tree` gives it: 40 or 64 hexadecimal digits.",
    })
  }
  if (!git) {
    throw new InvalidInputError({
      code: "NO_REPOSITORY",
      message: "This folder is not in a git repository that can be read, so there is nothing to compare with.",
      hint: "Give a patch: diff -u old new | duck review, or make a repository with `git init`.",
    })
  }
  const from =
    source.kind === "tree" && source.base !== undefined ? await leftAt(source.base, git, options) : await git.head()
  const { files, left } = await listed(source, from, options)
  const sides = source.kind === "staged" ? await mergedCommits(workspace.root, signal) : []
  const textAt = async (commit: string, path: string) =>
    (await blobAt(`${commit}:./${path}`, workspace.root, signal)).text
  const read: ChangedFile[] = []
  for (let at = 0; at < files.length; at += atOnce) {
    throwIfAborted(signal)
    const some = files.slice(at, at + atOnce).map((file) => bothSides(file, source, from, options))
    for (const one of await Promise.all(some)) {
      const own = one && sides.length > 0 ? await ownOfMerge(one, sides, textAt) : one
      if (own) read.push(own)
    }
  }
  return {
    title: titleOf(source, from),
    files: read,
    notes: left === 0 ? [] : [`${left} more changed files are left out.`],
  }
}

function titleOf(source: ChangeSource, from: string | null): string {
  const short = from === null ? "nothing (there is no commit yet)" : from.slice(0, 10)
  if (source.kind === "staged") return `what is staged, against ${from === null ? short : `HEAD (${short})`}`
  if (source.kind === "tree" && source.base !== undefined) {
    return `the working tree, against where it left ${source.base} (${short})`
  }
  return `the working tree, against ${from === null ? short : `HEAD (${short})`}`
}

/** Where this branch left `base`: what others did there since is not of this change. */
async function leftAt(base: string, git: Git, { workspace, signal }: ChangesOptions): Promise<string> {
  const sha = await git.resolve(base)
  const args = ["merge-base", sha, "HEAD"]
  const common = await gitText({ cwd: workspace.root, args, signal, okCodes: [0, 1, 128] })
  return common.trim() || sha
}

interface Listed {
  readonly path: string
  readonly oldPath: string
  readonly status: ChangedFile["status"]
}

async function listed(
  source: ChangeSource,
  from: string | null,
  { workspace, paths = [], signal }: ChangesOptions,
): Promise<{ readonly files: readonly Listed[]; readonly left: number }> {
  const cwd = workspace.root
  const base = ["diff", "--no-ext-diff", "--no-textconv", "--find-renames", "--relative", "-z", "--raw", "--numstat"]
  const isStaged = source.kind === "staged"
  const tree = isStaged ? source.tree : undefined
  const files: Listed[] = []
  if (tree !== undefined && from === null) {
    const asked = (path: string) =>
      paths.length === 0 || paths.some((one) => path === one || path.startsWith(`${one}/`))
    const all = (await filesOfTree(tree, cwd, signal)).filter(asked)
    for (const path of all) files.push({ path, oldPath: path, status: "added" })
    return { files: files.slice(0, mostFiles), left: Math.max(0, files.length - mostFiles) }
  }
  // Without a commit the index is compared with nothing, and the tree holds it.
  const isOfIndex = tree === undefined && (isStaged || from === null)
  const args = [
    ...base,
    ...(isOfIndex ? ["--cached"] : []),
    ...(from === null ? [] : [from]),
    ...(tree === undefined ? [] : [tree]),
  ]
  for (const { path, oldPath = path, status } of await parseRawNumstat(
    gitTokens({ cwd, args: [...args, "--", ...paths], signal }),
  )) {
    const kind =
      status === "A" || status === "C" ? "added" : status === "D" ? "deleted" : status === "R" ? "renamed" : "modified"
    files.push({ path, oldPath: status === "C" ? path : oldPath, status: kind })
  }
  if (!isStaged) {
    const others = ["ls-files", "--others", "--exclude-standard", "-z", "--", ...paths]
    for await (const path of gitTokens({ cwd, args: others, signal })) {
      if (path !== "" && !path.endsWith("/")) files.push({ path, oldPath: path, status: "added" })
    }
  }
  return { files: files.slice(0, mostFiles), left: Math.max(0, files.length - mostFiles) }
}

async function bothSides(
  { path, oldPath, status }: Listed,
  source: ChangeSource,
  from: string | null,
  { workspace, signal }: ChangesOptions,
): Promise<ChangedFile | undefined> {
  const blob = (name: string) => blobAt(name, workspace.root, signal)
  const [before, after] = await Promise.all([
    status === "added" || from === null ? none : blob(`${from}:./${oldPath}`),
    status === "deleted"
      ? none
      : source.kind === "staged"
        ? blob(`${source.tree ?? ""}:./${path}`)
        : onDisk(path, workspace),
  ])
  const unread = before.unread ?? after.unread
  const sides = unread === undefined ? { before: before.text, after: after.text } : { before: null, after: null }
  return changedFile({ path, oldPath, status, ...sides, unread })
}

interface Side {
  readonly text: string | null
  readonly unread?: string
}
const none: Side = { text: null }

async function blobAt(name: string, cwd: string, signal: AbortSignal): Promise<Side> {
  try {
    const sizeBytes = Number(await gitText({ cwd, args: ["cat-file", "-s", name], signal }))
    if (sizeBytes > mostBytes) return { text: null, unread: "too large" }
    return textIn(await gitBytes({ cwd, args: ["cat-file", "blob", name], signal }))
  } catch (error) {
    // A submodule, or a path that the other side of a merge has.
    if (error instanceof GitFailedError) return { text: null, unread: "no file" }
    throw error
  }
}

function textIn(bytes: Uint8Array): Side {
  const decoded = decodeText(bytes)
  return decoded === "binary" ? { text: null, unread: "binary" } : { text: decoded.text }
}

async function onDisk(path: string, workspace: Workspace): Promise<Side> {
  try {
    const { kind, sizeBytes } = await workspace.stat(path)
    if (kind !== "file") return { text: null, unread: `a ${kind}` }
    if (sizeBytes > mostBytes) return { text: null, unread: "too large" }
    return textIn((await workspace.readBytes(path)).bytes)
  } catch (error) {
    if (error instanceof DuckError)
      return { text: null, unread: error.code === "FILE_NOT_FOUND" ? "no file" : error.message }
    throw error
  }
}
