import { after, type Entry, entryOf } from "./entries.ts"
import type { ConversationEvent } from "./events.ts"
import { type ConversationState, evolve, initialState } from "./state.ts"

/** What is taken back together with the history. */
export type Restored = Pick<ConversationState, "ledger" | "compaction" | "allowed">

/**
 * A history that was rewound is a tree: each entry follows the one that was the newest when it came. The history that
 * holds is one line of it, from the beginning to an entry. Made from all events; costs what they do.
 */
export interface Tree {
  /** The newest entry of the line that holds; "" where nothing was said. */
  readonly last: string
  has(entry: string): boolean
  /** The entries from the beginning to `to`. */
  line(to: string): readonly Entry[]
  /** The events of that line up to and with the entry; `beyond`: and those that followed it before the next. */
  events(to: string, options?: { readonly beyond?: boolean }): readonly ConversationEvent[]
  /** What held when `to` was the newest entry. */
  restored(to: string): Restored
}

interface Node {
  readonly entry: Entry
  readonly before: string
  /** The entry's own, and those after it until the next entry. */
  readonly events: ConversationEvent[]
  restored: Restored
}

export function treeOf(events: Iterable<ConversationEvent>): Tree {
  const nodes = new Map<string, Node>()
  const first: ConversationEvent[] = []
  let state = initialState
  for (const event of events) {
    const before = state.last ?? ""
    state = evolve(state, event)
    if (event.type === "conversation.rewound") continue
    const { ledger, compaction, allowed } = state
    const entry = entryOf(event)
    if (entry) nodes.set(entry.id, { entry, before, events: [event], restored: { ledger, compaction, allowed } })
    else {
      const node = nodes.get(before)
      if (node) node.restored = { ledger, compaction, allowed }
      ;(node?.events ?? first).push(event)
    }
  }
  const lineOf = (to: string): readonly Node[] => {
    const line: Node[] = []
    for (let node = nodes.get(to); node; node = nodes.get(node.before)) line.push(node)
    return line.reverse()
  }
  return {
    last: state.last ?? "",
    has: (entry) => nodes.has(entry),
    line: (to) => lineOf(to).map(({ entry }) => entry),
    events(to, { beyond = false } = {}) {
      const line = lineOf(to)
      const all = (at: number) => beyond || at < line.length - 1
      return [...first, ...line.flatMap(({ events }, at) => (all(at) ? events : events.slice(0, 1)))]
    },
    restored: (to) => nodes.get(to)?.restored ?? initialState,
  }
}

/** The entries that a prompt has after a rewinding to `to`. */
export function windowAt(
  events: Iterable<ConversationEvent>,
  to: string,
  compaction: Restored["compaction"],
): readonly Entry[] {
  const line = treeOf(events).line(to)
  return compaction ? after(line, compaction.upTo) : line
}
