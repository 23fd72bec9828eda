import { type Clock, systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Shared } from "../ports.ts"

export interface EmbeddedShared extends Shared {
  close(): void
}

/** As in NATS key-value buckets, so that a key is one in both modes. */
const keyForm = /^[-/_=a-zA-Z0-9]+(\.[-/_=a-zA-Z0-9]+)*$/

interface Row {
  readonly value: Uint8Array
  readonly rev: number
  readonly untilMs: number
  /** Ends the wait for its expiry. */
  readonly replaced: AbortController
}
interface Watcher {
  readonly prefix: string
  readonly tell: (key: string, value: Uint8Array | null) => void
}

/**
 * Small records of one process, gone when it ends. Revisions come from one counter, so that no key ever sees one twice,
 * not even when it was deleted and made again. Watchers are told later, in order, and each by itself.
 */
export function embeddedShared({
  clock = systemClock,
  log = silentLogger,
}: {
  clock?: Clock
  log?: Logger
} = {}): EmbeddedShared {
  const rows = new Map<string, Row>()
  const watchers = new Set<Watcher>()
  let lastRev = 0

  /** The row at `key`, unless its time is over. */
  function current(key: string): Row | undefined {
    const row = rows.get(key)
    if (!row || row.untilMs > clock.now()) return row
    remove(key, row)
    return undefined
  }

  function remove(key: string, row: Row) {
    rows.delete(key)
    row.replaced.abort()
    announce(key, null)
  }

  function announce(key: string, value: Uint8Array | null) {
    for (const watcher of watchers) if (key.startsWith(watcher.prefix)) watcher.tell(key, value)
  }

  function expireInTime(key: string, row: Row, ttlMs: number) {
    clock.sleep(ttlMs, row.replaced.signal).then(
      () => rows.get(key) === row && remove(key, row),
      () => {}, // replaced before its time
    )
  }

  return {
    async get(key) {
      assertKey(key)
      const row = current(key)
      return row ? { value: row.value.slice(), rev: row.rev } : null
    },

    async put(key, value, rev, ttlMs) {
      assertKey(key)
      const before = current(key)
      if ((before?.rev ?? 0) !== rev) return "conflict"
      before?.replaced.abort()
      const untilMs = ttlMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + ttlMs
      const row: Row = { value: value.slice(), rev: ++lastRev, untilMs, replaced: new AbortController() }
      rows.set(key, row)
      if (ttlMs !== undefined) expireInTime(key, row, ttlMs)
      announce(key, row.value)
      return row.rev
    },

    async delete(key, rev) {
      assertKey(key)
      const row = current(key)
      if (row?.rev !== rev) return "conflict"
      remove(key, row)
      return "deleted"
    },

    watch(prefix, callback) {
      let active = true
      const watcher: Watcher = {
        prefix,
        tell(key, value) {
          const copy = value?.slice() ?? null
          queueMicrotask(() => {
            if (!active) return
            try {
              callback(key, copy)
            } catch (error) {
              log.warn("a watcher of shared records failed", { key, error })
            }
          })
        },
      }
      for (const key of rows.keys()) {
        const row = key.startsWith(prefix) ? current(key) : undefined
        if (row) watcher.tell(key, row.value)
      }
      watchers.add(watcher)
      return () => {
        active = false
        watchers.delete(watcher)
      }
    },

    close() {
      watchers.clear()
      for (const row of rows.values()) row.replaced.abort()
      rows.clear()
    },
  }
}

function assertKey(key: string): void {
  if (keyForm.test(key)) return
  throw new InvalidInputError({
    message: `${JSON.stringify(key)} is not a key: it takes letters, digits, "-", "_", "=", "/" and single dots inside.`,
  })
}
