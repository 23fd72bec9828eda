import type { CoverageLimits } from "./coverage.ts"
import { TreeMovedError } from "./errors.ts"
import type { CheckpointMade } from "./history-events.ts"
import type { ObjectStore } from "./object-store.ts"
import { type Snapshot, scan } from "./scan.ts"
import { statAhead } from "./stat-ahead.ts"
import { type FileStat, type StatCache, statCache } from "./stat-cache.ts"

/** A folder that checkpoints cover. */
export interface Base {
  /** "" for the project's root; else absolute: what shown paths begin with. */
  readonly path: string
  /** Real and absolute. */
  readonly root: string
}

/** What a look at all bases found, and stored. */
export type Taken = Pick<CheckpointMade, "bases" | "files" | "bytes" | "uncovered" | "uncoveredCount" | "changing">

export interface Taker {
  /**
   * Looks at all of it and stores what is new, durably. `coversAnyway` is asked for folders of dependencies, by shown
   * path. Throws CancelledError, TreeMovedError, UnavailableError (disk full).
   */
  take(options?: TakeOptions): Promise<Taken>
  /** What a path looked like at the last look. */
  statOf(base: Base, path: string): FileStat | undefined
  retain(isLive: (hash: string) => boolean): void
  close(): Promise<void>
}
export interface TakeOptions {
  readonly coversAnyway?: ((path: string) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
}

/** So much of what is not covered stands in an event; the rest is counted. */
const maxNamed = 50
const attempts = 3

export function taker(options: {
  readonly bases: readonly Base[]
  readonly store: ObjectStore
  readonly limits: CoverageLimits
  readonly dataFolder: string
  readonly now: () => number
}): Taker {
  const { bases, store } = options
  let caches = new Map<Base, StatCache>()
  let generation = -1
  const ahead = statAhead()
  let looks = 0

  /** Somebody else may have removed objects that the cache names. */
  const cacheOf = (base: Base): StatCache => {
    if (generation !== store.generation) {
      caches = new Map()
      generation = store.generation
    }
    const cache = caches.get(base) ?? statCache(store, base.path)
    caches.set(base, cache)
    return cache
  }

  /** A look at one base, stored for good. */
  async function look(base: Base, { coversAnyway, signal }: TakeOptions): Promise<Snapshot> {
    const covers = coversAnyway && ((path: string) => coversAnyway(shownPath(base, path)))
    const others = bases.filter((one) => one !== base).map(({ root }) => root)
    for (let attempt = 1; ; attempt++) {
      try {
        const cache = cacheOf(base)
        // Who looks once is done before a second thread has started.
        const helper = looks++ > 0 ? ahead : undefined
        const found = await scan({ ...options, ...base, cache, others, coversAnyway: covers, ahead: helper, signal })
        store.flush(cache.isChanged() ? () => cache.write() : undefined)
        return found
      } catch (thrown) {
        store.discard()
        // The cache may name what was just discarded.
        caches.delete(base)
        if (!(thrown instanceof TreeMovedError) || attempt === attempts) throw thrown
      }
    }
  }

  return {
    async take(how = {}) {
      const taken: (Snapshot & { readonly base: Base })[] = []
      for (const base of bases) taken.push({ ...(await look(base, how)), base })
      const uncovered = taken.flatMap(({ base, uncovered }) =>
        uncovered.map((one) => ({ ...one, path: shownPath(base, one.path) })),
      )
      const sum = (of: (one: Snapshot) => number) => taken.reduce((total, one) => total + of(one), 0)
      return {
        bases: taken.map(({ base, tree }) => ({ path: base.path, tree })),
        files: sum(({ files }) => files),
        bytes: sum(({ bytes }) => bytes),
        uncovered: uncovered.slice(0, maxNamed),
        uncoveredCount: uncovered.length,
        changing: taken
          .flatMap(({ base, changing }) => changing.map((path) => shownPath(base, path)))
          .slice(0, maxNamed),
      }
    },
    statOf(base, path) {
      const at = path.lastIndexOf("/")
      const record = cacheOf(base).get(path.slice(0, Math.max(0, at)))
      return record?.known.find(({ entry }) => entry.name === path.slice(at + 1))?.stat
    },
    retain(isLive) {
      for (const base of bases) {
        const cache = cacheOf(base)
        cache.retain(isLive)
        store.flush(() => cache.write())
      }
    },
    close: ahead.close,
  }
}

/** A path in a base as people name it: relative to the project, or absolute outside of it. */
export const shownPath = ({ path: base }: Pick<Base, "path">, path: string): string =>
  base === "" ? path : path === "" ? base : `${base}/${path}`
