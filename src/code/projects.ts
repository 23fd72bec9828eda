import { createHash } from "node:crypto"
import { rm } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { type Clock, systemClock } from "../base/clock.ts"
import { CancelledError } from "../base/errors.ts"
import { abortable } from "../base/signal.ts"
import { type Logger, silentLogger } from "../observe/log.ts"
import type { Analyser } from "./index/analyser.ts"
import { openIndex } from "./index/open-index.ts"
import { type IndexStore, openIndexStore } from "./index/store.ts"
import { variantOf } from "./index/variant.ts"
import type { ParserPool } from "./parse/parser-pool.ts"
import { parserProcess } from "./parse/parser-process.ts"
import { openProject, type Project } from "./project.ts"
import { type ProjectPlace, placeAt, rootAround } from "./project-place.ts"
import type { Embedder } from "./search/embedder.ts"

export type { Project } from "./project.ts"
export { ProjectRefusedError } from "./project-place.ts"

export interface Projects {
  /**
   * The project around a folder, opened and on its way to being indexed. Throws NotFoundError (no such folder), ProjectRefusedError
   * (a file, not readable) and ProjectRootRefusedError (a home folder, the root of the disk).
   */
  open(folder: string, options?: { readonly signal?: AbortSignal }): Promise<Project>
  /**
   * Closes the project and the worktrees it shares its index with, drops that index and opens the project anew: all of it
   * is indexed again from the files. Whoever still uses the old project hears that it was closed.
   */
  rebuild(folder: string, options?: { readonly signal?: AbortSignal }): Promise<Project>
  /** Those open now. */
  list(): readonly Project[]
  /** Gives back the memory that only makes the next question quicker. */
  releaseMemory(): void
  close(): Promise<void>
}

export interface ProjectsOptions {
  /** Indexes are kept in `<dataFolder>/indexes`. */
  readonly dataFolder: string
  /** Shared parsers; without it the projects have a process of their own for them. */
  readonly pool?: ParserPool
  /** The model that is chosen now for search by meaning in the project with this root, if any. */
  readonly embedder?: (root: string) => Embedder | undefined
  readonly logger?: Logger
  readonly clock?: Clock
  /** A project nobody asked for in this time is closed; default 30 minutes. */
  readonly idleMs?: number
  /** Whether file changes are followed; default true. */
  readonly watches?: boolean
  readonly home?: string
}

interface SharedStore {
  readonly store: IndexStore
  users: number
}

interface Entry {
  readonly project: Project
  usedAtMs: number
}

/** Opens projects over one data folder. Worktrees of one repository share an index database. */
export function openProjects(options: ProjectsOptions): Projects {
  const {
    dataFolder,
    embedder,
    logger = silentLogger,
    clock = systemClock,
    idleMs = 30 * 60_000,
    watches = true,
  } = options
  const pool = options.pool ?? parserProcess()
  const analyser: Analyser = {
    variantOf,
    width: pool.width,
    analyse: (path, bytes) => pool.analyse({ path, bytes }),
  }
  const home = options.home ?? homedir()
  const entries = new Map<string, Entry>()
  const leaving = new Map<string, Promise<void>>()
  const stores = new Map<string, SharedStore>()
  const closing = new AbortController()

  /** Folder of the index that all worktrees of a repository share. */
  const storeFolderOf = ({ git, root }: Pick<Project, "git" | "root">) => {
    const identity = git?.commonDir ?? root
    return join(dataFolder, "indexes", createHash("sha256").update(identity).digest("hex").slice(0, 20))
  }
  const takeStore = (folder: string): SharedStore => {
    const path = join(folder, "index.db")
    let shared = stores.get(path)
    if (!shared) {
      shared = { store: openIndexStore(path), users: 0 }
      stores.set(path, shared)
      const why = shared.store.rebuiltBecause
      if (why !== null) logger.warn("the index could not be used and is built anew", { path, why })
    }
    shared.users++
    return shared
  }
  const giveStore = (shared: SharedStore) => {
    if (--shared.users > 0) return
    stores.delete(shared.store.path)
    shared.store.close()
  }

  const begin = (place: ProjectPlace): Project => {
    const shared = takeStore(storeFolderOf(place))
    const { root, git } = place
    const chosen = embedder && (() => embedder(root))
    const index = openIndex({ root, git, store: shared.store, analyser, embedder: chosen, logger, clock })
    const onClosed = () => {
      giveStore(shared)
      if (entries.get(root)?.project.index === index) entries.delete(root)
    }
    return openProject({ place, index, watches, logger, onClosed })
  }
  const end = (root: string, entry: Entry): Promise<void> => {
    if (entries.get(root) === entry) entries.delete(root)
    const left = entry.project.close().finally(() => leaving.delete(root))
    leaving.set(root, left)
    return left
  }

  async function closeIdle() {
    for (;;) {
      await clock.sleep(idleMs / 4, closing.signal)
      for (const [root, entry] of entries) {
        const { progress, index } = entry.project
        const isBusy = progress !== null || index.meaning()?.state === "embedding"
        if (isBusy || clock.now() - entry.usedAtMs < idleMs) continue
        logger.info("closing a project that nobody has asked for in a while", { root })
        await end(root, entry)
      }
    }
  }
  // Ends by the signal, when everything closes.
  closeIdle().catch((error) => {
    if (!closing.signal.aborted) logger.error("idle projects are not closed any more", { error })
  })

  async function open(folder: string): Promise<Project> {
    const root = await rootAround(folder, home)
    let entry = entries.get(root)
    if (!entry) {
      const place = await placeAt(root)
      await leaving.get(root)
      if (closing.signal.aborted) throw new CancelledError("The projects were closed.")
      // Another call may have opened it meanwhile.
      entry = entries.get(root) ?? { project: begin(place), usedAtMs: 0 }
      entries.set(root, entry)
    }
    entry.usedAtMs = clock.now()
    return entry.project
  }

  async function rebuild(folder: string): Promise<Project> {
    const stored = storeFolderOf(await placeAt(await rootAround(folder, home)))
    const sharing = [...entries].filter(([, { project }]) => storeFolderOf(project) === stored)
    await Promise.all(sharing.map(([root, entry]) => end(root, entry)))
    // A project may have been opened in the meantime: then the store is in use, and its files are not touched.
    // Vectors belong to texts, whichever index has them, and have cost time or money: they stay.
    const path = join(stored, "index.db")
    if (!stores.has(path))
      await Promise.all(["", "-wal", "-shm"].map((suffix) => rm(path + suffix, { recursive: true, force: true })))
    return open(folder)
  }

  return {
    rebuild: (folder, { signal } = {}) => (signal ? abortable(signal, () => rebuild(folder)) : rebuild(folder)),
    open: (folder, { signal } = {}) => (signal ? abortable(signal, () => open(folder)) : open(folder)),
    list: () => [...entries.values()].map(({ project }) => project),
    releaseMemory() {
      for (const { store } of stores.values()) store.releaseMemory()
    },
    async close() {
      closing.abort()
      await Promise.all([...entries].map(([root, entry]) => end(root, entry)))
      await Promise.all(leaving.values())
      if (!options.pool) await pool.close()
    },
  }
}
