import { DuckError } from "../../base/errors.ts"
import { applyHunks } from "../../workspace/edit/hunks.ts"
import { parsePatch } from "../../workspace/edit/parse-patch.ts"
import type { FilePatch, Hunk, HunkLine } from "../../workspace/edit/patch.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { type ChangedFile, type ChangeSet, changedFile } from "./change-set.ts"

/**
 * Both sides of a patch: it is applied to the files as they are, or taken back from them where they have it already
 * (`git diff | duck review`). Nothing is written. Throws PATCH_INVALID and PATCH_DOES_NOT_APPLY.
 */
export async function patchChanges(
  text: string,
  { workspace, paths = [] }: { readonly workspace: Workspace; readonly paths?: readonly string[] | undefined },
): Promise<ChangeSet> {
  const isAsked = (path: string) =>
    paths.length === 0 || paths.some((one) => path === one || path.startsWith(`${one}/`))
  const files: ChangedFile[] = []
  const states = new Set<"applied" | "open">()
  for (const patch of parsePatch(text)) {
    const target = patch.kind === "update" ? (patch.moveTo ?? patch.path) : patch.path
    if (!isAsked(target)) continue
    const { sides, state } = await sidesOf(patch, workspace)
    states.add(state)
    const file = changedFile(sides)
    if (file) files.push(file)
  }
  const isApplied = states.has("applied") && !states.has("open")
  return { title: isApplied ? "a patch that the files have already" : "a patch", files, notes: [] }
}

interface Sided {
  readonly sides: Parameters<typeof changedFile>[0]
  /** Whether the files have the patch already. */
  readonly state: "applied" | "open"
}

async function sidesOf(patch: FilePatch, workspace: Workspace): Promise<Sided> {
  const { path } = patch
  if (patch.kind === "add") {
    const there = await textAt(path, workspace)
    const sides = { path, oldPath: path, status: "added", before: null, after: patch.text } as const
    return { sides, state: there === patch.text ? "applied" : "open" }
  }
  if (patch.kind === "delete") {
    const before = await textAt(path, workspace)
    const sides = { path, oldPath: path, status: "deleted", before, after: null } as const
    // What a file that is gone had in it is not known here, and its patch may say only that it went.
    return {
      sides: before === null ? { ...sides, unread: "deleted already" } : sides,
      state: before === null ? "applied" : "open",
    }
  }
  const to = patch.moveTo ?? path
  const status = patch.moveTo === undefined ? "modified" : "renamed"
  const named = { path: to, oldPath: path, status } as const
  const old = await textAt(path, workspace)
  const now = to === path ? old : await textAt(to, workspace)
  const forward = old === null ? undefined : attempt(old, patch.hunks)
  const backward = now === null ? undefined : attempt(now, patch.hunks.map(reversed))
  if (old !== null && forward && (!backward || forward.distance <= backward.distance)) {
    return { sides: { ...named, before: old, after: forward.text }, state: "open" }
  }
  if (now !== null && backward) return { sides: { ...named, before: backward.text, after: now }, state: "applied" }
  throw doesNotApply(path, old === null && now === null ? "there is no such file" : "its lines are not there")
}

/** How far from what the hunks said they went in; undefined where they don't fit. */
function attempt(text: string, hunks: readonly Hunk[]) {
  try {
    const { text: after, applied } = applyHunks(text, hunks)
    const distance = applied.reduce(
      (sum, { offset, likeness, fuzz }) => sum + Math.abs(offset) + fuzz * 100 + (likeness === "exact" ? 0 : 10),
      0,
    )
    return { text: after, distance }
  } catch (error) {
    if (error instanceof DuckError) return undefined
    throw error
  }
}

/** Its line numbers are those of the old side, which is near enough to find the place. */
const reversed = (hunk: Hunk): Hunk => ({
  ...hunk,
  lines: hunk.lines.map(({ kind, text }): HunkLine => ({ kind: kind === "+" ? "-" : kind === "-" ? "+" : kind, text })),
  oldEndsBare: hunk.newEndsBare,
  newEndsBare: hunk.oldEndsBare,
})

async function textAt(path: string, workspace: Workspace): Promise<string | null> {
  if (!(await workspace.exists(path))) return null
  return (await workspace.read(path)).text
}

const doesNotApply = (path: string, why: string) =>
  new DuckError({
    code: "PATCH_DOES_NOT_APPLY",
    message: `The patch does not fit ${path}: ${why}, neither as before the patch nor as after it.`,
    hint: "Make it against the files as they are (`git diff`), or check out the commit it was made for.",
    status: 409,
    details: { path },
  })
