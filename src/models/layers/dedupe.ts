import { abortReason } from "../../base/signal.ts"
import { type Layer, type ModelEvent, noUsage } from "../model.ts"
import { isDeterministic, type KeyScope, requestKey } from "./request-key.ts"
import { type Events, lazily, leave, type Next, over, read } from "./stream.ts"

export interface DedupeOptions {
  /** Default: only requests of one user are taken together. */
  readonly scope?: KeyScope
}

/**
 * Equal requests that run at the same time share one call, where the same answer is what was meant (`isDeterministic`).
 * Who comes later gets all events from the start, with `from: "shared"`. The tokens are told to the reader who has been
 * there longest; to the others the answer cost nothing, and `saved` says what. The call is cancelled when its last reader
 * leaves.
 *
 * The fastest reader sets the pace; a slower one reads what is kept. Kept is the answer, once, as long as the call runs or
 * anyone reads it, and an answer is never larger than a provider may send (wire/limits.ts).
 */
export function dedupe({ scope = "user" }: DedupeOptions = {}): Layer {
  return (next) => {
    const calls = new Map<string, SharedCall>()
    return (request, signal) =>
      isDeterministic(request)
        ? lazily(() => {
            const key = requestKey(request, scope)
            const running = calls.get(key)
            if (running) return running.join(signal)
            const call = sharedCall(
              (inner) => read(next(request, inner)),
              () => calls.delete(key),
            )
            calls.set(key, call)
            return call.join(signal)
          })
        : next(request, signal)
  }
}

interface SharedCall {
  join(signal: AbortSignal): Events
}

interface Reader {
  /** Of the reader who has read all there is and waits for more. */
  waits: PromiseWithResolvers<void> | undefined
}

function sharedCall(open: (signal: AbortSignal) => Events, closed: () => void): SharedCall {
  const controller = new AbortController()
  const events: ModelEvent[] = []
  /** In the order they came. */
  const readers = new Set<Reader>()
  let inner: Events | undefined
  let isPulling = false
  let ended: { readonly error?: unknown } | undefined
  let payer: Reader | undefined

  const end = (how: { readonly error?: unknown }) => {
    if (ended) return
    ended = how
    closed()
  }
  const pull = async (): Promise<void> => {
    isPulling = true
    try {
      inner ??= open(controller.signal)
      const result = await inner.next()
      if (!result.done) events.push(result.value)
      if (result.done) end({})
      else if (result.value.kind === "end") {
        ;[payer] = readers
        end({})
        leave(inner)
      }
    } catch (error) {
      end({ error })
    }
    isPulling = false
    for (const reader of readers) {
      reader.waits?.resolve()
      reader.waits = undefined
    }
  }
  const leaves = (reader: Reader) => {
    readers.delete(reader)
    if (readers.size > 0 || ended) return
    end({})
    controller.abort()
    if (inner) leave(inner)
  }

  return {
    join(signal) {
      const isFirst = inner === undefined && readers.size === 0
      const reader: Reader = { waits: undefined }
      readers.add(reader)
      let at = 0
      let isOver = false
      const finish = () => {
        if (isOver) return
        isOver = true
        signal.removeEventListener("abort", cancel)
        leaves(reader)
      }
      const cancel = () => {
        finish()
        reader.waits?.reject(abortReason(signal))
      }
      signal.addEventListener("abort", cancel, { once: true })

      const own = (event: ModelEvent): ModelEvent => {
        if (event.kind === "start" && !isFirst) return { ...event, from: "shared" }
        if (event.kind !== "end" || payer === reader) return event
        const { usage, costUsd = null, saved = { usage, costUsd } } = event
        return { ...event, usage: noUsage, costUsd: 0, saved }
      }
      return {
        async next(): Promise<Next> {
          if (signal.aborted) {
            finish()
            throw abortReason(signal)
          }
          while (!isOver) {
            const event = events[at]
            if (event) {
              at++
              return { done: false, value: own(event) }
            }
            if (ended) {
              finish()
              if ("error" in ended) throw ended.error
              return over
            }
            reader.waits = Promise.withResolvers()
            const { promise } = reader.waits
            if (!isPulling) pull()
            await promise
          }
          return over
        },
        async return() {
          finish()
          return over
        },
      }
    },
  }
}
