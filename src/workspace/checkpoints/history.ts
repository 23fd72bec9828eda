import { DuckError } from "../../base/errors.ts"
import { decider } from "../../fabric/decider.ts"
import { checkpointNotFound } from "./errors.ts"
import type { CheckpointEvent, CheckpointMade, RestoreBegun } from "./history-events.ts"

export interface Checkpoint extends CheckpointMade {
  /** 1, 2, 3 ... in the order in which they were made; never given twice in a project. */
  readonly number: number
  readonly tag: string | null
}

/** A change of the tree that can be taken back: what a turn did, or a restore. */
export interface Step {
  readonly id: string
  readonly kind: "turn" | "restore"
  readonly label: string
  /** Ids of the checkpoints before and after it. */
  readonly from: string
  readonly to: string
  readonly atMs: number
}

export interface History {
  /** Oldest first. */
  readonly checkpoints: readonly Checkpoint[]
  readonly made: number
  /** What `undo` takes back, the last first to go; and what `redo` does again. */
  readonly done: readonly Step[]
  readonly undone: readonly Step[]
  /** A restore that was begun, and of whose end nothing is known. */
  readonly pending: RestoreBegun | null
  /** Turns that have begun and not ended: the turn and the checkpoint it starts with. */
  readonly openTurns: readonly { readonly turn: string; readonly from: string }[]
}

type DataOf<T extends CheckpointEvent["type"]> = Extract<CheckpointEvent, { type: T }>["data"]

export type HistoryCommand =
  | { readonly type: "create"; readonly checkpoint: CheckpointMade }
  | { readonly type: "begin"; readonly restore: RestoreBegun }
  | {
      readonly type: "end"
      readonly after: CheckpointMade
      readonly outcome: "restored" | "rolled-back"
      readonly data: DataOf<"checkpoint.restored">
    }
  | { readonly type: "tag"; readonly data: DataOf<"checkpoint.tagged"> }
  | { readonly type: "prune"; readonly data: DataOf<"checkpoint.pruned"> }

const initial: History = { checkpoints: [], made: 0, done: [], undone: [], pending: null, openTurns: [] }

/** The checkpoints of one project. */
export const historyDecider = decider<HistoryCommand, History, CheckpointEvent>({
  initial,
  decide(command, history) {
    switch (command.type) {
      case "create":
        return [{ type: "checkpoint.created", v: 1, data: command.checkpoint }]
      case "begin":
        if (history.pending) throw restoreIsPending(history.pending)
        mustBeThere(history, command.restore.before, command.restore.from, command.restore.to)
        return [{ type: "checkpoint.restore-begun", v: 1, data: command.restore }]
      case "end": {
        if (history.pending?.id !== command.data.id) return []
        const type = command.outcome === "restored" ? "checkpoint.restored" : "checkpoint.rolled-back"
        return [
          { type: "checkpoint.created", v: 1, data: command.after },
          { type, v: 1, data: command.data },
        ]
      }
      case "tag": {
        const { id, tag } = command.data
        mustBeThere(history, id)
        const holder = tag === null ? undefined : history.checkpoints.find((one) => one.tag === tag)
        if (holder && holder.id !== id) throw tagIsTaken(tag ?? "", holder)
        if (history.checkpoints.some((one) => one.id === id && one.tag === tag)) return []
        return [{ type: "checkpoint.tagged", v: 1, data: command.data }]
      }
      case "prune": {
        const known = new Set(history.checkpoints.map(({ id }) => id))
        const ids = command.data.ids.filter((id) => known.has(id) && !isNeeded(history, id))
        return ids.length > 0 ? [{ type: "checkpoint.pruned", v: 1, data: { ...command.data, ids } }] : []
      }
    }
  },
  evolve(history, event) {
    switch (event.type) {
      case "checkpoint.created":
        return created(history, event.data)
      case "checkpoint.restore-begun":
        return { ...history, pending: event.data }
      case "checkpoint.restored":
        return history.pending ? restored(history, history.pending, event.data) : history
      case "checkpoint.rolled-back":
        return { ...history, pending: null }
      case "checkpoint.tagged": {
        const { id, tag } = event.data
        return { ...history, checkpoints: history.checkpoints.map((one) => (one.id === id ? { ...one, tag } : one)) }
      }
      case "checkpoint.pruned":
        return pruned(history, new Set(event.data.ids))
    }
  },
})

