import { DuckError } from "../base/errors.ts"
import type { Epoch, LogId, Position, StreamId } from "./ports.ts"

/** A log whose engine or mirror contradicts what was already known. Appends are refused; reads go on. */
export class LogSuspectError extends DuckError {
  readonly log: LogId
  readonly at: Position
  readonly why: "hole" | "regression" | "hash"

  constructor(log: LogId, at: Position, why: "hole" | "regression" | "hash") {
    super({
      code: "LOG_SUSPECT",
      message: `The log ${log} can't be trusted at position ${at}: ${why}. Appends to it are refused.`,
      hint: "Run `duck doctor` to see what is damaged and how it can be put back.",
      status: 503,
      details: { log, at, why },
    })
    this.log = log
    this.at = at
    this.why = why
  }
}

/** Another owner has claimed the stream; what this one tried was not stored. */
export class FencedError extends DuckError {
  constructor(log: LogId, stream: StreamId, epoch: Epoch) {
    super({
      code: "FENCED",
      message: `The stream ${stream} of ${log} is owned by someone else since epoch ${epoch}.`,
      status: 409,
      details: { log, stream, epoch },
    })
  }
}

/** The bytes of a blob no longer have the hash that is its name. */
export class BlobDamagedError extends DuckError {
  constructor(id: string) {
    super({
      code: "BLOB_DAMAGED",
      message: `The blob ${id} is damaged: its bytes no longer have that hash.`,
      hint: "Run `duck doctor`; storing the same content again heals it.",
      details: { id },
    })
  }
}
