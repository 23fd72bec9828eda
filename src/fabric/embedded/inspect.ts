import { statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { asDuckError, type DuckError } from "../../base/errors.ts"
import { LogSuspectError, LogUnreadableError } from "../errors.ts"
import type { LogId, Verification, VerifyOptions } from "../ports.ts"
import { isDamage } from "./sqlite-errors.ts"
import { type LogTable, logTable } from "./sqlite-log.ts"
import { logExists } from "./sqlite-open.ts"
import { schemaState } from "./sqlite-schema.ts"
import { tipMemo } from "./store-memo.ts"
import { checkAgainst, logPath, logsIn } from "./store-tables.ts"
import { verifyTable } from "./store-verify.ts"

export interface LogInspection {
  readonly log: LogId
  readonly path: string
  readonly sizeBytes: number
  /** What is wrong: LOG_DAMAGED, LOG_FOREIGN, LOG_TOO_NEW, LOG_MISSING, LOG_SUSPECT. Undefined for a sound log. */
  readonly problem?: DuckError
  /** Where the chain could be computed. */
  readonly verification?: Verification
}

/**
 * Looks at every log of a data folder and changes none: is it ours, of a version known here, whole for SQLite, where
 * it is known to have been, and is its chain right? Works beside a running server.
 */
export async function inspectLog(folder: string, options: VerifyOptions = {}): Promise<LogInspection[]> {
  const memo = tipMemo(folder)
  const logs = [...new Set([...logsIn(folder), ...memo.logs()])].sort()
  const core = tryOpen(folder, "core")
  try {
    const found: LogInspection[] = []
    for (const log of logs) found.push(await inspectOne(log))
    return found
  } finally {
    core?.close()
  }

  async function inspectOne(log: LogId): Promise<LogInspection> {
    const path = logPath(folder, log)
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    let table: LogTable | undefined
    let verification: Verification | undefined
    try {
      const db = openReadOnly(log, path)
      table = db.table
      const complaint = firstComplaint(db.db)
      if (complaint) throw new LogUnreadableError("LOG_DAMAGED", { log, path, what: `is damaged: ${complaint}` })
      verification = await verifyTable(table, core, options)
      const { fault } = verification
      if (fault && fault.why !== "seal")
        throw new LogUnreadableError("LOG_DAMAGED", { log, path, what: `is damaged at ${fault.pos}: ${fault.what}` })
      if (fault) throw new LogSuspectError(log, fault.pos, "hash")
      const remembered = memo.get(log)
      if (remembered) checkAgainst(remembered, table)
      return { log, path, sizeBytes, verification }
    } catch (thrown) {
      const problem = isDamage(thrown)
        ? new LogUnreadableError("LOG_DAMAGED", { log, path, what: `is damaged: ${(thrown as Error).message}` })
        : asDuckError(thrown)
      return { log, path, sizeBytes, problem, ...(verification ? { verification } : {}) }
    } finally {
      table?.close()
    }
  }
}

function openReadOnly(log: LogId, path: string): { db: DatabaseSync; table: LogTable } {
  if (!logExists(path)) throw new LogUnreadableError("LOG_MISSING", { log, path, what: "is gone" })
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const state = schemaState(db)
    if (state === "empty")
      throw new LogUnreadableError("LOG_DAMAGED", { log, path, what: "is empty, so it was cut off" })
    if (state === "foreign")
      throw new LogUnreadableError("LOG_FOREIGN", { log, path, what: "is a database of another program" })
    if (state === "newer")
      throw new LogUnreadableError("LOG_TOO_NEW", { log, path, what: "was written by a newer version of RubberDuck" })
    return { db, table: logTable(log, db) }
  } catch (error) {
    db.close()
    throw error
  }
}

/** The core log for its seals, where it can be read at all. */
function tryOpen(folder: string, log: LogId): LogTable | undefined {
  try {
    return openReadOnly(log, logPath(folder, log)).table
  } catch {
    return undefined
  }
}

function firstComplaint(db: DatabaseSync): string | undefined {
  const answer = String(db.prepare("pragma integrity_check(1)").get()?.integrity_check)
  return answer === "ok" ? undefined : answer
}
