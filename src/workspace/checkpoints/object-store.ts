import { hash as digest } from "node:crypto"
import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { diskIsFull, SnapshotDamagedError, storeError } from "./errors.ts"
import { openDatabase } from "./store-database.ts"

/**
 * Bytes by their SHA-256. Small objects are gathered into blocks that are compressed as one: 20,000 files cost a
 * hundred compressions and not 20,000, and equal lines of different files are stored once.
 */
export interface ObjectStore {
  /** Stores bytes, once, and gives their hash. They are durable after `flush`. */
  put(bytes: Uint8Array): string
  has(hash: string): boolean
  /** Throws SnapshotDamagedError when they are missing or no longer what they were. */
  get(hash: string): Uint8Array
  /** Makes all that was put durable, together with what `also` writes to the database. */
  flush(also?: (db: DatabaseSync) => void): void
  /** Forgets what was put and not flushed. */
  discard(): void
  /** Removes every object that `isLive` does not name, and gives the space back. */
  sweep(isLive: (hash: string) => boolean): Swept
  size(): { readonly objects: number; readonly rawBytes: number; readonly storedBytes: number }
  /** How large an object is when it is not compressed; undefined when it is not here. */
  rawBytesOf(hash: string): number | undefined
  /** Moves whenever objects are removed: what was known to be stored may no longer be. */
  readonly generation: number
  readonly db: DatabaseSync
  close(): void
}

export interface Swept {
  readonly objects: number
  readonly freedBytes: number
}

const blockBytes = 512 * 1024
/** Of so much that is not flushed a transaction is made, lest memory and the journal grow with the tree. */
const unflushedBytes = 32 * 1024 * 1024
/** So much of the disk is left to the log. */
const reservedBytes = 16 * 1024 * 1024
/** Opens the store at `path`, or makes it. Throws UnavailableError. */
export function openObjectStore(path: string): ObjectStore {
  try {
    return objectStore(openDatabase(path), dirname(path))
  } catch (thrown) {
    throw storeError(thrown)
  }
}

interface Pending {
  readonly hash: string
  readonly bytes: Uint8Array
}

