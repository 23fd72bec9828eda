import { type Clock, systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Bus } from "../ports.ts"
import { assertSubject, subjectTable } from "../subjects.ts"

export interface EmbeddedBus extends Bus {
  /** Ends every subscription; asks that wait end as "nobody" or "timeout". */
  close(): void
}

/** So many deliveries before input and output get their turn. */
const turn = 256

interface Subscriber {
  active: boolean
  readonly callback: (data: Uint8Array, subject: string) => void
}
interface Server {
  readonly group: string | null
  readonly handler: (data: Uint8Array) => Promise<Uint8Array>
}

/**
 * The bus of one process. `send` never waits and never throws for a receiver's fault: who is subscribed at that moment
 * gets the message soon after, in the order it was sent. Data is copied once, so the sender may reuse its buffer;
 * receivers share that copy and don't write to it. What is sent is seen by `on`, what is asked by `serve`, never both.
 */
export function embeddedBus({
  clock = systemClock,
  log = silentLogger,
}: {
  clock?: Clock
  log?: Logger
} = {}): EmbeddedBus {
  const subscribers = subjectTable<Subscriber>()
  const servers = subjectTable<Server>()
  const nextInGroup = new Map<string, number>()
  const endings = new Set<() => void>()
  let waiting: (() => void)[] = []
  let draining = false
  let closed = false

  /** Runs deliveries later and in order, whoever calls. */
  function deliver(delivery: () => void) {
    waiting.push(delivery)
    if (draining) return
    draining = true
    queueMicrotask(drain)
  }

  function drain() {
    const batch = waiting
    waiting = []
    for (const delivery of batch.splice(0, turn)) delivery()
    waiting = batch.concat(waiting)
    if (waiting.length > 0) setImmediate(drain)
    else draining = false
  }

  const failed = (subject: string) => (error: unknown) =>
    log.warn("a receiver on the bus failed", { "messaging.destination.name": subject, error })

  function receive(subscriber: Subscriber, data: Uint8Array, subject: string) {
    if (!subscriber.active) return
    try {
      // The callback is declared to answer nothing; an async one that rejects must not take the process with it.
      const answer: unknown = subscriber.callback(data, subject)
      if (answer instanceof Promise) answer.catch(failed(subject))
    } catch (error) {
      failed(subject)(error)
    }
  }

  /** Every server that stands alone, and one of each group, in turn. */
  function chosen(subject: string): Server[] {
    const groups = new Map<string, Server[]>()
    const servings: Server[] = []
    for (const server of servers.match(subject)) {
      if (server.group === null) servings.push(server)
      else groups.set(server.group, [...(groups.get(server.group) ?? []), server])
    }
    for (const [group, members] of groups) {
      const next = (nextInGroup.get(group) ?? 0) % members.length
      nextInGroup.set(group, next + 1)
      servings.push(...members.slice(next, next + 1))
    }
    return servings
  }

  function ending(end: () => void): () => void {
    endings.add(end)
    return () => {
      endings.delete(end)
      end()
    }
  }

  return {
    send(subject, data) {
      assertSubject(subject)
      const receivers = subscribers.match(subject)
      if (receivers.length === 0) return
      const copy = data.slice()
      for (const receiver of receivers) deliver(() => receive(receiver, copy, subject))
    },

    on(subject, callback) {
      if (closed) throw closedError()
      const subscriber: Subscriber = { active: true, callback }
      const takeOut = subscribers.add(subject, subscriber)
      return ending(() => {
        subscriber.active = false
        takeOut()
      })
    },

    async ask(subject, data, withinMs) {
      assertSubject(subject)
      const servings = chosen(subject)
      if (servings.length === 0) return "nobody"
      const copy = data.slice()
      const over = new AbortController()
      const answer = new Promise<Uint8Array>((resolve) => {
        for (const server of servings)
          deliver(() => {
            // A handler that fails answers nothing, as a process that died would: the asker's time runs out.
            Promise.resolve()
              .then(() => server.handler(copy))
              .then((bytes) => resolve(bytes.slice()), failed(subject))
          })
      })
      const timeout = clock.sleep(withinMs, over.signal).then(
        () => "timeout" as const,
        () => "timeout" as const,
      )
      try {
        return await Promise.race([answer, timeout])
      } finally {
        over.abort()
      }
    },

    serve(subject, group, handler) {
      if (closed) throw closedError()
      return ending(servers.add(subject, { group, handler }))
    },

    close() {
      closed = true
      for (const end of endings) end()
      endings.clear()
    },
  }
}

const closedError = () => new InvalidInputError({ code: "BUS_CLOSED", message: "The bus is closed." })
