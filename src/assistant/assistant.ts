import type { Mode } from "../access/permissions/mode.ts"
import type { Clock } from "../base/clock.ts"
import { asDuckError, CancelledError, NotFoundError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import type { LogId, LogStore, NodeId, Ownership } from "../fabric/ports.ts"
import type { Views } from "../fabric/projection.ts"
import type { Message, Model } from "../models/model.ts"
import type { Logger } from "../observe/log.ts"
import { requireControl, type Speaker } from "./conversation/control.ts"
import { type ConversationCommand, turnRuns } from "./conversation/decide.ts"
import type { AgentBounds, ConversationEvent, TurnWishes } from "./conversation/events.ts"
import { type LiveConversation, openLive } from "./conversation/live.ts"
import type { UserPart } from "./conversation/parts.ts"
import { conversationsProjection } from "./conversation/tables.ts"
import { type ConversationRows, conversationRows } from "./conversation/view.ts"
import { typedTurn } from "./intent/typed-turn.ts"
import { runTurn } from "./loop/loop.ts"
import type { LiveEvent, TurnEnd, TurnOptions } from "./loop/options.ts"
import type { Memory } from "./memory/memory.ts"

/** What a conversation's turns are run with, beside the model. */
export type Equipment = Pick<
  TurnOptions,
  | "tools"
  | "services"
  | "gate"
  | "prompt"
  | "limits"
  | "beforeTurn"
  | "beforeEnd"
  | "reveal"
  | "checkpoint"
  | "endPrograms"
  | "treeNow"
>

export interface AssistantOptions {
  readonly ownership: Ownership
  readonly store: Pick<LogStore, "stream">
  readonly views: Pick<Views, "open">
  readonly model: Model
  readonly memory: Memory
  /** What a conversation's prompts begin with, in a turn of this actor. */
  system(conversation: LiveConversation, actor: string): Promise<readonly Message[]>
  /** Asked before each turn. */
  equip(conversation: LiveConversation, actor: string): Promise<Equipment>
  readonly clock: Clock
  readonly logger: Logger
  /** Most conversations that are kept open with nothing to do; default 100. */
  readonly maxIdle?: number
}

export interface StartOptions {
  readonly log: LogId
  readonly root: string
  readonly title: string
  readonly mode: Mode
  /** "" for the default. */
  readonly model: string
  readonly branchOf?: { readonly conversation: string; readonly message: string }
  readonly parent?: { readonly conversation: string; readonly call: string }
  readonly agent?: AgentBounds
  /** Given by a sub-agent's call; one that was begun already is left as it is. */
  readonly id?: string
}

/** What a watcher hears: what is stored, in order, and what happens while a turn runs. */
export type Heard =
  | { readonly kind: "stored"; readonly events: readonly ConversationEvent[]; readonly by: string }
  | { readonly kind: "live"; readonly event: LiveEvent }
  | { readonly kind: "turn-ended"; readonly end: TurnEnd }
  /** Stored by an agent that works for the conversation, at any depth. */
  | {
      readonly kind: "agent"
      readonly conversation: string
      readonly agent: string
      readonly events: readonly ConversationEvent[]
      readonly by: string
    }

/** The conversations of this process, and their turns. */
export interface Assistant {
  /** Lists, pages and finds all conversations, open or not. */
  readonly rows: ConversationRows
  /** What is remembered beyond conversations. */
  readonly memory: Memory
  /** Begins a conversation; gives its id. */
  start(options: StartOptions, actor: string): Promise<string>
  /**
   * Says something in a conversation. Without a running turn one begins; a running one is steered, unless `queues`.
   * Resolves when it is stored.
   */
  say(
    id: string,
    parts: readonly [UserPart, ...UserPart[]],
    actor: string,
    options?: { queues?: boolean; wishes?: TurnWishes; shell?: string; speaker?: Speaker },
  ): Promise<void>
  /** Answers what a turn asked, renames, archives, sets mode or model. */
  change(id: string, command: Exclude<ConversationCommand, { kind: "start" | "say" }>, actor: string): Promise<void>
  /** Ends the running turn; false where none runs. */
  interrupt(id: string): boolean
  /** Resolves when the turn that runs has ended; null where none does. */
  ended(id: string): Promise<TurnEnd> | null
  /** Opens a conversation and goes on with a turn that was cut off. */
  resume(id: string, actor: string): Promise<LiveConversation>
  /** What its prompts begin with now: who the assistant is, the project's rules, what is remembered. */
  system(id: string, actor: string): Promise<readonly Message[]>
  /** A conversation as it is, without going on with anything. */
  open(id: string): Promise<LiveConversation>
  /** Gives up a conversation that nothing runs in and nobody watches, with the programs it has left behind. */
  leave(id: string): Promise<void>
  /** Leaves it to another node, for it to go on there. Throws TURN_RUNNING. */
  moveTo(id: string, node: NodeId): Promise<void>
  /** Goes on with every turn that a crash or a stop cut off; gives how many there were. */
  resumeAll(): Promise<number>
  watch(id: string, listener: (heard: Heard) => void): Promise<() => void>
  /** Turns that run now. */
  running(): number
  /** Suspends what runs; the next start goes on with it. */
  close(): Promise<void>
}

interface Session {
  readonly live: LiveConversation
  readonly watchers: Set<(heard: Heard) => void>
  turn: { readonly interrupt: AbortController; readonly done: Promise<TurnEnd> } | undefined
  usedAtMs: number
}

export async function openAssistant(options: AssistantOptions): Promise<Assistant> {
  const { ownership, store, model, clock, logger, maxIdle = 100 } = options
  const view = await options.views.open(conversationsProjection)
  const rows = conversationRows(view)
  const sessions = new Map<string, Promise<Session>>()
  /** Those that are open, for what may not wait. */
  const open = new Map<string, Session>()
  const stopping = new AbortController()

  const session = (id: string, log?: LogId): Promise<Session> => {
    if (stopping.signal.aborted) return Promise.reject(new CancelledError("The server is stopping."))
    let known = sessions.get(id)
    if (!known) {
      known = opened(id, log)
      sessions.set(id, known)
      known.catch(() => sessions.delete(id))
    }
    return known
  }

  const opened = async (id: string, log: LogId | undefined): Promise<Session> => {
    const where = log ?? rows.get(id)?.log
    if (where === undefined) throw notFound(id)
    const live = await openLive({ id, log: where, ownership, store, snapshot: rows.snapshot(id) })
    const made: Session = { live, watchers: new Set(), turn: undefined, usedAtMs: clock.now() }
    live.subscribe((events, by) => {
      tell(made, { kind: "stored", events, by })
      tellParents(live, events, by)
    })
    live.lost.addEventListener("abort", () => forget(id), { once: true })
    open.set(id, made)
    letGo()
    return made
  }

  const forget = (id: string) => {
    sessions.delete(id)
    open.delete(id)
  }

  /** Gives up what nobody has used for longest. */
  const letGo = () => {
    const idle = [...open].filter(([, { turn, watchers }]) => !turn && watchers.size === 0)
    if (idle.length <= maxIdle) return
    idle.sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
    for (const [id, { live }] of idle.slice(0, idle.length - maxIdle)) {
      forget(id)
      live.release().catch((error) => logger.warn("a conversation could not be given up", { conversation: id, error }))
    }
  }

  const tell = ({ watchers }: Session, heard: Heard) => {
    for (const listener of watchers) {
      try {
        listener(heard)
      } catch (error) {
        logger.error("a watcher of a conversation failed", { error })
      }
    }
  }

  const tellParents = ({ id, state }: LiveConversation, events: readonly ConversationEvent[], by: string) => {
    const heard: Heard = { kind: "agent", conversation: id, agent: state.agent?.name ?? "", events, by }
    for (let { parent } = state; parent; ) {
      const above = open.get(parent.conversation)
      if (above) tell(above, heard)
      parent = above?.live.state.parent
    }
  }

  /** Who controls a conversation controls the agents that work for it. Throws NOT_IN_CONTROL. */
  const requireControlAbove = ({ state }: LiveConversation, speaker: Speaker | undefined) => {
    for (let { parent } = state; speaker && parent; ) {
      const above = open.get(parent.conversation)?.live.state ?? rows.state(parent.conversation)
      if (above) requireControl(above, speaker)
      parent = above?.parent
    }
  }

  /** Begins a turn where one is due and none runs. */
  const kick = (one: Session, actor: string) => {
    const { live } = one
    if (one.turn || stopping.signal.aborted || (live.state.turn === null && live.state.queued.length === 0)) return
    const interrupt = new AbortController()
    const done = turn(one, actor, interrupt.signal).then((end) => {
      one.turn = undefined
      one.usedAtMs = clock.now()
      tell(one, { kind: "turn-ended", end })
      // After a failure or an interruption the rest waits until a person says something again; they may have already.
      const next = end.how === "suspended" ? null : live.state.turn
      if (next) kick(one, next.by)
      else if (end.how === "done") kick(one, actor)
      return end
    })
    one.turn = { interrupt, done }
  }

  const turn = async (one: Session, actor: string, signal: AbortSignal): Promise<TurnEnd> => {
    const { live } = one
    try {
      const equipment = await options.equip(live, actor)
      const hear = (event: LiveEvent) => tell(one, { kind: "live", event })
      const around = { conversation: live, actor, model, hear, stopping: stopping.signal, clock, logger }
      return await runTurn(typedTurn({ ...equipment, ...around }), signal)
    } catch (thrown) {
      // The log can't be written, or there is nothing to run it with: the turn stays as it is.
      const error = asDuckError(thrown)
      logger.error("a turn could not be run", { conversation: live.id, error })
      return { how: "suspended", why: error.message, error }
    }
  }

  return {
    rows,
    memory: options.memory,
    async start({ log, id = newId(clock.now()), ...spec }, actor) {
      const { live } = await session(id, log)
      if (live.state.root === "") await live.handle({ kind: "start", ...spec, by: actor }, actor)
      return id
    },
    async say(id, parts, actor, { queues = false, ...how } = {}) {
      const one = await session(id)
      requireControlAbove(one.live, how.speaker)
      // Whoever does not say through which client they speak is taken for none of them.
      const speaker = how.speaker ?? { user: actor, isAdmin: false }
      const begins = { turn: newId(clock.now()), by: actor }
      const said = { kind: "say", message: newId(clock.now()), parts, queues, begins, ...how, speaker } as const
      await one.live.handle(said, actor)
      one.usedAtMs = clock.now()
      kick(one, actor)
    },
    async change(id, command, actor) {
      const one = await session(id)
      requireControlAbove(one.live, command.speaker)
      await one.live.handle({ ...command, speaker: command.speaker ?? { user: actor, isAdmin: false } }, actor)
      // An answer to a turn that was cut off while it waited.
      if (command.kind === "answer") kick(one, actor)
      if (command.kind !== "delete") return
      forget(id)
      await one.live.release()
    },
    interrupt(id) {
      const running = open.get(id)?.turn
      running?.interrupt.abort(new CancelledError("Interrupted."))
      return running !== undefined
    },
    ended: (id) => open.get(id)?.turn?.done ?? null,
    async resume(id, actor) {
      const one = await session(id)
      kick(one, actor)
      return one.live
    },
    system: async (id, actor) => options.system((await session(id)).live, actor),
    open: async (id) => (await session(id)).live,
    async moveTo(id, node) {
      const one = await session(id)
      if (one.turn) throw turnRuns("Interrupt it first: `duck session interrupt <id>`.")
      forget(id)
      await one.live.release(node)
    },
    async leave(id) {
      const one = open.get(id)
      if (!one || one.turn || one.watchers.size > 0) return
      forget(id)
      await one.live.release()
    },
    async resumeAll() {
      let resumed = 0
      const cut = rows.list({ running: true, subAgents: true, limit: 10_000 })
      const ids = new Set(cut.map(({ id }) => id))
      for (const { id, parent } of cut) {
        // An agent goes on when its parent does; without one that runs, it has nobody to work for and is ended.
        if (parent !== null && ids.has(parent)) continue
        try {
          const one = await session(id)
          if (one.live.state.turn === null) continue
          kick(one, one.live.state.turn.by)
          if (parent !== null) one.turn?.interrupt.abort(new CancelledError("What it worked for is over."))
          resumed++
        } catch (error) {
          logger.warn("a turn could not be gone on with", { conversation: id, error })
        }
      }
      return resumed
    },
    async watch(id, listener) {
      const one = await session(id)
      one.watchers.add(listener)
      return () => {
        one.watchers.delete(listener)
        one.usedAtMs = clock.now()
        letGo()
      }
    },
    running: () => [...open.values()].filter(({ turn: at }) => at !== undefined).length,
    async close() {
      stopping.abort(new CancelledError("The server stops."))
      await Promise.all([...open.values()].map((one) => one.turn?.done))
    },
  }
}

const notFound = (id: string) =>
  new NotFoundError({
    code: "NO_CONVERSATION",
    message: `There is no conversation ${id}.`,
    hint: "`duck session list` shows those that there are.",
  })
