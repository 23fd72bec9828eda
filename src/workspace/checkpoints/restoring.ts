import { dirname } from "node:path/posix"
import { applyChanges, discardTemporaries } from "./apply.ts"
import { describeChange, type FileChange } from "./describe.ts"
import type { CheckpointMade, RestoreBegun } from "./history-events.ts"
import type { ObjectStore } from "./object-store.ts"
import { isAtOrUnder, type LeftPath, type PlannedChange, planChanges } from "./plan.ts"
import { type Base, shownPath, type Taker } from "./take.ts"
import { type Trees, treeChanges } from "./tree-diff.ts"
import type { TreeEntry } from "./tree-object.ts"

/** Trees by base, as a checkpoint has them. */
export type BaseTrees = CheckpointMade["bases"]

/** What is planned in one base. Paths are relative to it. */
export interface BasePlan {
  readonly base: Base
  readonly changes: readonly PlannedChange[]
  readonly left: readonly LeftPath[]
}

export interface WantedChanges {
  /** The files as they are. */
  readonly now: BaseTrees
  readonly from: BaseTrees
  readonly to: BaseTrees
  /** Shown paths; null: everywhere. */
  readonly paths: readonly string[] | null
}

interface Context {
  readonly bases: readonly Base[]
  readonly trees: Trees
}

type IsExpected = (entries: {
  readonly now: TreeEntry | undefined
  readonly before: TreeEntry | undefined
  /** What another tree has at the same path. */
  readonly in: (trees: BaseTrees) => TreeEntry | undefined
}) => boolean

/** Plans what is wanted, base by base. A base that one of the trees does not have is left alone. */
export function planRestore({ bases, trees }: Context, wanted: WantedChanges, isExpected: IsExpected): BasePlan[] {
  const isShownWanted = isAtOrUnder(wanted.paths)
  return bases.flatMap((base) => {
    const [now, from, to] = [wanted.now, wanted.from, wanted.to].map((all) => treeOf(all, base))
    if (now === undefined || from === undefined || to === undefined) return []
    const plan = planChanges({
      trees,
      now,
      from,
      to,
      isWanted: (path) => isShownWanted(shownPath(base, path)),
      isExpected: (path, entry, { before }) => {
        const inOther = (other: BaseTrees) => {
          const tree = treeOf(other, base)
          return tree === undefined ? undefined : trees.at(tree, path)
        }
        return isExpected({ now: entry, before, in: inOther })
      },
    })
    return [{ base, ...plan }]
  })
}

const treeOf = (all: BaseTrees, base: Base) => all.find(({ path }) => path === base.path)?.tree

/** The plans without what `isKept` keeps as it is; given by shown path. */
export function withoutKept(
  plans: readonly BasePlan[],
  isKept: (change: PlannedChange, shown: string) => boolean,
): BasePlan[] {
  return plans.map((plan) => ({
    ...plan,
    changes: plan.changes.filter((change) => !isKept(change, shownPath(plan.base, change.path))),
  }))
}

/**
 * The plan for a restore that was cut off, from files that may be half-way: forward to where it was going, or back to
 * where it began. What is neither as it was nor as it should become was changed by somebody since, and is left.
 */
export function planResume(
  context: Context,
  begun: RestoreBegun,
  treesOf: (id: string) => BaseTrees,
  now: BaseTrees,
  how: "finish" | "roll-back",
): BasePlan[] {
  const [before, from, to] = [treesOf(begun.before), treesOf(begun.from), treesOf(begun.to)]
  const goal = how === "finish" ? to : before
  const kept = new Set(begun.kept)
  const changed = new Set(changedPaths(context, from, to, begun))
  const plans = planRestore(
    context,
    { now, from: how === "finish" ? from : to, to: goal, paths: begun.paths },
    (at) => {
      const [old, wanted] = [at.in(before), at.in(to)]
      return at.now === undefined || isOneOf(at.now, old, wanted)
    },
  )
  return withoutKept(plans, (_, shown) => kept.has(shown)).map((plan) => ({
    ...plan,
    changes: [
      ...plan.changes.filter((change) => !change.isConflict),
      ...modeRepairs(context, plan, now, goal, changed),
    ],
    left: [
      ...plan.left,
      ...plan.changes.filter(({ isConflict }) => isConflict).map(({ path }) => ({ path, why: "it was changed since" })),
    ],
  }))
}

