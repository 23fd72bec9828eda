import { z } from "zod"
import type { Heard } from "../../assistant/assistant.ts"
import type { Entry } from "../../assistant/conversation/entries.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import type { LiveEvent } from "../../assistant/loop/options.ts"
import { type Receipts, receiptLines } from "../../assistant/receipts/receipts.ts"
import { type AsyncQueue, asyncQueue } from "../../base/queue.ts"

/** What whoever watches a conversation is told, in order. */
export type SessionItem =
  | {
      readonly kind: "opened"
      readonly session: string
      readonly title: string
      readonly mode: string
      readonly model: string
      readonly isRunning: boolean
    }
  /** Of the turn that runs, what was stored before the watching began. */
  | { readonly kind: "entry"; readonly entry: Entry }
  /** Stored now. */
  | StoredItem
  /** Happening now; the text of record is in the events. */
  | LiveEvent
  /** `checks`: what is proved of what was done, and what is claimed without proof; a line each. */
  | { readonly kind: "turn-ended"; readonly how: string; readonly why: string; readonly checks: readonly string[] }
  /** Stored in the conversation `session` of an agent that works for this one; questions are answered there. */
  | { readonly kind: "agent"; readonly session: string; readonly agent: string; readonly event: StoredItem }

export type StoredItem = {
  [E in ConversationEvent as E["type"]]: { readonly kind: "event"; readonly type: E["type"]; readonly data: E["data"] }
}[ConversationEvent["type"]]

/** For those who read the wire: events and entries are described in docs/chat.md. */
export const sessionItem = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("opened"),
    session: z.string(),
    title: z.string(),
    mode: z.string(),
    model: z.string(),
    isRunning: z.boolean(),
  }),
  z.object({ kind: z.literal("entry"), entry: z.unknown() }),
  z.object({ kind: z.literal("event"), type: z.string(), data: z.unknown() }),
  z.object({ kind: z.enum(["text", "reasoning"]), text: z.string() }),
  z.object({ kind: z.literal("tool-writing"), index: z.int(), name: z.string(), text: z.string() }),
  z.object({ kind: z.literal("tool-running"), call: z.string(), name: z.string() }),
  z.object({ kind: z.literal("tool-progress"), call: z.string(), text: z.string() }),
  z.object({ kind: z.literal("restart"), why: z.string() }),
  z.object({ kind: z.literal("turn-ended"), how: z.string(), why: z.string(), checks: z.array(z.string()).readonly() }),
  z.object({
    kind: z.literal("agent"),
    session: z.string(),
    agent: z.string(),
    event: z.object({ kind: z.literal("event"), type: z.string(), data: z.unknown() }),
  }),
])

/** A stored event as an item: the same member of the union. */
export const itemOf = ({ type, data }: ConversationEvent) => ({ kind: "event", type, data }) as StoredItem

/** What was heard, as items. */
export function itemsOf(heard: Heard): readonly SessionItem[] {
  switch (heard.kind) {
    case "stored":
      return heard.events.map(itemOf)
    case "live":
      return [heard.event]
    case "agent": {
      const { conversation: session, agent } = heard
      return heard.events.map((one) => ({ kind: "agent", session, agent, event: itemOf(one) }))
    }
    case "turn-ended":
      return [{ kind: "turn-ended", how: heard.end.how, why: heard.end.why, checks: checksOf(heard.end.receipts) }]
  }
}

/**
 * Items that wait for a client that does not keep up: pieces of one text become one, so that what waits is never more
 * than what was said.
 */
export function itemQueue(): Pick<AsyncQueue<SessionItem>, "close" | typeof Symbol.asyncIterator> & {
  put(item: SessionItem): void
  /** Forgets what waits. */
  clear(): void
} {
  const waiting: SessionItem[] = []
  const rings = asyncQueue<true>({ capacity: 1 })
  return {
    put(item) {
      const last = waiting.at(-1)
      if ((item.kind === "text" || item.kind === "reasoning") && last?.kind === item.kind) {
        waiting[waiting.length - 1] = { kind: item.kind, text: last.text + item.text }
      } else waiting.push(item)
      rings.offer(true)
    },
    clear: () => void waiting.splice(0),
    close: () => rings.close(),
    async *[Symbol.asyncIterator]() {
      for await (const _ring of rings) {
        for (let item = waiting.shift(); item; item = waiting.shift()) yield item
      }
      yield* waiting.splice(0)
    },
  }
}

const checksOf = (receipts: Receipts | undefined) => (receipts ? receiptLines(receipts) : [])
