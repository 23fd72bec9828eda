import { abortReason } from "../../base/signal.ts"
import { ModelError } from "../errors.ts"

export interface FairSlots {
  /**
   * Resolves with what gives the slot back (once; calling it again does nothing). Rejects with LIMIT_REACHED when too many
   * wait, and with the signal's reason.
   */
  take(owner: string, signal: AbortSignal): Promise<() => void>
  readonly running: number
  readonly waiting: number
}

/**
 * `limit` slots, handed out in turn: round robin between the owners who wait, first come first served for each. Someone
 * with a hundred calls waiting delays another one's single call by one, not by a hundred.
 */
export function fairSlots({ limit, maxWaiting }: { readonly limit: number; readonly maxWaiting: number }): FairSlots {
  /** In the order of their turns; nobody is in it without a waiter. */
  const turns = new Map<string, Set<() => void>>()
  let running = 0
  let waiting = 0

  const slot = () => {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      running--
      handOut()
    }
  }

  const handOut = () => {
    while (running < limit) {
      const turn = turns.entries().next()
      if (turn.done) return
      const [owner, waiters] = turn.value
      const [go] = waiters
      turns.delete(owner)
      if (!go) continue
      waiters.delete(go)
      if (waiters.size > 0) turns.set(owner, waiters)
      waiting--
      running++
      go()
    }
  }

  const wait = (owner: string, signal: AbortSignal) =>
    new Promise<() => void>((resolve, reject) => {
      const waiters = turns.get(owner) ?? new Set()
      const go = () => {
        signal.removeEventListener("abort", cancelled)
        resolve(slot())
      }
      const cancelled = () => {
        waiters.delete(go)
        if (waiters.size === 0) turns.delete(owner)
        waiting--
        reject(abortReason(signal))
      }
      signal.addEventListener("abort", cancelled, { once: true })
      waiters.add(go)
      turns.set(owner, waiters)
      waiting++
    })

  return {
    async take(owner, signal) {
      if (signal.aborted) throw abortReason(signal)
      if (running < limit) {
        running++
        return slot()
      }
      if (waiting < maxWaiting) return wait(owner, signal)
      throw new ModelError({
        fault: "LIMIT_REACHED",
        message: `${limit} calls are running and ${waiting} are waiting; no more may wait.`,
        hint: "Ask again when some are done, or raise the limit `concurrency` in the setting llm.limits.",
        details: { limit, maxWaiting },
      })
    },
    get running() {
      return running
    },
    get waiting() {
      return waiting
    },
  }
}
