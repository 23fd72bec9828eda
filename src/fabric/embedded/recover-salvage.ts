import { DatabaseSync, type StatementSync } from "node:sqlite"
import { chainHash, decodeCommit } from "../chain.ts"
import type { LogId, Position } from "../ports.ts"
import type { LogTable } from "./sqlite-log.ts"
import { applicationId } from "./sqlite-schema.ts"

const batchSize = 500

export interface Salvaged {
  /** Why it ended before the end of what there was; undefined when everything was read. */
  readonly why?: string
  /** Commits beyond that place which can be read but don't connect. */
  readonly readableAfter: number
}

/**
 * Copies commits from a damaged database into an empty log, in order, each checked against the chain, up to the first
 * that is missing, unreadable or not what was stored.
 */
export function salvage(log: LogId, damagedPath: string, into: LogTable): Salvaged {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(damagedPath, { defensive: false })
    // With this SQLite also opens a file that is shorter than its header says.
    db.exec("pragma writable_schema = on")
    const kind = db.prepare("pragma application_id").get()?.application_id
    if (kind !== applicationId) return { why: "the file is not a log", readableAfter: 0 }
    return copyFrom(log, db, into)
  } catch (error) {
    return { why: `the file can't be read: ${(error as Error).message}`, readableAfter: 0 }
  } finally {
    db?.close()
  }
}

function copyFrom(log: LogId, db: DatabaseSync, into: LogTable): Salvaged {
  const name = tryGet(db.prepare("select value from about where key = 'log'"))?.value
  if (name !== undefined && name !== log) return { why: `the file holds the log ${name}`, readableAfter: 0 }
  const trimmedTo = Number(tryGet(db.prepare("select value from about where key = 'trimmed.pos'"))?.value ?? 0)
  if (trimmedTo > 0) copyTrimmed(db, into, trimmedTo)

  const getRow = db.prepare("select hash, body from commits where pos = ?")
  const last = lastPosition(db)
  let why: string | undefined
  while (why === undefined && into.end() < last)
    into.transaction(() => {
      for (let n = 0; n < batchSize && why === undefined && into.end() < last; n++) why = copyNext()
    })
  if (why === undefined) return { readableAfter: 0 }
  let readableAfter = 0
  for (let pos = into.end() + 2; pos <= last; pos++) if (tryGet(getRow, pos)) readableAfter++
  return { why, readableAfter }

  function copyNext(): string | undefined {
    const { pos, hash } = into.tip()
    const row = tryGet(getRow, pos + 1)
    if (!row) return `the commit ${pos + 1} is missing or unreadable`
    const text = String(row.body)
    if (Buffer.compare(chainHash(hash, text), row.hash as Uint8Array) !== 0)
      return `the commit ${pos + 1} is not what was stored`
    const { id, stream, expect } = decodeCommit(log, pos + 1, text)
    return into.add({ id, stream, expect, text }) === undefined ? `the commit ${pos + 1} is a repetition` : undefined
  }
}

/** What is known of the part that was trimmed: where it ended, its heads and its ids. */
function copyTrimmed(db: DatabaseSync, into: LogTable, trimmedTo: Position) {
  const hash = tryGet(db.prepare("select value from about where key = 'trimmed.hash'"))?.value
  if (!(hash instanceof Uint8Array)) return
  const heads = tryAll(db.prepare("select stream, head from heads"))
  const runs = tryAll(db.prepare("select ids from id_runs where ids is not null order by after"))
  into.beginAfter({
    tip: { pos: trimmedTo, hash },
    heads: heads.map(({ stream, head }) => [String(stream), Number(head)]),
    ids: runs.map(({ ids }) => String(ids)).join(""),
  })
}

function lastPosition(db: DatabaseSync): Position {
  const byOrder = tryGet(db.prepare("select pos from commits order by pos desc limit 1"))?.pos
  if (byOrder !== undefined) return Number(byOrder)
  // The right edge of the tree is damaged: count up until nothing has been readable for long.
  const getRow = db.prepare("select pos from commits where pos = ?")
  let last = 0
  for (let pos = 1; pos <= last + 10_000; pos++) if (tryGet(getRow, pos)) last = pos
  return last
}

function tryGet(statement: StatementSync, ...parameters: number[]) {
  try {
    return statement.get(...parameters)
  } catch {
    return undefined
  }
}

function tryAll(statement: StatementSync) {
  const rows: ReturnType<StatementSync["all"]> = []
  try {
    for (const row of statement.iterate()) rows.push(row)
  } catch {
    // What came before the damage is kept.
  }
  return rows
}
