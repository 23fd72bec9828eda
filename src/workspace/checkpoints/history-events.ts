import { z } from "zod"
import { DuckError } from "../../base/errors.ts"
import type { Event } from "../../fabric/ports.ts"
import { uncoveredReasons } from "./tree-object.ts"

const id = z.string().min(1)
const count = z.number().int().nonnegative()
const timeMs = z.number()

/** What a checkpoint was made for. A turn's start and end make a step, which `undo` takes back. */
export const checkpointRoles = ["manual", "turn-start", "turn-end", "before-restore", "after-restore"] as const

export const uncoveredSchema = z.object({
  path: z.string(),
  why: z.enum(uncoveredReasons),
  sizeBytes: count.nullable(),
})

export const checkpointSchema = z.object({
  id,
  label: z.string(),
  role: z.enum(checkpointRoles),
  /** Which turn it starts or ends; null for one that belongs to none. */
  turn: z.string().nullable(),
  /** Whatever its maker wants to find again: a session, a message. */
  meta: z.record(z.string(), z.json()),
  /** The project's root is "", further folders have their absolute path. */
  bases: z.array(z.object({ path: z.string(), tree: id })).min(1),
  files: count,
  bytes: count,
  /** The first of what is not covered, and how many there are. */
  uncovered: z.array(uncoveredSchema),
  uncoveredCount: count,
  /** Files that were being written while they were read. */
  changing: z.array(z.string()),
  atMs: timeMs,
})
export type CheckpointMade = z.infer<typeof checkpointSchema>

export const restoreSchema = z.object({
  id,
  kind: z.enum(["restore", "undo", "redo"]),
  /** Checkpoint of the tree as it was right before. */
  before: id,
  /** The changes between these two are made: of a restore from `before`, of an undo from the step's end to its start. */
  from: id,
  to: id,
  /** Only at and under these; null: everywhere. */
  paths: z.array(z.string()).nullable(),
  /** Paths of conflicts that are left as they are. */
  kept: z.array(z.string()),
  /** The step that is taken back or done again. */
  step: z.string().nullable(),
  label: z.string(),
  atMs: timeMs,
})
export type RestoreBegun = z.infer<typeof restoreSchema>

const dataOf = {
  "checkpoint.created": checkpointSchema,
  /** The intent: from here on the files may be half-way, and whoever opens the project next goes on from here. */
  "checkpoint.restore-begun": restoreSchema,
  "checkpoint.restored": z.object({ id, after: id, left: count, atMs: timeMs }),
  "checkpoint.rolled-back": z.object({ id, after: id, left: count, atMs: timeMs }),
  "checkpoint.tagged": z.object({ id, tag: z.string().nullable(), atMs: timeMs }),
  "checkpoint.pruned": z.object({ ids: z.array(id).min(1), why: z.string(), atMs: timeMs }),
} as const

type Type = keyof typeof dataOf
export type CheckpointEvent = {
  [T in Type]: { readonly type: T; readonly v: number; readonly data: z.infer<(typeof dataOf)[T]> }
}[Type]

/** A stored event of a stream of checkpoints. Throws EVENT_UNKNOWN for one this version does not know. */
export function parseCheckpointEvent({ type, v, data }: Event): CheckpointEvent {
  if (Object.hasOwn(dataOf, type) && v === 1) {
    const read = dataOf[type as Type].safeParse(data)
    // The schema is the one of the type.
    if (read.success) return { type, v, data: read.data } as CheckpointEvent
  }
  throw new DuckError({
    code: "EVENT_UNKNOWN",
    message: `The history of checkpoints has an event ${type} of version ${v} that this version can't read.`,
    hint: "It was written by another version of RubberDuck: bring this node to the version of the others.",
  })
}
