import type { Mode } from "../../access/permissions/mode.ts"
import { changed, emptyLedger, type Ledger } from "../ledger/ledger.ts"
import type { AgentBounds, ConversationEvent, Party, TurnWishes } from "./events.ts"

/** A call the model made that has no outcome yet. */
export interface OpenCall {
  readonly id: string
  readonly turn: string
  readonly name: string
  readonly arguments: string
  /** `called`: nothing was done; `asked`: a person is asked; `intended`: it may have happened. */
  readonly state: "called" | "asked" | "allowed" | "denied" | "intended"
  readonly note?: string
}

/** What there is to know of a conversation without its messages: its size does not grow with them. */
export interface ConversationState {
  readonly title: string
  readonly root: string
  readonly mode: Mode
  readonly model: string
  readonly isArchived: boolean
  /** Its contents have left the views. */
  readonly isDeleted?: boolean
  /** Whoever began it; undefined where that was not stored. */
  readonly owner?: string
  /** Who alone speaks and decides in it; undefined: whoever may write. */
  readonly control?: Party | undefined
  /** Who may read along: by links that were not revoked. They may have expired. */
  readonly shares?: readonly {
    readonly id: string
    readonly tokenHash: string
    readonly expiresAt: string
    readonly by: string
  }[]
  /** The newest entry of the history. */
  readonly last?: string
  /** The last time the history was taken back. */
  readonly rewind?: { readonly from: string; readonly to: string; readonly filesBefore?: string }
  readonly branchOf?: { readonly conversation: string; readonly message: string }
  readonly parent?: { readonly conversation: string; readonly call: string }
  readonly agent?: AgentBounds
  readonly ledger: Ledger
  readonly compaction: {
    readonly upTo: string
    readonly summary: string
    readonly asked?: { readonly turn: string; readonly text: string }
  } | null
  /** The turn that runs, or was cut off. */
  readonly turn: {
    readonly id: string
    readonly message: string
    readonly by: string
    readonly steps: number
    /** What the conversation had cost when it began. */
    readonly costBeforeUsd: number
    /** The files were recorded before it changed anything. */
    readonly isProtected: boolean
  } | null
  readonly openCalls: readonly OpenCall[]
  /** Messages said to the turn that runs since its last answer: what it does not hear becomes a turn of its own. */
  readonly unheard: readonly string[]
  /** Messages that wait for a turn of their own, oldest first. */
  readonly queued: readonly string[]
  /** Command lines that a person typed, by message, until their turns are over. */
  readonly shell?: Readonly<Record<string, string>>
  /** Files whose text stands in every prompt. */
  readonly contextFiles?: readonly string[]
  /** Of the last message that began a turn, or waits to. */
  readonly wishes: TurnWishes
  /** Tools that a person allowed for this session. */
  readonly allowed: readonly { readonly call: string; readonly name: string; readonly arguments: string }[]
  /** Messages that no model may be given. */
  readonly withheld?: readonly string[]
  readonly messages: number
  readonly usage: {
    readonly inputTokens: number
    readonly cachedInputTokens: number
    readonly outputTokens: number
    /** Of the answers whose price is known. */
    readonly costUsd: number
  }
}

export const initialState: ConversationState = {
  title: "",
  root: "",
  mode: "ask",
  model: "",
  isArchived: false,
  ledger: emptyLedger,
  compaction: null,
  turn: null,
  openCalls: [],
  unheard: [],
  queued: [],
  wishes: {},
  allowed: [],
  messages: 0,
  usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costUsd: 0 },
}

