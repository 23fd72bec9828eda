import { decide } from "../conversation/decide.ts"
import { after, entryOf } from "../conversation/entries.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import { windowAt } from "../conversation/line.ts"
import { emptySnapshot, type LiveConversation } from "../conversation/live.ts"
import { evolve } from "../conversation/state.ts"

/** A conversation that is kept nowhere: what a re-run writes to. `events` are all that were recorded. */
export function inMemoryConversation(id: string): LiveConversation & { readonly events: readonly ConversationEvent[] } {
  let { state, window } = emptySnapshot
  const events: ConversationEvent[] = []
  const listeners = new Set<(events: readonly ConversationEvent[], actor: string) => void>()
  const store = (added: readonly ConversationEvent[], actor: string) => {
    for (const event of added) {
      state = evolve(state, event)
      if (event.type === "context.compacted") window = after(window, event.data.upTo)
      if (event.type === "conversation.rewound") window = windowAt(events, event.data.to, state.compaction)
      const entry = entryOf(event)
      if (entry) window = [...window, entry]
      events.push(event)
    }
    for (const listener of listeners) listener(added, actor)
  }
  return {
    id,
    log: "project.replay",
    events,
    get state() {
      return state
    },
    get window() {
      const { withheld } = state
      return withheld ? window.filter((entry) => !withheld.includes(entry.id)) : window
    },
    lost: new AbortController().signal,
    async handle(command, actor) {
      const decided = decide(command, state)
      if (decided.length > 0) store(decided, actor)
      return decided
    },
    record: async (added, actor) => store(added, actor),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    release: async () => {},
  }
}