/** As it was or as it should become; of a folder the mode may be one that was only for the time of the restore. */
const isOneOf = (now: TreeEntry, ...wanted: readonly (TreeEntry | undefined)[]) =>
  wanted.some((one) => one !== undefined && one.kind === now.kind && (now.kind === "folder" || isSame(now, one)))

const isSame = (a: TreeEntry, b: TreeEntry) => JSON.stringify(a) === JSON.stringify(b)

function changedPaths({ bases, trees }: Context, from: BaseTrees, to: BaseTrees, { paths }: RestoreBegun): string[] {
  const isWanted = isAtOrUnder(paths)
  return bases.flatMap((base) => {
    const [a, b] = [treeOf(from, base), treeOf(to, base)]
    if (a === undefined || b === undefined) return []
    return Array.from(treeChanges(trees, a, b), ({ path }) => shownPath(base, path)).filter(isWanted)
  })
}

/** Folders that were made writable for the time of the restore, and did not get their modes back. */
function modeRepairs(
  { trees }: Context,
  { base, changes }: BasePlan,
  now: BaseTrees,
  goal: BaseTrees,
  changed: ReadonlySet<string>,
) {
  const [nowTree, goalTree] = [treeOf(now, base), treeOf(goal, base)]
  if (nowTree === undefined || goalTree === undefined) return []
  const planned = new Set(changes.map(({ path }) => path))
  const prefix = base.path === "" ? "" : `${base.path}/`
  const folders = new Set(
    [...changed].filter((path) => path.startsWith(prefix)).map((path) => dirname(path.slice(prefix.length))),
  )
  return [...folders].flatMap((path): PlannedChange[] => {
    const [entry, target] = [trees.at(nowTree, path), trees.at(goalTree, path)]
    if (planned.has(path) || entry?.kind !== "folder" || target?.kind !== "folder" || entry.mode === target.mode)
      return []
    return [{ path, now: entry, target, isConflict: false }]
  })
}

/** Carries plans out; gives what was left, by shown path. */
export async function applyPlans(
  { store, taker }: { readonly store: ObjectStore; readonly taker: Taker },
  id: string,
  plans: readonly BasePlan[],
): Promise<LeftPath[]> {
  const left: LeftPath[] = []
  for (const { base, changes } of plans) {
    const found = await applyChanges({
      root: base.root,
      changes,
      store,
      id,
      statOf: (path) => taker.statOf(base, path),
    })
    left.push(...found.map(({ path, why }) => ({ path: shownPath(base, path), why })))
  }
  return left
}

/** Takes away what the restore that was cut off may have left half written. */
export function tidyUp(context: Context, begun: RestoreBegun, treesOf: (id: string) => BaseTrees): void {
  const changed = changedPaths(context, treesOf(begun.from), treesOf(begun.to), begun)
  for (const base of context.bases) {
    const prefix = base.path === "" ? "" : `${base.path}/`
    const folders = new Set(
      changed.filter((path) => path.startsWith(prefix)).map((path) => dirname(path.slice(prefix.length))),
    )
    discardTemporaries(base.root, folders, begun.id)
  }
}

export interface ShownChange extends FileChange {
  readonly isConflict: boolean
}

/** Plans as people see them; with diffs where `store` is given. */
export const shownChanges = (plans: readonly BasePlan[], store?: ObjectStore): ShownChange[] =>
  plans.flatMap(({ base, changes }) =>
    changes.map(({ path, now, target, isConflict }) => ({
      ...describeChange(shownPath(base, path), now, target, store),
      isConflict,
    })),
  )

export const shownLeft = (plans: readonly BasePlan[]): LeftPath[] =>
  plans.flatMap(({ base, left }) => left.map(({ path, why }) => ({ path: shownPath(base, path), why })))
