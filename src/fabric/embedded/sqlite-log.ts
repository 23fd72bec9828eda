import type { DatabaseSync, StatementSync } from "node:sqlite"
import { chainHex, decodeCommit, genesis } from "../chain.ts"
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
  /** The position of the tip. */
  end(): Head
  /** The last position that was trimmed away, and the hash there: what the chain of the rest starts from. */
  trimmed(): Tip
  head(stream: StreamId): Head
  /** Where a commit id was stored, also when it has been trimmed since. */
  placeOf(id: CommitId): Position | undefined
  /**
   * Appends at tip + 1; only within `transaction`. Gives the position, or undefined when the commit id is there already,
   * and then nothing was stored.
   */
  add(commit: Encoded): Position | undefined
  /**
   * All or nothing. Throws what `work` throws, and WriteFailed when the disk refuses: the table must be closed then and
   * opened again, because only the disk knows what it holds.
   */
  transaction<T>(work: () => T): T
  /** At most `limit` commits, fewer when they hold more than `maxChars` characters together; at least one if there is one. */
  scan(after: Head, limit: number, maxChars?: number): Committed[]
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
  const rows = rowWriter(db)
  const getPrev = rowsOf("select prev from commits where pos = ?")
  const getBody = rowsOf("select body from commits where pos = ?")
  const getHash = rowsOf("select hash from commits where pos = ?")
  const getBodies = rowsOf("select pos, body from commits where pos > ? order by pos limit ?")
  const getRows = rowsOf("select pos, prev, hash, body from commits where pos > ? order by pos limit ?")
  const born = String(db.prepare("select value from about where key = 'born'").get()?.value)
  const index = logIndex(log, db)
  let trimmed = readTrimmed(db)
  let end = 0
  /** The hash at the end, in hexadecimal. */
  let endHash = ""
  readEnd()

  function readEnd() {
    const row = values(rowsOf("select pos, hex(hash) from commits order by pos desc limit 1"))
    end = row ? Number(row[0]) : trimmed.pos
    endHash = row ? String(row[1]).toLowerCase() : Buffer.from(trimmed.hash).toString("hex")
  }

  function transaction<T>(work: () => T, { withIndex = false } = {}): T {
    let isCommitting = false
    try {
      begin.run()
      const result = work()
      rows.flush()
      const isIndexWritten = index.isDue() || (withIndex && !index.isWritten())
      if (isIndexWritten) index.write()
      isCommitting = true
      commit.run()
      if (isIndexWritten) index.written()
      return result
    } catch (error) {
      if (error instanceof Error && "errcode" in error) throw new WriteFailed(isCommitting, error)
      rows.forget()
      db.exec("rollback")
      readEnd()
      index.load()
      throw error
    }
  }

  return {
    log,
    born,
    end: () => end,
    tip: () => ({ pos: end, hash: Buffer.from(endHash, "hex") }),
    trimmed: () => trimmed,
    head: (stream) => index.head(stream),
    placeOf: (id) => index.placeOf(id),
    add({ id, stream, expect, text }) {
      if (index.placeOf(id) !== undefined) return undefined
      end += 1
      endHash = chainHex(endHash, text)
      rows.add(end, expect, endHash, text)
      index.add(id, stream, end)
      return end
    },
    transaction,
    scan(after, limit, maxChars = Number.POSITIVE_INFINITY) {
      const found: Committed[] = []
      let chars = 0
      for (const row of getBodies.iterate(after, limit)) {
        const [pos, body] = row as unknown as [number, string]
        found.push(decodeCommit(log, pos, body))
        chars += body.length
        if (chars >= maxChars) break
      }
      return found
    },
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
      rows.flush()
      const row = values(getBody, pos)
      return row && decodeCommit(log, pos, String(row[0]))
    },
    hashAt: (pos) => (pos === trimmed.pos ? trimmed.hash : (values(getHash, pos)?.[0] as Uint8Array | undefined)),
    trim(upTo) {
      const hash = this.hashAt(upTo)
      if (!hash || upTo <= trimmed.pos) return
      // The index of what goes away has to be in its tables, because it can't be read from the commits any more.
      transaction(() => {}, { withIndex: true })
      transaction(() => {
        index.keepIds(upTo)
        db.prepare("delete from commits where pos <= ?").run(upTo)
        writeTrimmed(db, { pos: upTo, hash })
      })
      trimmed = { pos: upTo, hash }
    },
    beginAfter({ tip, heads, ids }) {
      transaction(() => {
        index.restore(tip.pos, heads, ids)
        writeTrimmed(db, tip)
      })
      trimmed = tip
      readEnd()
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

/** Rows of one transaction, written sixteen to a statement: half the calls' cost, which is most of an insert's. */
function rowWriter(db: DatabaseSync) {
  const size = 16
  const insert = "insert into commits (pos, prev, hash, body) values "
  const row = "(?, ?, unhex(?), ?)"
  const one = db.prepare(insert + row)
  const many = db.prepare(insert + Array(size).fill(row).join(", "))
  let waiting: (number | string)[] = []
  return {
    add(pos: Position, prev: Head, hash: string, body: string) {
      waiting.push(pos, prev, hash, body)
      if (waiting.length < size * 4) return
      many.run(...waiting)
      waiting = []
    },
    flush() {
      for (let i = 0; i < waiting.length; i += 4) one.run(...waiting.slice(i, i + 4))
      if (waiting.length > 0) waiting = []
    },
    forget() {
      waiting = []
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
