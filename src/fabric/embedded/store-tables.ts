import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { InvalidInputError, UnavailableError } from "../../base/errors.ts"
import { genesis, isLogId } from "../chain.ts"
import { LogSuspectError, LogUnreadableError } from "../errors.ts"
import type { LogId } from "../ports.ts"
import { type LogTable, type Tip, WriteFailed } from "./sqlite-log.ts"
import { createLog, logExists, openLog, type Synchronous } from "./sqlite-open.ts"
import { syncFolder } from "./store-durable.ts"
import { tipMemo } from "./store-memo.ts"

/** The logs of a data folder: one database each, opened when first needed, shared by the sequencer and the store. */
export interface LogTables {
  /** Undefined when there is no such log. Throws LogUnreadableError when there is one that can't be used. */
  find(log: LogId): LogTable | undefined
  /** Runs `work` in a transaction of the log, which is made when it is not there. Throws as `LogTable.transaction`. */
  write<T>(log: LogId, work: (table: LogTable) => T): T
  list(): LogId[]
  drop(log: LogId): void
  /** Writes down how far the logs have got, so that a later loss is noticed. */
  remember(): void
  /** Tells whoever waits that the log has grown or is gone. */
  changed(log: LogId): void
  onChange(callback: (log: LogId) => void): () => void
  close(): void
  readonly isClosed: boolean
}

export const logPath = (folder: string, log: LogId): string => join(folder, "log", `${log}.db`)

/** The files of a SQLite database in WAL mode. */
export const filesOf = (path: string): string[] => [path, `${path}-wal`, `${path}-shm`]

export function logTables({
  folder,
  synchronous = "FULL",
}: {
  readonly folder: string
  readonly synchronous?: Synchronous
}): LogTables {
  const open = new Map<LogId, LogTable>()
  const listeners = new Set<(log: LogId) => void>()
  const memo = tipMemo(folder)
  let isClosed = false

  const find = (log: LogId): LogTable | undefined => {
    if (isClosed) throw new UnavailableError({ code: "FABRIC_CLOSED", message: "The data folder has been closed." })
    const known = open.get(log)
    if (known) return known
    if (!isLogId(log)) throw new InvalidInputError({ message: `${JSON.stringify(log)} is not the name of a log.` })
    const path = logPath(folder, log)
    const remembered = memo.get(log)
    if (!logExists(path)) {
      if (remembered) throw new LogUnreadableError("LOG_MISSING", { log, path, what: "is gone" })
      return undefined
    }
    const table = openLog({ log, path, synchronous })
    try {
      if (remembered) checkAgainst(remembered, table)
    } catch (error) {
      table.close()
      throw error
    }
    open.set(log, table)
    return table
  }
  const changed = (log: LogId) => {
    for (const callback of [...listeners]) callback(log)
  }

  const create = (log: LogId): LogTable => {
    const table = createLog({ log, path: logPath(folder, log), synchronous })
    open.set(log, table)
    memo.set([[log, table.tip()]])
    return table
  }
  /** The next use reads the log from the disk again. */
  const close = (log: LogId) => {
    open.get(log)?.close()
    open.delete(log)
  }

  return {
    find,
    write(log, work) {
      const table = find(log) ?? create(log)
      try {
        return table.transaction(() => work(table))
      } catch (error) {
        if (error instanceof WriteFailed) close(log)
        throw error
      }
    },
    list() {
      const names = namesIn(join(folder, "log")).filter((name) => name.endsWith(".db"))
      return names
        .map((name) => name.slice(0, -3))
        .filter(isLogId)
        .sort()
    },
    drop(log) {
      if (!isLogId(log)) return
      close(log)
      memo.forget(log)
      for (const file of filesOf(logPath(folder, log))) rmSync(file, { force: true })
      if (namesIn(join(folder, "log")).length > 0) syncFolder(join(folder, "log"))
      changed(log)
    },
    remember() {
      if (open.size > 0) memo.set([...open].map(([log, table]) => [log, table.tip()]))
    },
    changed,
    onChange(callback) {
      listeners.add(callback)
      return () => void listeners.delete(callback)
    },
    close() {
      if (isClosed) return
      isClosed = true
      const logs = [...open.keys()]
      for (const table of open.values()) table.close()
      open.clear()
      for (const log of logs) changed(log)
    },
    get isClosed() {
      return isClosed
    },
  }
}

/** Throws LogSuspectError when a log is not where it is known to have been. */
export function checkAgainst(remembered: Tip, table: LogTable): void {
  if (remembered.pos > table.end()) throw new LogSuspectError(table.log, remembered.pos, "regression")
  const there = remembered.pos === 0 ? genesis : table.hashAt(remembered.pos)
  if (there && Buffer.compare(there, remembered.hash) !== 0)
    throw new LogSuspectError(table.log, remembered.pos, "hash")
}

/** The logs that a data folder has files of. */
export function logsIn(folder: string): LogId[] {
  const names = namesIn(join(folder, "log")).filter((name) => name.endsWith(".db"))
  return names
    .map((name) => name.slice(0, -3))
    .filter(isLogId)
    .sort()
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
