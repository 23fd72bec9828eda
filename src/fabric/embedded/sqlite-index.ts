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
 * when the log is opened. Ids are kept in runs, each a text of the ids of successive positions: they are all but
 * sorted, since writers make them in order of time, so a run's least and greatest id tell whether it has to be read.
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
  /** Writes what an index had up to `pos` into an empty one; within a transaction, and to be followed by `load`. */
  restore(pos: Position, heads: readonly (readonly [StreamId, Head])[], ids: string): void
  /** Forgets what is in memory and reads the commits that are not indexed. */
  load(): void
}

export function logIndex(log: LogId, db: DatabaseSync): LogIndex {
  const setHead = db.prepare(
    "insert into heads (stream, head) values (?, ?) on conflict do update set head = excluded.head",
  )
  const addRun = db.prepare("insert into id_runs (after, least, greatest, ids) values (?, ?, ?, ?)")
  const getHead = db.prepare("select head from heads where stream = ?")
  const getRuns = db.prepare("select after, ids from id_runs where greatest >= ? and least <= ?")
  const setIndexed = db.prepare("update about set value = ? where key = 'indexed'")
  /** Heads as they are; those above `indexed` are not in the table yet. */
  const heads = new Map<StreamId, Head>()
  /** Ids that are not in the table yet, in the order of their positions. */
  const places = new Map<CommitId, Position>()
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
      const known = places.get(id)
      if (known !== undefined) return known
      for (const { after, ids } of getRuns.all(id, id)) {
        const at = indexIn(String(ids), id)
        if (at >= 0) return Number(after) + at + 1
      }
      return undefined
    },
    add(id, stream, pos) {
      heads.set(stream, pos)
      places.set(id, pos)
      if (id > greatest) greatest = id
    },
    isDue: () => places.size >= maxUnwritten,
    isWritten: () => places.size === 0,
    write() {
      for (const [stream, head] of heads) if (head > indexed) setHead.run(stream, head)
      const ids = [...places.keys()]
      const sorted = ids.toSorted()
      addRun.run(indexed, sorted[0] ?? "", sorted.at(-1) ?? "", ids.join(""))
      setIndexed.run(indexed + ids.length)
    },
    written() {
      indexed += places.size
      places.clear()
      if (heads.size > maxCachedHeads) heads.clear()
    },
    restore(pos, restored, ids) {
      for (const [stream, head] of restored) if (head <= pos) setHead.run(stream, head)
      for (let after = 0; after < pos; after += maxUnwritten) {
        const run = ids.slice(after * idLength, Math.min(after + maxUnwritten, pos) * idLength)
        const sorted = (run.match(/.{26}/g) ?? []).sort()
        if (sorted.length > 0) addRun.run(after, sorted[0] ?? "", sorted.at(-1) ?? "", run)
      }
      setIndexed.run(pos)
    },
    load() {
      heads.clear()
      places.clear()
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
}

function indexIn(ids: string, id: CommitId): number {
  let at = ids.indexOf(id)
  // Part of one id and part of the next may look like it.
  while (at >= 0 && at % idLength !== 0) at = ids.indexOf(id, at + 1)
  return at < 0 ? -1 : at / idLength
}
