import type { DatabaseSync } from "node:sqlite"
import { inTransaction } from "./database.ts"
import { fieldCount, onceBit } from "./fields.ts"
import type { FilePostings } from "./postings.ts"
import { orderByKey } from "./radix.ts"
import { type ByteReader, type ByteWriter, byteReader, byteWriter } from "./varint.ts"

/** Postings of one batch before they are numbered: the file's first document number in the index, and its lists. */
export interface SegmentPart {
  readonly firstDoc: number
  readonly postings: FilePostings
}

/**
 * The inverted index: immutable segments, each a run of documents with its sorted posting lists, cut into blocks of about
 * a page. A batch writes one; when there are many of a size they are merged, and lists of dropped documents go with it.
 */
export interface Segments {
  /** Stores a batch; inside the caller's transaction. Documents must be numbered above all that are there. */
  write(parts: readonly SegmentPart[], firstDoc: number, lastDoc: number): void
  /** The posting lists of a key, in ascending order of documents. */
  lists(key: number): Uint8Array[]
  /** Merges where there are many small segments, in slices; `isLive` says which documents are kept. */
  merge(options: { isLive: (doc: number) => boolean; pause: () => Promise<void>; all?: boolean }): Promise<boolean>
  /** Every key with its lists; for tests and audits. */
  keys(): Iterable<{ key: number; lists: Uint8Array[] }>
  readonly count: number
  readonly bytes: number
}

interface Segment {
  readonly id: number
  readonly firstDoc: number
  readonly lastDoc: number
  readonly bytes: number
  /** First key of each block. */
  readonly directory: Float64Array
}

// A row with its header must fit a page of 4096 bytes, or SQLite puts the rest on overflow pages.
const blockBytes = 3900
const blocksPerSegment = 2 ** 24
const mergeAt = 8

