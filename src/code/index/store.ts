import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { type CommitStore, openCommitStore } from "../history/commit-store.ts"
import { openVectors, type Vectors } from "../search/vectors.ts"
import { type Contents, openContents } from "./contents.ts"
import { inTransaction, openIndexDatabase } from "./database.ts"
import { dropOrphanBlocks } from "./segments.ts"
import { openTree, type Tree } from "./tree.ts"

/** An open index database, shared by the worktrees of one project. */
export interface IndexStore {
  readonly path: string
  readonly db: DatabaseSync
  readonly contents: Contents
  /** The history's side, read when first asked for. */
  readonly commits: CommitStore
  readonly rebuiltBecause: string | null
  /** Moves when memory was read again from the database: whatever was made from `contents` or a tree is void then. */
  readonly generation: number
  /** Vectors of meaning, kept in a file beside the index and opened when first asked for. Throws UnavailableError. */
  vectors(): Vectors
  /** The tree of a worktree; the same object for the same root and generation. */
  tree(root: string): Tree
  /** Stores in one transaction. When it fails, memory is read again from what is stored, and the error goes on. */
  transaction<T>(work: () => T): T
  /** Drops contents that no worktree has, when they have become many; returns how many went. */
  collectGarbage(options?: { all?: boolean }): number
  /** Merges segments while there are too many; `pause` lets others run in between. */
  compact(pause: () => Promise<void>, options?: { all?: boolean }): Promise<void>
  /** On disk, with its log, and with the vectors where they are open. */
  databaseBytes(): number
  /** Gives back what SQLite keeps of the database in memory; the next reads are slower. */
  releaseMemory(): void
  close(): void
}

/** So many unused contents are kept at least: switching a branch back then costs no parsing. */
const keptUnused = 2000

/** Opens (or makes, or makes anew) the index at `path`. Throws UnavailableError. */
export function openIndexStore(path: string): IndexStore {
  const { db, rebuiltBecause } = openIndexDatabase(path)
  dropOrphanBlocks(db)
  let contents = openContents(db)
  const trees = new Map<string, Tree>()
  let compacting: Promise<void> | undefined
  let vectors: Vectors | undefined
  let isOpen = true

  let generation = 0
  let commits: CommitStore | undefined
  const reload = () => {
    generation++
    commits = undefined
    contents = openContents(db)
    for (const root of trees.keys()) trees.set(root, openTree(db, contents, root))
  }

  return {
    path,
    db,
    rebuiltBecause,
    get contents() {
      return contents
    },
    get commits() {
      commits ??= openCommitStore(db)
      return commits
    },
    get generation() {
      return generation
    },
    vectors() {
      vectors ??= openVectors(db, join(dirname(path), "vectors.db"))
      return vectors
    },
    tree(root) {
      let tree = trees.get(root)
      if (!tree) {
        tree = openTree(db, contents, root)
        trees.set(root, tree)
      }
      return tree
    },
    transaction(work) {
      try {
        return inTransaction(db, work)
      } catch (error) {
        reload()
        throw error
      }
    },
    collectGarbage({ all = false } = {}) {
      const used = new Set<number>()
      for (const row of db.prepare("SELECT DISTINCT content FROM file WHERE content IS NOT NULL").iterate())
        used.add(Number(row.content))
      const unused = [...contents.ids()].filter((id) => !used.has(id))
      const kept = all ? 0 : Math.max(keptUnused, Math.floor(used.size / 2))
      if (unused.length <= kept) return 0
      const dropped = unused.slice(0, all ? unused.length : unused.length - Math.floor(kept / 2))
      this.transaction(() => contents.drop(dropped))
      return dropped.length
    },
    compact(pause, { all = false } = {}) {
      const again = async () => {
        await compacting?.catch(() => {})
        const isLive = (doc: number) => (contents.docs.content[doc] ?? 0) !== 0
        const guarded = async () => {
          await pause()
          if (!isOpen) throw new StoreClosed()
        }
        try {
          let first = all
          while (isOpen && (await contents.segments.merge({ isLive, pause: guarded, all: first }))) first = false
          while (isOpen && (await this.commits.segments.merge({ isLive: () => true, pause: guarded }))) await guarded()
        } catch (error) {
          if (!(error instanceof StoreClosed)) throw error
        }
      }
      compacting = again()
      return compacting
    },
    releaseMemory() {
      db.exec("PRAGMA shrink_memory")
      vectors?.releaseMemory()
    },
    databaseBytes: () =>
      ["", "-wal"].reduce(
        (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
        vectors?.sizeBytes() ?? 0,
      ),
    close() {
      if (!isOpen) return
      isOpen = false
      vectors?.close()
      db.close()
    },
  }
}

class StoreClosed extends Error {}
