import type { ConversationEvent } from "../conversation/events.ts"

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** What names things, in the order in which an event brings them in. */
function idsOf({ type, data }: ConversationEvent): readonly string[] {
  const named = data as { readonly [name: string]: unknown }
  const direct = ["message", "turn", "checkpoint", "call", "upTo"].flatMap((name) => {
    const id = named[name]
    return typeof id === "string" ? [id] : []
  })
  if (type !== "assistant.spoke") return direct
  return [...direct, ...data.parts.flatMap((part) => (part.kind === "tool-call" ? [part.id] : []))]
}

/** `value` with every string that is a key of `names` put in other words, and fields by name: the log keeps no order. */
export function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value
  if (Array.isArray(value)) return value.map((one) => renamed(one, names))
  if (typeof value !== "object" || value === null) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(fields.map(([name, one]) => [name, renamed(one, names)]))
}

/** The names of one event for those of its counterpart. */
export const namesBetween = (
  from: ConversationEvent,
  to: ConversationEvent,
): readonly (readonly [string, string])[] => {
  const theirs = idsOf(to)
  return idsOf(from).flatMap((id, at) => (theirs[at] === undefined ? [] : [[id, theirs[at]] as const]))
}

/** Events without what differs from run to run: ids are counted in the order they come up, times are left out. */
export function normalForm(events: readonly ConversationEvent[]): readonly Json[] {
  const names = new Map<string, string>()
  return events.map((event) => {
    for (const id of idsOf(event)) if (!names.has(id)) names.set(id, `#${names.size + 1}`)
    const { tookMs: _tookMs, ...data } = event.data as { readonly tookMs?: number }
    // It came out of the log as JSON, and nothing but strings was changed.
    return { type: event.type, data: renamed(data, names) } as Json
  })
}

export interface Difference {
  /** From 0. */
  readonly at: number
  /** Null: this run is over before it. */
  readonly a: Json
  readonly b: Json
}

/** The first event in which two runs differ, in normal form; null where they don't. */
export function firstDifference(a: readonly ConversationEvent[], b: readonly ConversationEvent[]): Difference | null {
  const [ours, theirs] = [normalForm(a), normalForm(b)]
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const [one = null, other = null] = [ours[at], theirs[at]]
    if (JSON.stringify(one) !== JSON.stringify(other)) return { at, a: one, b: other }
  }
  return null
}
