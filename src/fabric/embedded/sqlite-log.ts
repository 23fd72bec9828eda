import type { DatabaseSync, StatementSync } from "node:sqlite"
import { chainHash, decodeCommit, genesis } from "../chain.ts"
import { LogSuspectError } from "../errors.ts"
import type { CommitId, Committed, Head, LogId, Position, StreamId } from "../ports.ts"
import { logIndex } from "./sqlite-index.ts"

/** The end of a chain: the position of the last commit and the hash there. */
export interface Tip {
  readonly pos: Head
  readonly hash: Uint8Array
}

/** A commit on its way into the table: its identity, and the canonical text that is stored and hashed. */
export interface Encoded {
  readonly id: CommitId
  readonly stream: StreamId
  readonly expect: Head
  readonly text: string
}

/**
 * One log's table, the same whether this process decides its order or mirrors another's. Everything is synchronous.
 * It has no opinion on what may be written: the sequencer checks heads, the mirror checks density.
 */
export interface LogTable {
  readonly log: LogId
  /** A new one for every making of the log, so that a follower notices a log that was dropped and made again. */
  readonly born: string
  tip(): Tip
  /** The last position that was trimmed away, and the hash there: what the chain of the rest starts from. */
  trimmed(): Tip
  head(stream: StreamId): Head
  /** Where a commit id was stored, also when it has been trimmed since. */
  placeOf(id: CommitId): Position | undefined
  /** Appends at tip + 1; only within `transaction`. False, and nothing stored, when the commit id is there already. */
  add(commit: Encoded): boolean
  /**
   * All or nothing. Throws what `work` throws, and WriteFailed when the disk refuses: the table must be closed then and
   * opened again, because only the disk knows what it holds.
   */
  transaction<T>(work: () => T): T
  scan(after: Head, limit: number): Committed[]
  /** As stored, for whoever verifies. */
  rows(after: Head, limit: number): StoredRow[]
  /** Positions of a stream's commits after `after`, in order. */
  positions(stream: StreamId, after: Head): Position[]
  at(pos: Position): Committed | undefined
  hashAt(pos: Position): Uint8Array | undefined
  trim(upTo: Position): void
  /** Makes an empty log one whose first part was trimmed: for recovery. */
  beginAfter(part: TrimmedPart): void
  close(): void
}

/** What is kept of a part that was trimmed. */
export interface TrimmedPart {
  readonly tip: Tip
  readonly heads: readonly (readonly [StreamId, Head])[]
  /** The ids of positions 1, 2, 3 ..., one behind the other. */
  readonly ids: string
}

export interface StoredRow {
  readonly pos: Position
  readonly prev: Head
  readonly hash: Uint8Array
  readonly body: string
}

/** The database refused to write. `maybeStored`: it failed in the COMMIT itself, so that only the disk knows. */
export class WriteFailed extends Error {
  readonly maybeStored: boolean

  constructor(maybeStored: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.maybeStored = maybeStored
  }
}

