import { CancelledError } from "../../base/errors.ts"
import { anySignal } from "../../base/signal.ts"

/** One question at a time for each client: whoever types on has given up the one before. */
export interface Turns {
  /** Runs `work` with a signal that also fires when the same client asks again. "" is nobody: it waits for no one. */
  take<T>(client: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export function turns(): Turns {
  const asking = new Map<string, AbortController>()
  return {
    async take(client, signal, work) {
      if (client === "") return work(signal)
      asking.get(client)?.abort(new CancelledError("A later question of the same editor took its place."))
      const controller = new AbortController()
      asking.set(client, controller)
      try {
        return await work(anySignal(signal, controller.signal))
      } finally {
        if (asking.get(client) === controller) asking.delete(client)
      }
    },
  }
}
