import type { DatabaseSync } from "node:sqlite"
import { decodeCommit } from "../chain.ts"
import type { CommitId, Head, LogId, Position, StreamId } from "../ports.ts"

/** So many commits at most are in memory and not in the index's tables. */
const maxUnwritten = 1024
const maxCachedHeads = 8192
const idLength = 26

/**
 * The heads of a log's streams and the places of its commit ids. They follow from the commits, so their tables need not
 * be written with each: what has been added since is kept in memory, written in one go, and read back from the commits
 * when the log is opened. Ids are indexed in runs of successive positions: they are all but sorted, since writers make
 * them in order of time, so a run's least and greatest id tell whether its commits have to be looked at.
 */
export interface LogIndex {
  head(stream: StreamId): Head
  placeOf(id: CommitId): Position | undefined
  add(id: CommitId, stream: StreamId, pos: Position): void
  /** Whether `write` is due. */
  isDue(): boolean
  /** Whether the tables hold everything. */
  isWritten(): boolean
  /** Writes what is only in memory; within a transaction. */
  write(): void
  /** Call when the transaction of `write` has been committed. */
  written(): void
  /** Keeps the ids up to `pos` before their commits go; within a transaction, and only when everything is written. */
  keepIds(pos: Position): void
  /** Writes what an index had up to `pos` into an empty one; within a transaction, and to be followed by `load`. */
  restore(pos: Position, heads: readonly (readonly [StreamId, Head])[], ids: string): void
  /** Forgets what is in memory and reads the commits that are not indexed. */
  load(): void
}

export function logIndex(log: LogId, db: DatabaseSync): LogIndex {
  const setHead = db.prepare(
    "insert into heads (stream, head) values (?, ?) on conflict do update set head = excluded.head",
  )
  const addRun = db.prepare("insert into id_runs (after, upto, least, greatest, ids) values (?, ?, ?, ?, ?)")
  const getHead = db.prepare("select head from heads where stream = ?")
  const getRuns = db.prepare("select after, upto, ids from id_runs where greatest >= ? and least <= ?")
  const findId = db.prepare("select pos, body from commits where pos > ? and pos <= ? and instr(body, ?) > 0")
  const setIndexed = db.prepare("update about set value = ? where key = 'indexed'")
  /** Heads as they are; those above `indexed` are not in the table yet. */
  const heads = new Map<StreamId, Head>()
  /** Ids that are not in the table yet: those of the positions after `indexed`. Seldom searched, so not hashed. */
  let fresh: CommitId[] = []
  /** No id in the log is greater, so that one above it is new without looking it up. */
  let greatest: CommitId = ""
  let indexed = 0

  const index: LogIndex = {
    head(stream) {
      const known = heads.get(stream)
      if (known !== undefined) return known
      const head = Number(getHead.get(stream)?.head ?? 0)
      heads.set(stream, head)
      return head
    },
    placeOf(id) {
      if (id > greatest) return undefined
      const at = fresh.indexOf(id)
      if (at >= 0) return indexed + at + 1
      for (const run of getRuns.all(id, id)) {
        const place = run.ids === null ? placeIn(Number(run.after), Number(run.upto), id) : indexIn(String(run.ids), id)
        if (place !== undefined) return run.ids === null ? place : Number(run.after) + place + 1
      }
      return undefined
    },
    add(id, stream, pos) {
      heads.set(stream, pos)
      fresh.push(id)
      if (id > greatest) greatest = id
    },
    isDue: () => fresh.length >= maxUnwritten,
    isWritten: () => fresh.length === 0,
    write() {
      for (const [stream, head] of heads) if (head > indexed) setHead.run(stream, head)
      const [least, most] = rangeOf(fresh)
      addRun.run(indexed, indexed + fresh.length, least, most, null)
      setIndexed.run(indexed + fresh.length)
    },
    written() {
      indexed += fresh.length
      fresh = []
      if (heads.size > maxCachedHeads) heads.clear()
    },
    keepIds(pos) {
      const keep = db.prepare("update id_runs set ids = ? where after = ?")
      const idsOf = db.prepare("select pos, body from commits where pos > ? and pos <= ? order by pos")
      for (const { after, upto } of db
        .prepare("select after, upto from id_runs where after < ? and ids is null")
        .all(pos)) {
        const ids = idsOf.all(Number(after), Number(upto)).map((row) => idIn(row.pos, row.body))
        keep.run(ids.join(""), Number(after))
      }
    },
    restore(pos, restored, ids) {
      for (const [stream, head] of restored) if (head <= pos) setHead.run(stream, head)
      for (let after = 0; after < pos; after += maxUnwritten) {
        const upto = Math.min(after + maxUnwritten, pos)
        const run = ids.slice(after * idLength, upto * idLength)
        const [least, most] = rangeOf(run.match(/.{26}/g) ?? [])
        if (run !== "") addRun.run(after, upto, least, most, run)
      }
      setIndexed.run(pos)
    },
    load() {
      heads.clear()
      fresh = []
      indexed = Number(db.prepare("select value from about where key = 'indexed'").get()?.value)
      greatest = String(db.prepare("select max(greatest) as id from id_runs").get()?.id ?? "")
      const missing = db.prepare("select pos, body from commits where pos > ? order by pos")
      for (const { pos, body } of missing.iterate(indexed)) {
        const commit = decodeCommit(log, Number(pos), String(body))
        index.add(commit.id, commit.stream, commit.pos)
      }
    },
  }
  index.load()
  return index

  /** Looks through a run's commits: a few hundred microseconds, for a retry that comes late. */
  function placeIn(after: Position, upto: Position, id: CommitId): Position | undefined {
    // The text may also stand in the data of another commit.
    const found = findId.all(after, upto, `"id":"${id}"`).find(({ pos, body }) => idIn(pos, body) === id)
    return found && Number(found.pos)
  }

  function idIn(pos: unknown, body: unknown): CommitId {
    return decodeCommit(log, Number(pos), String(body)).id
  }
}

function rangeOf(ids: readonly CommitId[]): readonly [CommitId, CommitId] {
  let [least = "", most = ""] = [ids[0], ids[0]]
  for (const id of ids) {
    if (id < least) least = id
    if (id > most) most = id
  }
  return [least, most]
}

function indexIn(ids: string, id: CommitId): number | undefined {
  let at = ids.indexOf(id)
  // Part of one id and part of the next may look like it.
  while (at >= 0 && at % idLength !== 0) at = ids.indexOf(id, at + 1)
  return at < 0 ? undefined : at / idLength
}