/** Whether a checkpoint may not be dropped now, whatever a policy says. */
export function isNeeded({ checkpoints, pending, openTurns }: History, id: string): boolean {
  if (checkpoints.at(-1)?.id === id) return true
  if (pending && [pending.before, pending.from, pending.to].includes(id)) return true
  return openTurns.some(({ from }) => from === id)
}

function created(history: History, made: CheckpointMade): History {
  const checkpoint: Checkpoint = { ...made, number: history.made + 1, tag: null }
  const next = { ...history, made: history.made + 1, checkpoints: [...history.checkpoints, checkpoint] }
  if (made.turn === null || (made.role !== "turn-start" && made.role !== "turn-end")) return next
  const others = history.openTurns.filter(({ turn }) => turn !== made.turn)
  if (made.role === "turn-start") return { ...next, openTurns: [...others, { turn: made.turn, from: made.id }] }
  const start = history.openTurns.find(({ turn }) => turn === made.turn)
  const from = history.checkpoints.find(({ id }) => id === start?.from)
  // A turn that changed no file is nothing that could be taken back.
  if (!from || isSameTree(from, made)) return { ...next, openTurns: others }
  const step: Step = { id: made.turn, kind: "turn", label: from.label, from: from.id, to: made.id, atMs: made.atMs }
  return { ...next, openTurns: others, done: [...history.done, step], undone: [] }
}

const isSameTree = (a: CheckpointMade, b: CheckpointMade) => {
  const treeOf = new Map(a.bases.map(({ path, tree }) => [path, tree]))
  return b.bases.every(({ path, tree }) => treeOf.get(path) === tree)
}

function restored(history: History, begun: RestoreBegun, { after, atMs }: DataOf<"checkpoint.restored">): History {
  const { done, undone } = history
  const rest = { ...history, pending: null }
  if (begun.kind === "undo") {
    const step = done.find(({ id }) => id === begun.step)
    return step ? { ...rest, done: done.filter((one) => one !== step), undone: [...undone, step] } : rest
  }
  if (begun.kind === "redo") {
    const step = undone.find(({ id }) => id === begun.step)
    return step ? { ...rest, undone: undone.filter((one) => one !== step), done: [...done, step] } : rest
  }
  const step: Step = { id: begun.id, kind: "restore", label: begun.label, from: begun.before, to: after, atMs }
  return { ...rest, done: [...done, step], undone: [] }
}

function pruned(history: History, ids: ReadonlySet<string>): History {
  const isWhole = ({ from, to }: Step) => !ids.has(from) && !ids.has(to)
  return {
    ...history,
    checkpoints: history.checkpoints.filter(({ id }) => !ids.has(id)),
    done: history.done.filter(isWhole),
    undone: history.undone.filter(isWhole),
  }
}

function mustBeThere({ checkpoints }: History, ...ids: readonly string[]) {
  for (const id of ids) if (!checkpoints.some((one) => one.id === id)) throw checkpointNotFound(id)
}

const restoreIsPending = ({ id, kind }: RestoreBegun) =>
  new DuckError({
    code: "RESTORE_PENDING",
    message: `The ${kind} ${id} was cut off half-way, and has to be finished or rolled back first.`,
    hint: "`duck checkpoint restore --resume finish`, or `--resume roll-back`.",
    status: 409,
    details: { id },
  })

const tagIsTaken = (tag: string, holder: Checkpoint) =>
  new DuckError({
    code: "TAG_TAKEN",
    message: `Checkpoint ${holder.number} is already tagged ${tag}.`,
    hint: `Take it off with \`duck checkpoint tag ${holder.number} --remove\`, or choose another tag.`,
    status: 409,
    details: { tag, checkpoint: holder.id },
  })
