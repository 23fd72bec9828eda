import { type ConversationEvent, readConversationEvent } from "../../assistant/conversation/events.ts"
import type { Committed } from "../../fabric/ports.ts"
import { maskedIn, withheldText } from "./shown.ts"

/** Who is in control and who reads along is not part of what was said. */
const notSaid: ReadonlySet<ConversationEvent["type"]> = new Set(["control.passed", "share.made", "share.ended"])

interface Signed {
  readonly event: ConversationEvent
  /** Whoever said it, or whose turn it belongs to. */
  readonly by: string
}

/** The events of a conversation that are its own, with whom each belongs to. */
export function signedEvents(commits: Iterable<Committed>): readonly Signed[] {
  const signed: Signed[] = []
  let turnOf = ""
  for (const { events, meta } of commits) {
    for (const stored of events) {
      const event = readConversationEvent(stored)
      if (!event || notSaid.has(event.type)) continue
      if (event.type === "turn.started") turnOf = event.data.by
      // A hook speaks for whoever the turn works for.
      signed.push({ event, by: meta.actor === "hook" ? turnOf : meta.actor })
    }
  }
  return signed
}

/** The events as `reader` may have them: those of others without secrets, and without what no model is given. */
export function eventsShownTo(
  signed: readonly Signed[],
  reader: string,
  mask: (text: string) => string,
): readonly ConversationEvent[] {
  const withheld = new Set(
    signed.flatMap(({ event: { type, data } }) => (type === "message.withheld" ? [data.message] : [])),
  )
  return signed.map(({ event, by }) => {
    if (by === reader) return event
    if (event.type === "user.spoke" && withheld.has(event.data.message)) {
      return { ...event, data: { ...event.data, parts: [{ kind: "text", text: withheldText }] } }
    }
    return maskedIn(event, mask)
  })
}
