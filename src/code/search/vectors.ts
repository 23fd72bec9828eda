import type { DatabaseSync } from "node:sqlite"
import { type ChunkHash, type ChunkHashes, openChunkHashes } from "../index/chunk-hashes.ts"
import { openVectorStore, type StoredVector } from "../index/vector-store.ts"
import { type VectorSpace, vectorSpace } from "./vector-space.ts"

/** Lets others run; throws to end the work. */
export type Pause = () => Promise<void>

/** The vectors of an index, stored and in memory, shared by its worktrees. */
export interface Vectors {
  readonly hashes: ChunkHashes
  /** The model's vectors in memory. Those of one model at a time are held. */
  space(model: string, pause: Pause): Promise<VectorSpace>
  put(model: string, vectors: readonly StoredVector[]): void
  /** Whether vectors of another model are stored. */
  hasOthers(model: string): boolean
  /** Drops the vectors of other models and, where `used` is given, those of chunks that are not in it. */
  keepOnly(model: string, used: ReadonlySet<ChunkHash> | undefined, pause: Pause): Promise<void>
  /** Drops all vectors of a model. */
  forget(model: string): void
  /** Runs after what was asked for before: two worktrees don't embed the same chunk at the same time. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  sizeBytes(): number
  /** Gives the memory back; the next question reads from the disk. */
  releaseMemory(): void
  close(): void
}

const pageRows = 200

/** `db` is the index's, `path` the file of the vectors. Throws UnavailableError. */
export function openVectors(db: DatabaseSync, path: string): Vectors {
  const store = openVectorStore(path)
  let held: { readonly model: string; readonly space: VectorSpace; readonly whole: Promise<VectorSpace> } | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const load = async (model: string, space: VectorSpace, pause: Pause) => {
    let last = 0
    for (;;) {
      const page = store.after(model, last, pageRows)
      if (page.length === 0) return space
      for (const vector of page) space.add(vector)
      last = page.at(-1)?.id ?? last
      await pause()
    }
  }
  return {
    hashes: openChunkHashes(db),
    space(model, pause) {
      if (held?.model === model) return held.whole
      const space = vectorSpace()
      const whole = load(model, space, pause)
      const mine = { model, space, whole }
      held = mine
      whole.catch(() => {
        if (held === mine) held = undefined
      })
      return whole
    },
    put(model, vectors) {
      store.put(model, vectors)
      if (held?.model === model) for (const vector of vectors) held.space.add(vector)
    },
    hasOthers: (model) => store.hasOthers(model),
    async keepOnly(model, used, pause) {
      await store.keepOnly(model, used, pause)
      if (used) held = undefined
    },
    forget(model) {
      store.forget(model)
      held = undefined
    },
    inTurn(work) {
      const run = turn.then(work)
      turn = run.catch(() => {})
      return run
    },
    sizeBytes: () => store.sizeBytes(),
    releaseMemory() {
      held = undefined
    },
    close: () => store.close(),
  }
}
