import type { Clock } from "../../base/clock.ts"
import { DuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import type { Checkpoints, Restored, RestoreOptions, UndoOptions } from "./checkpoints.ts"
import type { Checkpoint, Step } from "./history.ts"
import type { CheckpointMade, RestoreBegun } from "./history-events.ts"
import type { ObjectStore } from "./object-store.ts"
import type { Record } from "./record.ts"
import {
  applyPlans,
  type BasePlan,
  type BaseTrees,
  planRestore,
  planResume,
  shownChanges,
  shownLeft,
  tidyUp,
  withoutKept,
} from "./restoring.ts"
import { contentOf } from "./store-file.ts"
import type { Base, Taken, Taker } from "./take.ts"
import { timeSlices } from "./time-slices.ts"
import type { Trees } from "./tree-diff.ts"
import { isSameEntry } from "./tree-object.ts"

interface Parts {
  readonly bases: readonly Base[]
  readonly store: ObjectStore
  readonly trees: Trees
  readonly taker: Taker
  readonly record: Record
  readonly clock: Clock
  readonly made: (taken: Taken, what: Pick<CheckpointMade, "label" | "role">) => CheckpointMade
}

interface Wanted {
  readonly kind: RestoreBegun["kind"]
  readonly label: string
  /** Null: from the files as they are. */
  readonly from: Checkpoint | null
  readonly to: Checkpoint
  readonly paths: readonly string[] | null
  readonly step: Step | null
  readonly isAllExpected?: boolean
}

/** What brings files back. Callers see to it that one runs at a time. */
export type Restorer = Pick<Checkpoints, "restore" | "undo" | "redo" | "resume">

export function restorer(parts: Parts): Restorer {
  const breath = timeSlices()
  const { store, trees, taker, record, clock, made } = parts
  const basesOf = (id: string): BaseTrees => record.byId(id).bases

  async function bring(wanted: Wanted, options: Omit<RestoreOptions, "paths">): Promise<Restored> {
    const { actor, onConflict = "stop", dryRun = false, signal } = options
    const last = record.history().checkpoints.at(-1)
    const coversAnyway = coveredBy(wanted.from?.bases ?? [], wanted.to.bases)
    const taken = await taker.take({ coversAnyway, signal })
    const { to, paths } = wanted
    const from = wanted.from?.bases ?? taken.bases
    const plans = planRestore(parts, { now: taken.bases, from, to: to.bases, paths }, (at) =>
      // A step is taken back where its own end still stands; a restore, where nobody was since the last checkpoint.
      wanted.isAllExpected ? true : isSameEntry(at.now, wanted.from ? at.before : at.in(last?.bases ?? [])),
    )
    const changes = shownChanges(plans, dryRun ? store : undefined)
    const conflicts = changes.filter(({ isConflict }) => isConflict)
    const outline = { changes, left: shownLeft(plans), id: null, before: null }
    if (dryRun) return { ...outline, outcome: "previewed" }
    if (changes.length === 0) return { ...outline, outcome: "nothing" }
    if (conflicts.length > 0 && onConflict === "stop") return { ...outline, outcome: "stopped" }

    const kept = onConflict === "keep" ? conflicts.map(({ path }) => path) : []
    const doing = withoutKept(plans, ({ isConflict }) => isConflict && onConflict === "keep")
    if (doing.every((plan) => plan.changes.length === 0)) return { ...outline, outcome: "stopped" }
    await mustBeWhole(doing, signal)
    const { kind, label, step } = wanted
    const before = made(taken, { label: `before: ${label}`, role: "before-restore" })
    await record.handle({ type: "create", checkpoint: before }, actor)
    const begun: RestoreBegun = {
      id: newId(clock.now()),
      kind,
      before: before.id,
      from: wanted.from?.id ?? before.id,
      to: to.id,
      paths: paths === null ? null : [...paths],
      kept,
      step: step?.id ?? null,
      label,
      atMs: clock.now(),
    }
    await record.handle({ type: "begin", restore: begun }, actor)
    const left = await carryOut(begun, doing, { actor, coversAnyway, outcome: "restored" })
    return {
      outcome: "restored",
      changes: shownChanges(doing),
      left: [...outline.left, ...keptPaths(kept), ...left],
      id: begun.id,
      before: record.byId(before.id),
    }
  }

  /** Reads what will be written, once before anything is touched: half a restore for a flipped bit would be worse than none. */
  async function mustBeWhole(plans: readonly BasePlan[], signal: AbortSignal | undefined) {
    for (const { target } of plans.flatMap(({ changes }) => changes)) {
      if (target?.kind !== "file") continue
      for (const _ of contentOf(store, target));
      await breath(signal)
    }
  }

  /** From the intent to the outcome; what it throws leaves the intent standing, for `resume`. */
  async function carryOut(
    begun: RestoreBegun,
    plans: readonly BasePlan[],
    how: { actor: string; coversAnyway: (path: string) => boolean; outcome: "restored" | "rolled-back" },
  ) {
    const left = await applyPlans({ store, taker }, begun.id, plans)
    const taken = await taker.take({ coversAnyway: how.coversAnyway })
    const after = made(taken, { label: `after: ${begun.label}`, role: "after-restore" })
    const data = { id: begun.id, after: after.id, left: left.length, atMs: clock.now() }
    await record.handle({ type: "end", after, outcome: how.outcome, data }, how.actor)
    return left
  }

  /** Folders of dependencies that one of the trees covers have to be covered now as well: else their change is final. */
  function coveredBy(...all: readonly BaseTrees[]) {
    return (path: string) =>
      all.flat().some(({ path: base, tree }) => {
        const prefix = base === "" ? "" : `${base}/`
        return path.startsWith(prefix) && trees.at(tree, path.slice(prefix.length))?.kind === "folder"
      })
  }

  async function takeStep(kind: "undo" | "redo", { step: id, ...options }: UndoOptions): Promise<Restored> {
    if (kind === "undo" && id === undefined && !options.dryRun) await closeOpenTurn(options)
    const history = record.history()
    const open = kind === "undo" && id === undefined ? history.openTurns.at(-1) : undefined
    if (open) return previewOpenTurn(record.byId(open.from), options)
    const steps = kind === "undo" ? history.done : history.undone
    const step = id === undefined ? steps.at(-1) : steps.find((one) => one.id === id)
    if (!step) throw nothingTo(kind, id)
    const [from, to] = kind === "undo" ? [step.to, step.from] : [step.from, step.to]
    const label = `${kind} ${step.label}`
    return bring({ kind, label, from: record.byId(from), to: record.byId(to), paths: null, step }, options)
  }

  /** As undoing it would be: everything since it began counts as its own. */
  function previewOpenTurn(from: Checkpoint, options: Omit<UndoOptions, "step">): Promise<Restored> {
    const wanted = { kind: "undo", label: `undo ${from.label}`, from: null, to: from, paths: null, step: null } as const
    return bring({ ...wanted, isAllExpected: true }, options)
  }

  /** A turn that was cut off has no end yet: what was done since it began is what there is to take back. */
  async function closeOpenTurn({ actor, signal }: Pick<UndoOptions, "actor" | "signal">) {
    const open = record.history().openTurns.at(-1)
    if (!open) return
    const taken = await taker.take({ signal })
    const end = made(taken, { label: record.byId(open.from).label, role: "turn-end" })
    await record.handle({ type: "create", checkpoint: { ...end, turn: open.turn } }, actor)
  }

  return {
    async restore(name, { paths, ...options }) {
      mustBeSettled()
      const to = record.find(name)
      const label = paths?.length
        ? `restore of ${paths.join(", ").slice(0, 100)} from ${to.number}`
        : `restore of ${to.number}`
      return bring({ kind: "restore", label, from: null, to, paths: paths?.length ? paths : null, step: null }, options)
    },
    async undo(options) {
      mustBeSettled()
      return takeStep("undo", options)
    },
    async redo(options) {
      mustBeSettled()
      return takeStep("redo", options)
    },
    async resume(how, { actor }) {
      const begun = record.history().pending
      if (!begun) return null
      tidyUp(parts, begun, basesOf)
      const coversAnyway = coveredBy(basesOf(begun.before), basesOf(begun.from), basesOf(begun.to))
      const taken = await taker.take({ coversAnyway })
      const plans = planResume(parts, begun, basesOf, taken.bases, how)
      const changes = shownChanges(plans)
      const outcome = how === "finish" ? "restored" : "rolled-back"
      const left = await carryOut(begun, plans, { actor, coversAnyway, outcome })
      return {
        outcome,
        changes,
        left: [...shownLeft(plans), ...keptPaths(begun.kept), ...left],
        id: begun.id,
        before: record.byId(begun.before),
      }
    },
  }

  function mustBeSettled() {
    const { pending } = record.history()
    if (pending) throw restoreIsPending(pending)
  }
}

const keptPaths = (kept: readonly string[]) => kept.map((path) => ({ path, why: "it was changed since, and is kept" }))

/** Until it is decided which way a restore that was cut off goes, nothing else is done to the files or said of them. */
export const restoreIsPending = ({ id, label }: RestoreBegun) =>
  new DuckError({
    code: "RESTORE_PENDING",
    message: `The last restore (${label}) was cut off half-way: files may be partly as before and partly as after.`,
    hint: "`duck checkpoint restore --resume finish` completes it, `--resume roll-back` takes it back.",
    status: 409,
    details: { id },
  })

const nothingTo = (kind: "undo" | "redo", step: string | undefined) =>
  new DuckError({
    code: kind === "undo" ? "NOTHING_TO_UNDO" : "NOTHING_TO_REDO",
    message: step === undefined ? `There is nothing to ${kind}.` : `There is no step ${step} to ${kind}.`,
    hint: "Turns and restores can be undone; `duck checkpoint list` shows every state that can be restored.",
    status: 409,
  })
