import { type Clock, systemClock } from "../base/clock.ts"
import { DuckError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { throwIfAborted } from "../base/signal.ts"
import { appendSettled } from "./append.ts"
import type { Decider } from "./decider.ts"
import type {
  Commit,
  CommitId,
  Epoch,
  Event,
  Events,
  Head,
  LogId,
  LogStore,
  NodeId,
  Sequencer,
  StreamId,
} from "./ports.ts"
import { noUpcasting, type Upcasting } from "./upcast.ts"

const maxAttempts = 20
/** How long a node whose mirror lags behind the head it was told of waits for it. */
const catchUpMs = 2000
const maxRemembered = 256

export interface DecidedStreamsOptions<Command, State, E extends Event> {
  readonly sequencer: Pick<Sequencer, "append" | "settle">
  readonly store: Pick<LogStore, "stream" | "reached">
  readonly decider: Decider<Command, State, E>
  readonly node: NodeId
  /**
   * Stored events as the decider's own type: where what is read from disk is checked. It gets each event upcast, and
   * throws for one that is not the decider's.
   */
  readonly parse: (event: Event) => E
  readonly upcasting?: Upcasting
  readonly clock?: Clock
}

export interface HandleOptions {
  readonly actor: string
  readonly epoch?: Epoch
  readonly cause?: CommitId
  readonly trace?: string
  readonly signal?: AbortSignal
}

export interface Loaded<State> {
  readonly head: Head
  readonly state: State
}

export interface Handled<State, E> extends Loaded<State> {
  /** What happened now; none when the command changed nothing. */
  readonly events: readonly E[]
}

/** Streams whose next events a decider decides. */
export interface DecidedStreams<Command, State, E extends Event> {
  load(log: LogId, stream: StreamId): Loaded<State>
  /**
   * Loads, decides, appends; decides again when someone else was faster, and settles an append of unknown outcome
   * first. Commands to one stream from this process take turns. Throws what `decide` throws, and CONTENTION after many
   * lost races.
   */
  handle(log: LogId, stream: StreamId, command: Command, options: HandleOptions): Promise<Handled<State, E>>
}

export function decidedStreams<Command, State, E extends Event>({
  sequencer,
  store,
  decider,
  node,
  parse,
  upcasting = noUpcasting,
  clock = systemClock,
}: DecidedStreamsOptions<Command, State, E>): DecidedStreams<Command, State, E> {
  // A state is what it is at its head, so remembering it can save reading but never change an outcome: an append at a
  // head that is no longer the stream's is refused.
  const remembered = new Map<string, Loaded<State>>()
  const turns = new Map<string, Promise<unknown>>()
  const keyOf = (log: LogId, stream: StreamId) => `${log}/${stream}`

  function load(log: LogId, stream: StreamId): Loaded<State> {
    const key = keyOf(log, stream)
    let { head, state } = remembered.get(key) ?? { head: 0, state: decider.initial }
    for (const commit of store.stream(log, stream, head)) {
      for (const event of commit.events) state = decider.evolve(state, parse(upcasting.event(event)))
      head = commit.pos
    }
    return remember(key, { head, state })
  }

  function remember(key: string, loaded: Loaded<State>): Loaded<State> {
    remembered.delete(key)
    remembered.set(key, loaded)
    const oldest = remembered.keys().next()
    if (remembered.size > maxRemembered && !oldest.done) remembered.delete(oldest.value)
    return loaded
  }

  async function attempt(log: LogId, stream: StreamId, command: Command, options: HandleOptions) {
    const { head, state } = load(log, stream)
    const [first, ...rest] = decider.decide(command, state)
    if (first === undefined) return { head, state, events: [] }
    const events: readonly [E, ...E[]] = [first, ...rest]
    const commit = commitOf(stream, head, events, options)
    const settled = await appendSettled(sequencer, log, commit, { signal: options.signal })
    if (settled.kind === "conflict") {
      remembered.delete(keyOf(log, stream))
      await store.reached(log, settled.head, { withinMs: catchUpMs })
      return undefined
    }
    const next = { head: settled.pos, state: events.reduce((before, event) => decider.evolve(before, event), state) }
    return { ...remember(keyOf(log, stream), next), events }
  }

  function commitOf(stream: StreamId, expect: Head, events: Events, options: HandleOptions): Commit {
    const { actor, epoch = 0, cause, trace } = options
    const at = new Date(clock.now()).toISOString()
    return {
      id: newId(clock.now()),
      stream,
      expect,
      events,
      meta: {
        actor,
        node,
        epoch,
        at,
        ...(cause === undefined ? {} : { cause }),
        ...(trace === undefined ? {} : { trace }),
      },
    }
  }

  async function handleInTurn(log: LogId, stream: StreamId, command: Command, options: HandleOptions) {
    for (let i = 0; i < maxAttempts; i++) {
      throwIfAborted(options.signal)
      const handled = await attempt(log, stream, command, options)
      if (handled) return handled
    }
    throw new DuckError({
      code: "CONTENTION",
      message: `Others changed ${stream} of ${log} faster than this command could, ${maxAttempts} times.`,
      hint: "Try again.",
      status: 409,
      details: { log, stream },
    })
  }

  return {
    load,
    async handle(log, stream, command, options) {
      const key = keyOf(log, stream)
      const before = turns.get(key)
      const mine = (before ?? Promise.resolve()).then(() => handleInTurn(log, stream, command, options))
      const over = mine.catch(() => {})
      turns.set(key, over)
      try {
        return await mine
      } finally {
        if (turns.get(key) === over) turns.delete(key)
      }
    },
  }
}
