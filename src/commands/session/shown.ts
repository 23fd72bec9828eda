import { undecided } from "../../assistant/conversation/undecided.ts"
import type { ConversationRows, Listed, Placed } from "../../assistant/conversation/view.ts"

/** A value with every text in it put through `mask`; its shape stays. */
export function maskedIn<T>(value: T, mask: (text: string) => string): T {
  const of = (one: unknown): unknown => {
    if (typeof one === "string") return mask(one)
    if (Array.isArray(one)) return one.map(of)
    if (typeof one !== "object" || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, of(inner)]))
  }
  // Texts became texts, and nothing else was changed.
  return of(value) as T
}

export const withheldText = "(withheld)"

/**
 * An entry as someone sees it who is not the one it belongs to: without secrets, and without what no model is given.
 * `reader` null: whoever has a link.
 */
export function entryShownTo<E extends Placed>(entry: E, reader: string | null, mask: (text: string) => string): E {
  if (entry.by === reader) return entry
  if (entry.isWithheld && "parts" in entry) return { ...entry, parts: [{ kind: "text", text: withheldText }] }
  return maskedIn(entry, mask)
}

/** A title as others see it: it may be the first line of a message that they are not shown. */
export function titleShown(
  rows: Pick<ConversationRows, "since" | "state">,
  { id, title }: Pick<Listed, "id" | "title">,
  mask: (text: string) => string,
): string {
  const [first] = rows.since(id, 0, 1)
  const state = rows.state(id)
  return first?.isWithheld || (first && state && undecided(state).has(first.id)) ? withheldText : mask(title)
}
