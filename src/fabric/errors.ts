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

/**
 * A log's database can't be used as it is: LOG_DAMAGED (SQLite says so, or what is stored contradicts itself),
 * LOG_FOREIGN (another program's file), LOG_TOO_NEW (written by a newer version), LOG_MISSING (was there, and is not).
 */
export class LogUnreadableError extends DuckError {
  readonly log: LogId

  constructor(
    code: "LOG_DAMAGED" | "LOG_FOREIGN" | "LOG_TOO_NEW" | "LOG_MISSING",
    options: { readonly log: LogId; readonly path: string; readonly what: string; readonly cause?: unknown },
  ) {
    super({
      code,
      message: `The log ${options.log} in ${options.path} ${options.what}.`,
      hint:
        code === "LOG_TOO_NEW"
          ? "Start it with the version of RubberDuck that wrote it, or a newer one. Nothing was changed."
          : "Nothing was changed. `duck doctor` shows what is readable, and `duck doctor --recover` saves it into a new file and keeps this one.",
      status: 503,
      cause: options.cause,
      details: { log: options.log, path: options.path },
    })
    this.log = options.log
  }
}

/** The disk refused a write (full, read-only, an I/O error). What this was thrown for was not stored and never will be. */
export class LogUnavailableError extends DuckError {
  constructor(log: LogId, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super({
      code: "LOG_UNAVAILABLE",
      message: `Nothing was stored in the log ${log}: ${why}.`,
      hint: "Make room on the disk of the data folder, or see why it can't be written, and try again.",
      status: 503,
      cause,
      details: { log },
    })
  }
}

/** What was asked for is older than what the log still has. */
export class LogTrimmedError extends DuckError {
  readonly trimmedTo: Position

  constructor(log: LogId, after: Position, trimmedTo: Position) {
    super({
      code: "LOG_TRIMMED",
      message: `The log ${log} begins after position ${trimmedTo}; what follows ${after} has been trimmed.`,
      hint: "Start from a snapshot, or from the first position that is there.",
      status: 410,
      details: { log, after, trimmedTo },
    })
    this.trimmedTo = trimmedTo
  }
}

/** Another process has the data folder. */
export class FolderHeldError extends DuckError {
  constructor(folder: string, holder: FolderHolder | undefined) {
    const who = holder
      ? `process ${holder.pid}, since ${holder.since}${holder.address === undefined ? "" : `, at ${holder.address}`}`
      : "a process that has not said who it is"
    super({
      code: "FOLDER_HELD",
      message: `The data folder ${folder} is in use by another server: ${who}.`,
      hint: "Use that server, stop it with `duck stop`, or set DUCK_HOME to another folder.",
      status: 409,
      details: { folder, ...(holder ? { holder } : {}) },
    })
  }
}

/** Who has a data folder, as written down by the holder itself. */
export interface FolderHolder {
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
  readonly node?: string | undefined
  /** Where its server listens, once it does. */
  readonly address?: string | undefined
}
