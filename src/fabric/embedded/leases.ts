import { type Clock, systemClock } from "../../base/clock.ts"
import { CancelledError, DuckError } from "../../base/errors.ts"
import type { Lease, Leases } from "../ports.ts"

/** Who holds what: the part that would be a service of its own in a cluster. */
export interface LeaseTable {
  /** The new token, or who holds the key. */
  grant(key: string, ttlMs: number, value: string): { readonly token: number } | { readonly holder: string }
  /** True when the token still held the key, which it now does for `ttlMs` more. */
  renew(key: string, token: number, ttlMs: number): boolean
  release(key: string, token: number): void
}

/**
 * `firstToken` must be higher than any token ever given out before, also by earlier processes, wherever tokens are
 * compared by something that outlives this process.
 */
export function leaseTable({
  clock = systemClock,
  firstToken = 1,
}: {
  clock?: Clock
  firstToken?: number
} = {}): LeaseTable {
  const held = new Map<string, { token: number; value: string; untilMs: number }>()
  let nextToken = firstToken
  return {
    grant(key, ttlMs, value) {
      const current = held.get(key)
      if (current && current.untilMs > clock.now()) return { holder: current.value }
      const token = nextToken++
      held.set(key, { token, value, untilMs: clock.now() + ttlMs })
      return { token }
    },
    renew(key, token, ttlMs) {
      const current = held.get(key)
      if (current?.token !== token || current.untilMs <= clock.now()) return false
      current.untilMs = clock.now() + ttlMs
      return true
    },
    release(key, token) {
      if (held.get(key)?.token === token) held.delete(key)
    },
  }
}

export interface EmbeddedLeases extends Leases {
  /** Releases everything that was taken through it. */
  close(): Promise<void>
}

/**
 * Leases of one node. Each is renewed four times in its length by itself; when renewals fail to get through in time (the
 * process was stopped, the machine slept), `lost` fires. A holder that was away asks `stillMine()`, or looks at
 * `lease.lost`, which both go by the clock and not by whether a timer has run yet.
 */
export function embeddedLeases({
  clock = systemClock,
  table = leaseTable({ clock }),
}: {
  clock?: Clock
  table?: LeaseTable
} = {}): EmbeddedLeases {
  const mine = new Set<Lease>()
  let closed = false

  function hold(key: string, token: number, ttlMs: number, takenAtMs: number): Lease {
    const losing = new AbortController()
    let untilMs = takenAtMs + ttlMs

    function end(reason: Error) {
      mine.delete(lease)
      if (!losing.signal.aborted) losing.abort(reason)
    }

    function stillMine(): boolean {
      if (!losing.signal.aborted && clock.now() >= untilMs) end(new LeaseLostError(key))
      return !losing.signal.aborted
    }

    async function keep() {
      while (stillMine()) {
        await clock.sleep(Math.min(ttlMs / 4, untilMs - clock.now()), losing.signal)
        // From before the renewal: it can only be too careful.
        const askedAtMs = clock.now()
        if (!stillMine()) return
        if (table.renew(key, token, ttlMs)) untilMs = askedAtMs + ttlMs
        else end(new LeaseLostError(key))
      }
    }

    const lease: Lease = {
      token,
      get lost() {
        stillMine()
        return losing.signal
      },
      stillMine,
      async release() {
        table.release(key, token)
        end(new CancelledError(`The lease ${key} was released.`))
      },
    }
    mine.add(lease)
    // A sleep that rejects was cut short by `losing`: there is nothing left to keep.
    keep().catch(() => {})
    return lease
  }

  return {
    async take(key, ttlMs, value) {
      if (closed) throw new DuckError({ code: "LEASES_CLOSED", message: "The leases are closed." })
      const takenAtMs = clock.now()
      const grant = table.grant(key, ttlMs, value)
      return "holder" in grant ? grant : hold(key, grant.token, ttlMs, takenAtMs)
    },
    async close() {
      closed = true
      for (const lease of [...mine]) await lease.release()
    },
  }
}

/** The reason with which `lost` fires when a lease ran out. */
export class LeaseLostError extends DuckError {
  constructor(key: string) {
    super({ code: "LEASE_LOST", message: `The lease ${key} ran out before it was renewed.`, status: 409 })
  }
}
