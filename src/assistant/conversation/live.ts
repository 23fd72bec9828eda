import { asDuckError, DuckError } from "../../base/errors.ts"
import type { CommitMeta, Events, LogId, LogStore, NodeId, Owned, Ownership, StreamId } from "../../fabric/ports.ts"
import { type ConversationCommand, decide } from "./decide.ts"
import { after, type Entry, entryOf } from "./entries.ts"
import { type ConversationEvent, readConversationEvent } from "./events.ts"
import { windowAt } from "./line.ts"
import { type ConversationState, evolve, initialState } from "./state.ts"

export const streamOfConversation = (id: string): StreamId => `conv.${id}`

/** A conversation up to a head of its stream. */
export interface Snapshot {
  readonly head: number
  readonly state: ConversationState
  /** The entries since the last compaction. */
  readonly window: readonly Entry[]
}

export const emptySnapshot: Snapshot = { head: 0, state: initialState, window: [] }

/** A conversation that this process owns: the only one that writes to it. */
export interface LiveConversation {
  readonly id: string
  readonly log: LogId
  readonly state: ConversationState
  readonly window: readonly Entry[]
  /** Fires when another process has taken it over, or it was closed here. */
  readonly lost: AbortSignal
  /** Decides, stores, and only then shows. Throws what `decide` throws, and FencedError. */
  handle(command: ConversationCommand, actor: string): Promise<readonly ConversationEvent[]>
  /** Stores what a turn did, in one commit. */
  record(events: readonly [ConversationEvent, ...ConversationEvent[]], actor: string): Promise<void>
  /** Hears of events once they are stored, in order, and by whom. */
  subscribe(listener: (events: readonly ConversationEvent[], actor: string) => void): () => void
  /** Gives it up for whoever wants it next; a node may be preferred. */
  release(prefer?: NodeId): Promise<void>
}

export interface LiveOptions {
  readonly id: string
  readonly log: LogId
  readonly ownership: Ownership
  readonly store: Pick<LogStore, "stream">
  /** How far a view has come: what follows is read from the log. */
  readonly snapshot?: Snapshot
}

/** Claims a conversation and reads what it is. Throws DuckError OWNED_ELSEWHERE. */
export async function openLive({
  id,
  log,
  ownership,
  store,
  snapshot = emptySnapshot,
}: LiveOptions): Promise<LiveConversation> {
  const stream = streamOfConversation(id)
  const owned = await ownership.own(log, stream)
  if ("ownedBy" in owned) {
    throw new DuckError({
      code: "OWNED_ELSEWHERE",
      message: `The conversation is open on another server (${owned.ownedBy}).`,
      hint: "Go on there, or hand it over first: `duck session handoff`.",
      status: 409,
      details: { node: owned.ownedBy },
    })
  }
  let { state, window } = snapshot
  for (const commit of store.stream(log, stream, snapshot.head)) {
    for (const stored of commit.events) {
      const event = readConversationEvent(stored)
      if (event) take(event)
    }
  }
  return live(owned)

  function take(event: ConversationEvent) {
    state = evolve(state, event)
    if (event.type === "context.compacted") window = after(window, event.data.upTo)
    // Further back than the window may reach.
    if (event.type === "conversation.rewound") window = windowAt(stored(), event.data.to, state.compaction)
    const entry = entryOf(event)
    if (entry) window = [...window, entry]
  }

  function* stored(): Generator<ConversationEvent> {
    for (const { events } of store.stream(log, stream)) {
      for (const one of events) {
        const event = readConversationEvent(one)
        if (event) yield event
      }
    }
  }

  function live(owned: Owned): LiveConversation {
    const listeners = new Set<(events: readonly ConversationEvent[], actor: string) => void>()
    let last: Promise<unknown> = Promise.resolve()
    /** One after the other: each is decided on what the one before has left. */
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const mine = last.then(work)
      last = mine.catch(() => {})
      return mine
    }
    const commit = async (events: readonly ConversationEvent[], meta: Pick<CommitMeta, "actor">) => {
      const [first, ...rest] = events
      if (first === undefined) return
      const all: Events = [first, ...rest]
      await owned.commit(all, meta)
      for (const event of events) take(event)
      for (const listener of listeners) listener(events, meta.actor)
    }
    return {
      id,
      log,
      get state() {
        return state
      },
      get window() {
        const { withheld } = state
        return withheld ? window.filter((entry) => !withheld.includes(entry.id)) : window
      },
      lost: owned.lost,
      handle: (command, actor) =>
        inTurn(async () => {
          const events = decide(command, state)
          await commit(events, { actor })
          return events
        }),
      record: (events, actor) => inTurn(() => commit(events, { actor })),
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      release: (prefer) =>
        inTurn(async () => {
          try {
            await owned.release(prefer)
          } catch (error) {
            // Whoever has claimed it needs no word from us.
            if (asDuckError(error).code !== "FENCED") throw error
          }
        }),
    }
  }
}
