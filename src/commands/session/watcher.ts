import type { Heard } from "../../assistant/assistant.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import type { SecretMasker } from "../../workspace/secrets/mask.ts"
import { itemOf, itemsOf, type SessionItem } from "./item.ts"
import { maskedIn, withheldText } from "./shown.ts"

/**
 * What one of those who watch a conversation is told of it. Of their own all; of others' without secrets, without what a
 * model thinks and writes before it is stored, and a message only once no hook can refuse it any more: until then it is
 * held back, with the beginning of its turn.
 */
export function watcherOf({
  reader,
  masker,
  turnBy,
}: {
  readonly reader: string
  readonly masker: Pick<SecretMasker, "mask" | "stream">
  /** Whoever the turn that runs works for. */
  readonly turnBy: string | undefined
}): (heard: Heard) => readonly SessionItem[] {
  const { mask } = masker
  let worksFor = turnBy
  let text = masker.stream()
  const waiting = new Map<string, ConversationEvent>()
  /** A turn of another that has begun, with the message it is about. */
  let begun: { readonly message: string; readonly start: ConversationEvent } | undefined

  const shown = (event: ConversationEvent): SessionItem => itemOf(maskedIn(event, mask))
  const rest = (): SessionItem[] => {
    const left = text.end()
    text = masker.stream()
    return left === "" ? [] : [{ kind: "text", text: left }]
  }
  const release = (isWithheld = false): SessionItem[] => {
    if (!begun) return []
    const { message, start } = begun
    const said = waiting.get(message)
    waiting.delete(message)
    begun = undefined
    const told =
      said?.type === "user.spoke" && isWithheld
        ? { ...said, data: { ...said.data, parts: [{ kind: "text", text: withheldText } as const] } }
        : said
    return [...(told ? [shown(told)] : []), shown(start)]
  }

  const stored = (event: ConversationEvent, actor: string): readonly SessionItem[] => {
    if (event.type === "turn.started") worksFor = event.data.by
    const isHook = actor === "hook"
    if ((isHook ? worksFor : actor) === reader) return [...release(), ...rest(), itemOf(event)]
    if (event.type === "user.spoke" && event.data.steers === undefined && !isHook) {
      waiting.set(event.data.message, event)
      return []
    }
    if (event.type === "turn.started" && waiting.has(event.data.message)) {
      begun = { message: event.data.message, start: event }
      return []
    }
    return [...release(event.type === "message.withheld"), ...rest(), shown(event)]
  }

  return (heard) => {
    switch (heard.kind) {
      case "stored":
        return heard.events.flatMap((event) => stored(event, heard.by))
      case "live": {
        if (worksFor === reader) return [heard.event]
        const { event } = heard
        if (event.kind === "text") {
          const safe = text.push(event.text)
          return [...release(), ...(safe === "" ? [] : [{ kind: "text", text: safe } as const])]
        }
        return event.kind === "tool-running" || event.kind === "restart" ? [...release(), ...rest(), event] : []
      }
      case "agent":
        return heard.by === reader ? itemsOf(heard) : maskedIn(itemsOf(heard), mask)
      case "turn-ended":
        return [...release(), ...rest(), ...(worksFor === reader ? itemsOf(heard) : maskedIn(itemsOf(heard), mask))]
    }
  }
}
