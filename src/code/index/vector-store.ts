import { statSync } from "node:fs"
import type { ChunkHash } from "./chunk-hashes.ts"
import { type DatabaseKind, inTransaction, openIndexDatabase } from "./database.ts"

const kind: DatabaseKind = {
  what: "store of vectors",
  /** "RDuv" */
  applicationId: 0x52447576,
  version: 1,
  schema: `
    CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE vector (
      id INTEGER PRIMARY KEY AUTOINCREMENT, model INTEGER NOT NULL, chunk BLOB NOT NULL, scale REAL NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX vector_by_chunk ON vector (model, chunk);
  `,
}

/** A vector of length 1 as signed bytes: each times `scale` is the component. Without bytes: no model took the text. */
export interface StoredVector {
  readonly chunk: ChunkHash
  readonly scale: number
  readonly bytes: Int8Array
}

/**
 * Vectors by model and chunk, in a file of their own beside the index: the index is built anew whenever its form changes,
 * and vectors have cost time or money.
 */
export interface VectorStore {
  /** Stores all in one transaction, in the place of what there was for their chunks. */
  put(model: string, vectors: readonly StoredVector[]): void
  /** Those stored after `id`, at most `limit`, in the order of their ids. */
  after(model: string, id: number, limit: number): readonly (StoredVector & { readonly id: number })[]
  /** Whether vectors of another model are stored. */
  hasOthers(model: string): boolean
  /**
   * Drops the vectors of other models and, where `used` is given, the model's of chunks that are not in it. `pause` lets
   * others run in between, and may throw to end it.
   */
  keepOnly(model: string, used: ReadonlySet<ChunkHash> | undefined, pause: () => Promise<void>): Promise<void>
  /** Drops all vectors of a model. */
  forget(model: string): void
  sizeBytes(): number
  close(): void
}

/** Rows that are looked through at a time: about a millisecond. */
const pageRows = 300

/** Throws UnavailableError. A damaged file is made anew: what was in it can be had again. */
export function openVectorStore(path: string): VectorStore {
  const { db } = openIndexDatabase(path, kind)
  const findModel = db.prepare("SELECT id FROM model WHERE name = ?")
  const addModel = db.prepare("INSERT INTO model (name) VALUES (?) RETURNING id")
  const add = db.prepare("INSERT OR REPLACE INTO vector (model, chunk, scale, bytes) VALUES (?, ?, ?, ?)")
  // With the plus it goes by id and does not gather all of the model's by their index first.
  const read = db.prepare("SELECT id, chunk, scale, bytes FROM vector WHERE id > ? AND +model = ? ORDER BY id LIMIT ?")
  const ids = db.prepare("SELECT id, model, chunk FROM vector WHERE id > ? ORDER BY id LIMIT ?")
  const others = db.prepare("SELECT 1 FROM vector WHERE model != ? LIMIT 1")
  const drop = db.prepare("DELETE FROM vector WHERE id = ?")
  const dropModel = db.prepare("DELETE FROM vector WHERE model = ?")
  const modelOf = (name: string): number => Number((findModel.get(name) ?? addModel.get(name))?.id)

  return {
    put(name, vectors) {
      inTransaction(db, () => {
        const model = modelOf(name)
        for (const { chunk, scale, bytes } of vectors)
          add.run(model, Buffer.from(chunk, "hex"), scale, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
      })
    },
    after(name, id, limit) {
      const model = findModel.get(name)?.id
      if (model === undefined) return []
      return read.all(id, model, limit).map((row) => {
        // Our own rows, in tables whose version was checked.
        const { id, chunk, scale, bytes } = row as unknown as VectorRow
        return {
          id,
          chunk: Buffer.from(chunk).toString("hex"),
          scale,
          bytes: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
        }
      })
    },
    hasOthers: (name) => others.get(modelOf(name)) !== undefined,
    async keepOnly(name, used, pause) {
      const model = modelOf(name)
      const isKept = (row: IdRow) => row.model === model && (!used || used.has(Buffer.from(row.chunk).toString("hex")))
      for (let last = 0; ; ) {
        // Our own rows, in tables whose version was checked.
        const page = ids.all(last, pageRows) as unknown as IdRow[]
        if (page.length === 0) return
        inTransaction(db, () => {
          for (const row of page) if (!isKept(row)) drop.run(row.id)
        })
        last = page.at(-1)?.id ?? last
        await pause()
      }
    },
    forget(name) {
      dropModel.run(modelOf(name))
    },
    sizeBytes: () =>
      ["", "-wal"].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0),
    close: () => db.close(),
  }
}

interface VectorRow {
  readonly id: number
  readonly chunk: Uint8Array
  readonly scale: number
  readonly bytes: Uint8Array
}

interface IdRow {
  readonly id: number
  readonly model: number
  readonly chunk: Uint8Array
}