function objectStore(db: DatabaseSync, folder: string): ObjectStore {
  const findObject = db.prepare("SELECT block, at, length FROM object WHERE hash = ?")
  const findBlock = db.prepare("SELECT is_compressed, raw, bytes FROM block WHERE id = ?")
  const addBlock = db.prepare("INSERT INTO block (raw, stored, is_compressed, bytes) VALUES (?, ?, ?, ?)")
  const addObject = db.prepare("INSERT OR REPLACE INTO object (hash, block, at, length) VALUES (?, ?, ?, ?)")
  const unflushed = new Map<string, Uint8Array>()
  let unflushedSize = 0
  let lastBlock: { id: number; bytes: Uint8Array } | undefined
  const readGeneration = db.prepare("SELECT generation FROM state")

  const inTransaction = <T>(work: () => T): T => {
    try {
      db.exec("BEGIN IMMEDIATE")
      const result = work()
      db.exec("COMMIT")
      return result
    } catch (thrown) {
      if (db.isTransaction) db.exec("ROLLBACK")
      shrinkJournal(db)
      throw storeError(thrown)
    }
  }

  const writeBlock = (members: readonly Pending[]) => {
    if (members.length === 0) return
    const raw = Buffer.concat(members.map(({ bytes }) => bytes))
    const packed = zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
    const isCompressed = packed.length < raw.length * 0.95
    const stored = isCompressed ? packed : raw
    const id = addBlock.run(raw.length, stored.length, isCompressed ? 1 : 0, stored).lastInsertRowid
    let at = 0
    for (const { hash, bytes } of members) {
      addObject.run(Buffer.from(hash, "hex"), id, at, bytes.length)
      at += bytes.length
    }
  }
  const writeAll = (objects: Iterable<Pending>) => {
    let block: Pending[] = []
    let size = 0
    for (const object of objects) {
      // A large object has a block of its own: reading it should not cost reading others, and it goes alone.
      if (object.bytes.length >= blockBytes / 2) {
        writeBlock([object])
        continue
      }
      block.push(object)
      size += object.bytes.length
      if (size < blockBytes) continue
      writeBlock(block)
      block = []
      size = 0
    }
    writeBlock(block)
  }

  /** A disk filled to the brim by checkpoints would stop the log, and everything with it. */
  const mustHaveRoom = () => {
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < unflushedSize + reservedBytes) throw diskIsFull()
  }

  function flush(also?: (db: DatabaseSync) => void): void {
    if (unflushed.size === 0 && !also) return
    mustHaveRoom()
    inTransaction(() => {
      writeAll(Array.from(unflushed, ([hash, bytes]) => ({ hash, bytes })))
      also?.(db)
    })
    discard()
  }
  function discard() {
    unflushed.clear()
    unflushedSize = 0
  }

  const readBlock = (id: number, hash: string): Uint8Array => {
    if (lastBlock?.id === id) return lastBlock.bytes
    const row = findBlock.get(id)
    if (!(row?.bytes instanceof Uint8Array)) throw new SnapshotDamagedError(hash, "its block is missing")
    let bytes = row.bytes
    try {
      if (row.is_compressed === 1) bytes = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, Number(row.raw)) })
    } catch (cause) {
      throw new SnapshotDamagedError(hash, "its block can't be decompressed", cause)
    }
    lastBlock = { id, bytes }
    return bytes
  }

  return {
    db,
    get generation() {
      return Number(readGeneration.get()?.generation)
    },
    put(bytes) {
      const hash = digest("sha256", bytes, "hex")
      if (unflushed.has(hash) || findObject.get(Buffer.from(hash, "hex"))) return hash
      unflushed.set(hash, bytes)
      unflushedSize += bytes.length
      if (unflushedSize >= unflushedBytes) flush()
      return hash
    },
    has: (hash) => unflushed.has(hash) || findObject.get(Buffer.from(hash, "hex")) !== undefined,
    get(hash) {
      const waiting = unflushed.get(hash)
      if (waiting) return waiting
      try {
        const row = findObject.get(Buffer.from(hash, "hex"))
        if (!row) throw new SnapshotDamagedError(hash, "it is not in the store")
        const block = readBlock(Number(row.block), hash)
        const bytes = block.subarray(Number(row.at), Number(row.at) + Number(row.length))
        if (digest("sha256", bytes, "hex") !== hash) throw new SnapshotDamagedError(hash, "it has another hash now")
        return bytes
      } catch (thrown) {
        throw storeError(thrown)
      }
    },
    flush,
    discard,
    sweep(isLive) {
      lastBlock = undefined
      const before = sizeOf(db).storedBytes
      let removed = 0
      inTransaction(() => {
        const blocks = new Map<number, { live: { hash: string; length: number }[]; dead: string[] }>()
        for (const row of db.prepare("SELECT hash, block, length FROM object").iterate()) {
          const hash = Buffer.from(row.hash as Uint8Array).toString("hex")
          const id = Number(row.block)
          const block = blocks.get(id) ?? { live: [], dead: [] }
          blocks.set(id, block)
          if (isLive(hash)) block.live.push({ hash, length: Number(row.length) })
          else block.dead.push(hash)
        }
        const dropObject = db.prepare("DELETE FROM object WHERE hash = ?")
        const dropBlock = db.prepare("DELETE FROM block WHERE id = ?")
        for (const [id, { live, dead }] of blocks) {
          if (dead.length === 0) continue
          removed += dead.length
          const raw = Number(findBlock.get(id)?.raw ?? 0)
          const used = live.reduce((sum, { length }) => sum + length, 0)
          // A block that is mostly live stays as it is: writing it anew would cost more than it gives.
          if (used < raw / 2) {
            writeAll(live.map(({ hash }) => ({ hash, bytes: this.get(hash) })))
            dropBlock.run(id)
          }
          for (const hash of dead) dropObject.run(Buffer.from(hash, "hex"))
        }
        // Who remembers what is stored has to look again; kept where every opener of the file sees it.
        if (removed > 0) db.exec("UPDATE state SET generation = generation + 1")
      })
      lastBlock = undefined
      if (removed > 0) db.exec("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")
      return { objects: removed, freedBytes: Math.max(0, before - sizeOf(db).storedBytes) }
    },
    size: () => sizeOf(db),
    rawBytesOf(hash) {
      const row = findObject.get(Buffer.from(hash, "hex"))
      return row ? Number(row.length) : undefined
    },
    close() {
      if (db.isOpen) db.close()
    },
  }
}

/** What did not fit must not go on filling the disk. */
function shrinkJournal(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  } catch {
    // The error that led here says what is wrong.
  }
}

function sizeOf(db: DatabaseSync) {
  const objects = Number(db.prepare("SELECT count(*) AS n FROM object").get()?.n)
  const blocks = db.prepare("SELECT total(raw) AS raw, total(stored) AS stored FROM block").get()
  return { objects, rawBytes: Number(blocks?.raw), storedBytes: Number(blocks?.stored) }
}
