import { InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { Git } from "../../workspace/git.ts"
import { parseRawNumstat } from "../../workspace/git-diff.ts"
import { gitText, gitTokens } from "../../workspace/git-run.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { type ChangedFile, type ChangeSet, changedFile } from "./change-set.ts"
import { patchChanges } from "./patch-changes.ts"
import { blobs, onDisk, type Side } from "./sides.ts"
import { filesOfTree, mergedCommits, ownOfMerge, refuseNoTree } from "./staged-tree.ts"

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
  /** Most files; of more it is said how many are left out. */
  readonly mostFiles?: number
  readonly signal: AbortSignal
}

/** A change of more files is reviewed in parts by naming paths. */
const mostReviewed = 400
const atOnce = 50

/**
 * Both sides of a change. Throws UnknownRevisionError, InvalidInputError (NO_REPOSITORY, PATCH_INVALID), and for a patch
 * that fits neither the files as they are nor as they would be before it PATCH_DOES_NOT_APPLY.
 */
export async function readChanges(source: ChangeSource, options: ChangesOptions): Promise<ChangeSet> {
  if (source.kind === "patch") return patchChanges(source.text, options)
  const { git, workspace, signal } = options
  if (!git) {
    throw new InvalidInputError({
      code: "NO_REPOSITORY",
      message: "This folder is not in a git repository that can be read, so there is nothing to compare with.",
      hint: "Give a patch: diff -u old new | duck review, or make a repository with `git init`.",
    })
  }
  if (source.kind === "staged" && source.tree !== undefined) await refuseNoTree(source.tree, workspace.root, signal)
  const from =
    source.kind === "tree" && source.base !== undefined ? await leftAt(source.base, git, options) : await git.head()
  const { files, left } = await listed(source, from, options)
  const merged = source.kind === "staged" ? await mergedCommits(workspace.root, signal) : []
  const read: ChangedFile[] = []
  for (let at = 0; at < files.length; at += atOnce) {
    throwIfAborted(signal)
    read.push(...(await sidesOf(files.slice(at, at + atOnce), source, from, merged, options)))
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
  { workspace, paths = [], mostFiles = mostReviewed, signal }: ChangesOptions,
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

/** Both sides of some files, with what a merge brings in taken out. */
async function sidesOf(
  files: readonly Listed[],
  source: ChangeSource,
  from: string | null,
  merged: readonly string[],
  { workspace, signal }: ChangesOptions,
): Promise<readonly ChangedFile[]> {
  const isStaged = source.kind === "staged"
  const before = ({ status, oldPath }: Listed) => (status === "added" || from === null ? null : `${from}:./${oldPath}`)
  const after = ({ status, path }: Listed) =>
    status === "deleted" || !isStaged ? null : `${source.tree ?? ""}:./${path}`
  const names = files.flatMap((file) => [
    ...[before(file), after(file)].filter((name) => name !== null),
    ...merged.map((commit) => `${commit}:./${file.path}`),
  ])
  const sides = await blobs(names, workspace.root, signal)
  const sideAt = (name: string | null): Side => (name === null ? none : (sides.get(name) ?? none))
  const read: ChangedFile[] = []
  for (const file of files) {
    const [a, b] = [
      sideAt(before(file)),
      isStaged || file.status === "deleted" ? sideAt(after(file)) : await onDisk(file.path, workspace),
    ]
    const unread = a.unread ?? b.unread
    const texts = unread === undefined ? { before: a.text, after: b.text } : { before: null, after: null }
    const changed = changedFile({ ...file, ...texts, unread })
    const own =
      changed &&
      ownOfMerge(
        changed,
        merged.map((commit) => sideAt(`${commit}:./${file.path}`).text),
      )
    if (own) read.push(own)
  }
  return read
}

const none: Side = { text: null }
