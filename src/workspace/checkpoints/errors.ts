import { DuckError, NotFoundError, UnavailableError } from "../../base/errors.ts"
import { printable } from "../errors.ts"

/** What was stored is not what comes back: a bit has flipped, or a file of the store was cut. */
export class SnapshotDamagedError extends DuckError {
  constructor(hash: string, why: string, cause?: unknown) {
    super({
      code: "SNAPSHOT_DAMAGED",
      message: `Stored content ${hash.slice(0, 16)} can't be used: ${why}.`,
      hint: "Other checkpoints may be whole: restore single paths from one of those. Nothing in the project was touched.",
      details: { hash },
      cause,
    })
  }
}

/** A folder was moved or replaced by a link while it was being looked at; looking again may do. */
export class TreeMovedError extends DuckError {
  constructor(folder: string) {
    super({
      code: "TREE_MOVED",
      message: `${printable(folder)} was moved or replaced while the checkpoint was being made.`,
      hint: "Try again once nothing moves folders about.",
      status: 409,
      details: { folder: printable(folder) },
    })
  }
}

export const checkpointNotFound = (asked: string) =>
  new NotFoundError({
    code: "CHECKPOINT_NOT_FOUND",
    message: `There is no checkpoint ${printable(asked)} in this project.`,
    hint: "`duck checkpoint list` shows those there are; name one by its number, its id, its tag, or `last`.",
    details: { asked },
  })

export const diskIsFull = (cause?: unknown) =>
  new UnavailableError({
    code: "DISK_FULL",
    message: "The checkpoint could not be stored: there is no room left on the disk of the data folder.",
    hint: "Free some space, or drop old checkpoints with `duck checkpoint prune`. No file of the project was touched.",
    cause,
  })

/** A failure of the store's database as something to act on; anything else as it is. */
export function storeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return thrown
  const code = thrown.errcode & 0xff
  if (code === 13) return diskIsFull(thrown)
  const isDamaged = code === 11 || code === 26
  return new UnavailableError({
    code: isDamaged ? "CHECKPOINTS_DAMAGED" : "CHECKPOINTS_UNAVAILABLE",
    message: `The store of checkpoints can't be used: ${thrown.message}.`,
    hint: isDamaged
      ? "Move its folder (checkpoints/ in the data folder) away: new checkpoints can be made at once, old ones are lost."
      : "Check that the data folder can be written and the disk works.",
    cause: thrown,
  })
}