/** The state after an event. */
export function evolve(state: ConversationState, { type, data }: ConversationEvent): ConversationState {
  switch (type) {
    case "conversation.started": {
      const { title, root, mode, model, branchOf, parent, agent, by: owner } = data
      const of = { ...(branchOf && { branchOf }), ...(parent && { parent }), ...(agent && { agent }) }
      return { ...state, title, root, mode, model, ...of, ...(owner !== undefined && { owner }) }
    }
    case "conversation.deleted":
      return { ...state, isDeleted: true, turn: null, openCalls: [], queued: [], unheard: [], shares: [] }
    case "control.passed":
      return { ...state, control: data.to ?? undefined }
    case "share.made": {
      const { share: id, tokenHash, expiresAt, by } = data
      return { ...state, shares: [...(state.shares ?? []), { id, tokenHash, expiresAt, by }] }
    }
    case "share.ended":
      return { ...state, shares: (state.shares ?? []).filter(({ id }) => id !== data.share) }
    case "conversation.rewound": {
      const { to, from, ledger, compaction, allowed, files } = data
      return {
        ...state,
        ledger,
        compaction: compaction && compactionOf(compaction),
        allowed,
        // What waited is taken back with the rest, or part of what holds.
        queued: [],
        last: to,
        rewind: { from, to, ...(files && { filesBefore: files.before }) },
      }
    }
    case "conversation.renamed":
      return { ...state, title: data.title }
    case "conversation.archived":
      return { ...state, isArchived: data.isArchived }
    case "mode.changed":
      return { ...state, mode: data.mode }
    case "model.changed":
      return { ...state, model: data.model }
    case "user.spoke":
      return {
        ...state,
        messages: state.messages + 1,
        last: data.message,
        ...(data.shell !== undefined && { shell: { ...state.shell, [data.message]: data.shell } }),
        // What steers a turn is heard in it.
        ...(data.steers === undefined
          ? { queued: [...state.queued, data.message], wishes: data.wishes ?? {} }
          : { unheard: [...state.unheard, data.message] }),
      }
    case "message.withheld":
      return { ...state, withheld: [...(state.withheld ?? []), data.message] }
    case "turn.started":
      return {
        ...state,
        turn: {
          id: data.turn,
          message: data.message,
          by: data.by,
          steps: 0,
          costBeforeUsd: state.usage.costUsd,
          isProtected: false,
        },
        queued: state.queued.filter((message) => message !== data.message),
      }
    case "assistant.spoke": {
      const calls = data.parts.flatMap((part): OpenCall[] =>
        part.kind === "tool-call"
          ? [{ id: part.id, turn: data.turn, name: part.name, arguments: part.arguments, state: "called" }]
          : [],
      )
      const { usage } = state
      return {
        ...state,
        messages: state.messages + 1,
        last: data.message,
        turn: state.turn && { ...state.turn, steps: state.turn.steps + 1 },
        unheard: [],
        openCalls: [...state.openCalls, ...calls],
        usage: {
          inputTokens: usage.inputTokens + data.usage.inputTokens,
          cachedInputTokens: usage.cachedInputTokens + data.usage.cachedInputTokens,
          outputTokens: usage.outputTokens + data.usage.outputTokens,
          costUsd: usage.costUsd + (data.usage.costUsd ?? 0),
        },
      }
    }
    case "permission.asked":
      return callIs(state, data.call, { state: "asked" })
    case "permission.answered": {
      const call = state.openCalls.find(({ id }) => id === data.call)
      const meant = call ?? data.of
      const isKept = meant && data.isAllowed && data.scope !== "once"
      return {
        ...callIs(state, data.call, {
          state: data.isAllowed ? "allowed" : "denied",
          ...(data.note === undefined ? {} : { note: data.note }),
        }),
        allowed: isKept
          ? [...state.allowed, { call: data.call, name: meant.name, arguments: meant.arguments }]
          : state.allowed,
      }
    }
    case "tool.intended":
      return callIs(state, data.call, { state: "intended" })
    case "tool.finished":
      return {
        ...state,
        last: data.call,
        openCalls: state.openCalls.filter(({ id }) => id !== data.call),
        usage: { ...state.usage, costUsd: state.usage.costUsd + (data.costUsd ?? 0) },
      }
    case "ledger.changed":
      return { ...state, ledger: data.changes.reduce(changed, state.ledger) }
    case "context.compacted":
      return { ...state, compaction: compactionOf(data) }
    case "checkpoint.taken":
      return { ...state, turn: state.turn && { ...state.turn, isProtected: true } }
    case "context.chosen":
      return { ...state, contextFiles: data.files }
    case "turn.ended": {
      // What was said when the last answer was there already, and the turn not yet over.
      const after = { ...state, turn: null, openCalls: [], queued: [...state.queued, ...state.unheard], unheard: [] }
      if (state.shell === undefined) return after
      const { [state.turn?.message ?? ""]: _over, ...shell } = state.shell
      return { ...after, shell }
    }
  }
}

const compactionOf = ({
  upTo,
  summary,
  asked,
}: NonNullable<Extract<ConversationEvent, { type: "conversation.rewound" }>["data"]["compaction"]>) => ({
  upTo,
  summary,
  ...(asked && { asked }),
})

const callIs = (state: ConversationState, id: string, change: Partial<OpenCall>): ConversationState => ({
  ...state,
  openCalls: state.openCalls.map((call) => (call.id === id ? { ...call, ...change } : call)),
})
