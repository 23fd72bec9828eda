import type { Clock } from "../../base/clock.ts"
import type { LogId, LogStore, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { CoverageLimits } from "./coverage.ts"
import type { FileChange } from "./describe.ts"
import type { Checkpoint, History } from "./history.ts"
import type { CheckpointMade } from "./history-events.ts"
import type { LeftPath } from "./plan.ts"
import type { ShownChange } from "./restoring.ts"
import type { Dropped, RetentionPolicy } from "./retention.ts"
import type { Taken } from "./take.ts"

export type { Checkpoint }

export interface CheckpointsOptions {
  /** The project's folder. */
  readonly root: string
  /** As `Project.id`: names the log, the stream and the store. */
  readonly projectId: string
  /** Further folders outside the project that may be written, and so are covered. */
  readonly allow?: readonly string[]
  /** The store is `checkpoints/<project id>/` in it. */
  readonly dataFolder: string
  readonly fabric: {
    readonly sequencer: Sequencer
    readonly store: Pick<LogStore, "stream" | "reached">
    readonly node: NodeId
  }
  readonly clock?: Clock
  readonly limits?: Partial<CoverageLimits>
  readonly policy?: Partial<RetentionPolicy>
}

export interface CreateOptions {
  readonly actor: string
  /** A turn's start and end make a step that `undo` takes back. */
  readonly turn?: { readonly id: string; readonly at: "start" | "end" }
  readonly meta?: CheckpointMade["meta"]
  readonly signal?: AbortSignal
}

export interface RestoreOptions {
  readonly actor: string
  /** Only at and under these: relative to the project, or absolute in an allowed folder. */
  readonly paths?: readonly string[] | undefined
  /**
   * What to do where somebody changed a path since: "stop" (the default) changes nothing at all, "keep" leaves those
   * paths as they are, "overwrite" puts the old content over them.
   */
  readonly onConflict?: "stop" | "keep" | "overwrite" | undefined
  /** Only says what would change, with diffs. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Restored {
  /** "stopped": there are conflicts, and nothing was changed. "nothing": all is as wanted already. */
  readonly outcome: "restored" | "rolled-back" | "stopped" | "nothing" | "previewed"
  /** What was, or would be, changed. */
  readonly changes: readonly ShownChange[]
  /** What was wanted and was not done, and why. */
  readonly left: readonly LeftPath[]
  /** Of "restored": its id; and the checkpoint of the files before it. */
  readonly id: string | null
  readonly before: Checkpoint | null
}

export interface Comparison {
  readonly created: number
  readonly deleted: number
  readonly changed: number
  /** Only the mode, or what kind of thing is there. */
  readonly others: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export interface Pruned {
  readonly dropped: readonly Dropped[]
  readonly freedBytes: number
}

/** The checkpoints of one project. Names: a number, an id, a tag, or `last`. */
export interface Checkpoints {
  readonly root: string
  readonly history: History
  /** Where the log stands: for those who wait until it is read elsewhere. */
  readonly position: { readonly log: LogId; readonly position: Position }
  /**
   * Records all files as they are. What it does not cover is named in it. Throws CancelledError, UnavailableError
   * (DISK_FULL), RESTORE_PENDING.
   */
  create(label: string, options: CreateOptions): Promise<Checkpoint>
  /** What a checkpoint made now would cover, and what not; records nothing. */
  look(options?: { readonly signal?: AbortSignal }): Promise<Taken>
  /** Throws NotFoundError. */
  find(name: string): Checkpoint
  /** What changed from one checkpoint to another; null is the files as they are. With diffs where asked. */
  diff(from: string, to: string | null, options?: DiffOptions): Promise<FileChange[]>
  compare(from: string, to: string | null, options?: Pick<DiffOptions, "signal">): Promise<Comparison>
  /** Brings the files to where the checkpoint has them, after making a checkpoint of how they are. */
  restore(name: string, options: RestoreOptions): Promise<Restored>
  /** Takes a step back, the last one if none is named: the changes it made, and no others. Throws NOTHING_TO_UNDO. */
  undo(options: UndoOptions): Promise<Restored>
  redo(options: UndoOptions): Promise<Restored>
  /** Goes on with a restore that was cut off; null when there is none. */
  resume(how: "finish" | "roll-back", options: { readonly actor: string }): Promise<Restored | null>
  /** Null takes the tag off. Throws TAG_TAKEN. */
  tag(name: string, tag: string | null, options: { readonly actor: string }): Promise<Checkpoint>
  prune(options: PruneOptions): Promise<Pruned>
  /** Reads everything that checkpoints name, and checks it. Gives the first fault of each damaged checkpoint. */
  verify(options?: {
    readonly signal?: AbortSignal
  }): Promise<{ readonly checkpoint: Checkpoint; readonly why: string }[]>
  size(): { readonly objects: number; readonly rawBytes: number; readonly storedBytes: number }
  close(): Promise<void>
}
export interface DiffOptions {
  readonly paths?: readonly string[] | undefined
  readonly withText?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}
export interface UndoOptions extends Omit<RestoreOptions, "paths"> {
  /** Id of the step. */
  readonly step?: string | undefined
}
export interface PruneOptions {
  readonly actor: string
  readonly policy?: Partial<RetentionPolicy> | undefined
  readonly dryRun?: boolean | undefined
}
