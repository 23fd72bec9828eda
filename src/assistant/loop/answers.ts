import { abortReason } from "../../base/signal.ts"
import type { LiveConversation } from "../conversation/live.ts"

/** Waits for what people answer to the questions of a turn. */
export interface Answers {
  /** Resolves once the call is answered; at once where it is already. */
  of(call: string, signal: AbortSignal): Promise<void>
  close(): void
}

export function answersOf(conversation: LiveConversation): Answers {
  const waiting = new Map<string, Set<() => void>>()
  const stop = conversation.subscribe((events) => {
    for (const { type, data } of events) {
      if (type === "permission.answered") for (const wake of waiting.get(data.call) ?? []) wake()
    }
  })
  return {
    of(call, signal) {
      return new Promise((resolve, reject) => {
        const isOpen = conversation.state.openCalls.some(({ id, state }) => id === call && state === "asked")
        if (!isOpen) return resolve()
        if (signal.aborted) return reject(abortReason(signal))
        const wakes = waiting.get(call) ?? new Set()
        waiting.set(call, wakes)
        const over = () => {
          wakes.delete(wake)
          signal.removeEventListener("abort", cancelled)
        }
        const wake = () => {
          over()
          resolve()
        }
        const cancelled = () => {
          over()
          reject(abortReason(signal))
        }
        wakes.add(wake)
        signal.addEventListener("abort", cancelled, { once: true })
      })
    },
    close: stop,
  }
}