export function logTable(log: LogId, db: DatabaseSync): LogTable {
  const rowsOf = (sql: string) => db.prepare(sql, { returnArrays: true })
  const begin = db.prepare("begin immediate")
  const commit = db.prepare("commit")
  const addCommit = db.prepare("insert into commits (pos, prev, hash, body) values (?, ?, ?, ?)")
  const getPrev = rowsOf("select prev from commits where pos = ?")
  const getBody = rowsOf("select body from commits where pos = ?")
  const getHash = rowsOf("select hash from commits where pos = ?")
  const getBodies = rowsOf("select pos, body from commits where pos > ? order by pos limit ?")
  const getRows = rowsOf("select pos, prev, hash, body from commits where pos > ? order by pos limit ?")
  const born = String(db.prepare("select value from about where key = 'born'").get()?.value)
  const index = logIndex(log, db)
  let trimmed = readTrimmed(db)
  let tip = readTip()

  function readTip(): Tip {
    const row = values(rowsOf("select pos, hash from commits order by pos desc limit 1"))
    return row ? { pos: Number(row[0]), hash: row[1] as Uint8Array } : trimmed
  }

  function transaction<T>(work: () => T, { withIndex = false } = {}): T {
    let isCommitting = false
    try {
      begin.run()
      const result = work()
      const isIndexWritten = index.isDue() || (withIndex && !index.isWritten())
      if (isIndexWritten) index.write()
      isCommitting = true
      commit.run()
      if (isIndexWritten) index.written()
      return result
    } catch (error) {
      if (error instanceof Error && "errcode" in error) throw new WriteFailed(isCommitting, error)
      db.exec("rollback")
      tip = readTip()
      index.load()
      throw error
    }
  }

  return {
    log,
    born,
    tip: () => tip,
    trimmed: () => trimmed,
    head: (stream) => index.head(stream),
    placeOf: (id) => index.placeOf(id),
    add({ id, stream, expect, text }) {
      if (index.placeOf(id) !== undefined) return false
      const pos = tip.pos + 1
      const hash = chainHash(tip.hash, text)
      addCommit.run(pos, expect, hash, text)
      index.add(id, stream, pos)
      tip = { pos, hash }
      return true
    },
    transaction,
    scan: (after, limit) =>
      (getBodies.all(after, limit) as unknown as [number, string][]).map(([pos, body]) => decodeCommit(log, pos, body)),
    rows: (after, limit) =>
      (getRows.all(after, limit) as unknown as [number, number, Uint8Array, string][]).map(
        ([pos, prev, hash, body]) => ({ pos, prev, hash, body }),
      ),
    positions(stream, after) {
      const found: Position[] = []
      let pos = index.head(stream)
      // Each commit knows the one before it in its stream, so no index over streams has to be kept.
      while (pos > after && pos > trimmed.pos) {
        found.push(pos)
        const row = values(getPrev, pos)
        const prev = Number(row?.[0] ?? pos)
        if (!row || prev >= pos) throw new LogSuspectError(log, pos, "hole")
        pos = prev
      }
      return found.reverse()
    },
    at(pos) {
      const row = values(getBody, pos)
      return row && decodeCommit(log, pos, String(row[0]))
    },
    hashAt: (pos) => (pos === trimmed.pos ? trimmed.hash : (values(getHash, pos)?.[0] as Uint8Array | undefined)),
    trim(upTo) {
      const hash = this.hashAt(upTo)
      if (!hash || upTo <= trimmed.pos) return
      // The index of what goes away has to be in its tables, because it can't be read from the commits any more.
      transaction(
        () => {
          db.prepare("delete from commits where pos <= ?").run(upTo)
          writeTrimmed(db, { pos: upTo, hash })
        },
        { withIndex: true },
      )
      trimmed = { pos: upTo, hash }
    },
    beginAfter({ tip: end, heads, ids }) {
      transaction(() => {
        index.restore(end.pos, heads, ids)
        writeTrimmed(db, end)
      })
      trimmed = end
      tip = end
      index.load()
    },
    close() {
      try {
        if (!index.isWritten()) transaction(() => {}, { withIndex: true })
      } catch {
        // It is read from the commits at the next opening.
      } finally {
        db.close()
      }
    },
  }
}

function readTrimmed(db: DatabaseSync): Tip {
  const about = db.prepare("select value from about where key = ?", { returnArrays: true })
  const pos = values(about, "trimmed.pos")?.[0]
  const hash = values(about, "trimmed.hash")?.[0]
  return pos === undefined ? { pos: 0, hash: genesis } : { pos: Number(pos), hash: hash as Uint8Array }
}

function writeTrimmed(db: DatabaseSync, { pos, hash }: Tip) {
  db.prepare("insert or replace into about (key, value) values ('trimmed.pos', ?), ('trimmed.hash', ?)").run(pos, hash)
}

// The statement was prepared with `returnArrays`, which the typings don't follow.
function values(statement: StatementSync, ...parameters: (string | number)[]): readonly unknown[] | undefined {
  return statement.get(...parameters) as unknown as readonly unknown[] | undefined
}