/** Opens the segments of one space of documents: 0 is code, 1 commits. */
export function openSegments(db: DatabaseSync, space: 0 | 1): Segments {
  const putBlock = db.prepare("INSERT INTO block (id, data) VALUES (?, ?)")
  const getBlock = db.prepare("SELECT data FROM block WHERE id = ?")
  const dropBlocks = db.prepare("DELETE FROM block WHERE id >= ? AND id < ?")
  const putSegment = db.prepare(
    `INSERT INTO segment (id, space, first_doc, last_doc, blocks, bytes, directory, is_ready)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
  )
  const dropSegment = db.prepare("DELETE FROM segment WHERE id = ?")
  let segments: Segment[] = (
    db
      .prepare("SELECT id, first_doc, last_doc, bytes, directory FROM segment WHERE space = ? ORDER BY first_doc")
      .all(space) as unknown as {
      id: number
      first_doc: number
      last_doc: number
      bytes: number
      directory: Uint8Array
    }[]
  ).map((row) => ({
    id: row.id,
    firstDoc: row.first_doc,
    lastDoc: row.last_doc,
    bytes: row.bytes,
    directory: new Float64Array(row.directory.slice().buffer),
  }))

  // Spaces share the table: each takes every second number. Blocks of a merge that was cut off count as well.
  const lastSegment = Number(db.prepare("SELECT max(id) AS id FROM segment").get()?.id ?? 0)
  const lastBlock = Number(db.prepare("SELECT max(id) AS id FROM block").get()?.id ?? 0)
  let lastId = (Math.ceil(Math.max(lastSegment, Math.floor(lastBlock / blocksPerSegment)) / 2) + 1) * 2 + space
  const newId = () => {
    lastId += 2
    return lastId
  }
  const blocksOf = (id: number) => [id * blocksPerSegment, (id + 1) * blocksPerSegment] as const
  const read = (segment: Segment, block: number): Uint8Array => {
    const row = getBlock.get(segment.id * blocksPerSegment + block)
    return row?.data instanceof Uint8Array ? row.data : new Uint8Array(0)
  }
  /** Cuts sorted lists into blocks and stores them as they fill. */
  const blockWriter = (id: number) => {
    const block = byteWriter(blockBytes * 2)
    const directory: number[] = []
    let previousKey = 0
    let bytes = 0
    const flush = () => {
      if (block.length === 0) return
      putBlock.run(id * blocksPerSegment + directory.length - 1, block.view())
      bytes += block.length
      block.clear()
    }
    return {
      add(key: number, list: ByteWriter) {
        if (block.length > 0 && block.length + list.length + 12 > blockBytes) flush()
        if (block.length === 0) {
          directory.push(key)
          previousKey = key
        }
        block.varint(key - previousKey)
        block.varint(list.length)
        block.bytes(list.view(), 0, list.length)
        previousKey = key
      },
      flush,
      end(firstDoc: number, lastDoc: number): Segment {
        flush()
        const keys = Float64Array.from(directory)
        putSegment.run(id, space, firstDoc, lastDoc, keys.length, bytes, new Uint8Array(keys.buffer))
        return { id, firstDoc, lastDoc, bytes, directory: keys }
      },
    }
  }

  const write = (parts: readonly SegmentPart[], firstDoc: number, lastDoc: number) => {
    const { part, term } = orderByKey(parts.map(({ postings }) => postings.keys))
    const bases = parts.map((one) => one.firstDoc)
    const keysOfPart = parts.map((one) => one.postings.keys)
    const spansOfPart = parts.map((one) => one.postings.spans)
    const bytesOfPart = parts.map((one) => one.postings.bytes)
    const noNumbers = new Uint32Array()
    const noBytes = new Uint8Array()
    const writer = blockWriter(newId())
    const list = byteWriter()
    let key = -1
    let previous = 0
    for (let at = 0; at < part.length; at++) {
      const from = part[at] ?? 0
      const index = term[at] ?? 0
      const here = keysOfPart[from]?.[index] ?? 0
      if (here !== key) {
        if (list.length > 0) writer.add(key, list)
        list.clear()
        key = here
        previous = 0
      }
      const spans = spansOfPart[from] ?? noNumbers
      const base = bases[from] ?? 0
      list.varint(base + (spans[index * 4] ?? 0) - previous)
      list.bytes(bytesOfPart[from] ?? noBytes, spans[index * 4 + 2] ?? 0, spans[index * 4 + 3] ?? 0)
      previous = base + (spans[index * 4 + 1] ?? 0)
    }
    if (list.length > 0) writer.add(key, list)
    segments = [...segments, writer.end(firstDoc, lastDoc)]
  }

  function* keysOf(segment: Segment): Generator<{ key: number; list: Uint8Array }> {
    for (let block = 0; block < segment.directory.length; block++) {
      const data = read(segment, block)
      const reader = byteReader(data)
      let key = segment.directory[block] ?? 0
      while (reader.at < reader.end) {
        key += reader.varint()
        const length = reader.varint()
        yield { key, list: data.subarray(reader.at, reader.at + length) }
        reader.at += length
      }
    }
  }

  function* mergedKeys(sources: readonly Segment[]): Generator<{ key: number; lists: Uint8Array[] }> {
    const heads = sources.map((segment) => ({ rows: keysOf(segment) })).map(({ rows }) => ({ rows, now: rows.next() }))
    for (;;) {
      let least = Number.POSITIVE_INFINITY
      for (const { now } of heads) if (!now.done && now.value.key < least) least = now.value.key
      if (least === Number.POSITIVE_INFINITY) return
      const lists: Uint8Array[] = []
      for (const head of heads) {
        if (head.now.done || head.now.value.key !== least) continue
        lists.push(head.now.value.list)
        head.now = head.rows.next()
      }
      yield { key: least, lists }
    }
  }

  return {
    get count() {
      return segments.length
    },
    get bytes() {
      return segments.reduce((sum, segment) => sum + segment.bytes, 0)
    },
    write,
    lists(key) {
      const found: Uint8Array[] = []
      for (const segment of segments) {
        const block = blockOf(segment.directory, key)
        if (block < 0) continue
        const list = findList(read(segment, block), segment.directory[block] ?? 0, key)
        if (list) found.push(list)
      }
      return found
    },
    keys: () => mergedKeys(segments),
    async merge({ isLive, pause, all = false }) {
      const chosen = all && segments.length > 1 ? segments : mergeable(segments)
      if (chosen.length === 0) return false
      const firstDoc = chosen[0]?.firstDoc ?? 0
      const lastDoc = chosen.at(-1)?.lastDoc ?? 0
      const writer = blockWriter(newId())
      const list = byteWriter(1 << 16)
      const rows = mergedKeys(chosen)
      let row = rows.next()
      // Blocks without a segment are invisible: each slice may be committed by itself, and a kill leaves orphans only.
      while (!row.done) {
        inTransaction(db, () => {
          const stopAt = performance.now() + 10
          while (!row.done && performance.now() < stopAt) {
            for (let n = 0; n < 200 && !row.done; n++, row = rows.next()) {
              copyLive(row.value.lists, isLive, list)
              if (list.length > 0) writer.add(row.value.key, list)
            }
          }
          writer.flush()
        })
        await pause()
      }
      inTransaction(db, () => {
        const merged = writer.end(firstDoc, lastDoc)
        for (const { id } of chosen) dropSegment.run(id)
        const gone = new Set(chosen)
        segments = [...segments.filter((segment) => !gone.has(segment)), merged].sort((a, b) => a.firstDoc - b.firstDoc)
      })
      for (const { id } of chosen) {
        inTransaction(db, () => dropBlocks.run(...blocksOf(id)))
        await pause()
      }
      return true
    },
  }
}

/** Removes blocks that belong to no segment: what a merge that was cut off has left. Before the segments are opened. */
export function dropOrphanBlocks(db: DatabaseSync): void {
  const segment = db.prepare("SELECT 1 FROM segment WHERE id = ?")
  const nextBlock = db.prepare("SELECT id FROM block WHERE id >= ? ORDER BY id LIMIT 1")
  const drop = db.prepare("DELETE FROM block WHERE id >= ? AND id < ?")
  for (let next = nextBlock.get(0); next; ) {
    const id = Math.floor(Number(next.id) / blocksPerSegment)
    const end = (id + 1) * blocksPerSegment
    if (!segment.get(id)) drop.run(id * blocksPerSegment, end)
    next = nextBlock.get(end)
  }
}

/** The neighbours to merge: the first run of `mergeAt` or more of about one size, small ones first. */
function mergeable(segments: readonly Segment[]): readonly Segment[] {
  const levelOf = ({ bytes }: Segment) => Math.max(0, Math.floor(Math.log(bytes / 20_000) / Math.log(mergeAt)))
  for (let level = 0; level < 12; level++) {
    let start = 0
    for (let at = 0; at <= segments.length; at++) {
      const segment = segments[at]
      if (segment && levelOf(segment) <= level) continue
      if (at - start >= mergeAt) return segments.slice(start, at)
      start = at + 1
    }
  }
  return []
}

/** The block in which a key would be: the last whose first key is not above it. */
function blockOf(directory: Float64Array, key: number): number {
  let low = 0
  let high = directory.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((directory[middle] ?? 0) <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}

function findList(block: Uint8Array, firstKey: number, key: number): Uint8Array | undefined {
  const reader = byteReader(block)
  let at = firstKey
  while (reader.at < reader.end) {
    at += reader.varint()
    const length = reader.varint()
    if (at === key) return block.subarray(reader.at, reader.at + length)
    if (at > key) return undefined
    reader.at += length
  }
  return undefined
}

/** Joins lists of ascending documents into `out`, without those that are not live. */
function copyLive(lists: readonly Uint8Array[], isLive: (doc: number) => boolean, out: ByteWriter) {
  out.clear()
  let previous = 0
  for (const list of lists) {
    const reader = byteReader(list)
    let doc = 0
    while (reader.at < reader.end) {
      doc += reader.varint()
      const start = reader.at
      skipFields(reader)
      if (!isLive(doc)) continue
      out.varint(doc - previous)
      out.bytes(list, start, reader.at)
      previous = doc
    }
  }
}

function skipFields(reader: ByteReader) {
  const fields = reader.byte()
  if ((fields & onceBit) !== 0) return
  for (let field = 3; field < fieldCount; field++) if ((fields & (1 << field)) !== 0) reader.at++
}
