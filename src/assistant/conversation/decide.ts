import { isDeepStrictEqual } from "node:util"
import type { Mode } from "../../access/permissions/mode.ts"
import { DuckError, InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { ledger } from "../ledger/change.ts"
import { mayTake, requireControl, type Speaker } from "./control.ts"
import type { AgentBounds, ConversationEvent, Party, TurnWishes } from "./events.ts"
import type { Restored } from "./line.ts"
import type { UserPart } from "./parts.ts"
import type { ConversationState } from "./state.ts"

/** What people do to a conversation; what its turn does comes from the loop. `speaker`: refused where another is in control. */
export type ConversationCommand = { readonly speaker?: Speaker } & (
  | {
      readonly kind: "start"
      readonly title: string
      readonly root: string
      readonly mode: Mode
      readonly model: string
      readonly branchOf?: { readonly conversation: string; readonly message: string }
      readonly parent?: { readonly conversation: string; readonly call: string }
      readonly agent?: AgentBounds
      readonly by?: string
    }
  /**
   * `queues`: the message waits for the running turn to end, instead of steering it. `begins`: the turn that it begins
   * where none runs and no other message waits, in the same commit: no crash comes between them.
   */
  | {
      readonly kind: "say"
      readonly message: string
      readonly parts: readonly [UserPart, ...UserPart[]]
      readonly queues?: boolean
      readonly begins?: { readonly turn: string; readonly by: string }
      readonly wishes?: TurnWishes
      /** A command line to be run, in a turn of its own that asks no model. */
      readonly shell?: string
    }
  | {
      readonly kind: "answer"
      readonly call: string
      readonly isAllowed: boolean
      readonly scope: "once" | "session"
      readonly by: string
      readonly note?: string
    }
  | { readonly kind: "rename"; readonly title: string }
  | { readonly kind: "archive"; readonly isArchived: boolean }
  | { readonly kind: "set-mode"; readonly mode: Mode }
  | { readonly kind: "set-model"; readonly model: string }
  | { readonly kind: "choose-context"; readonly files: readonly string[] }
  /** Null: whoever may write. `takes`: by someone who is not in control and may take it. */
  | { readonly kind: "hand-over"; readonly to: Party | null; readonly by: Speaker; readonly takes: boolean }
  | {
      readonly kind: "share"
      readonly share: string
      readonly tokenHash: string
      readonly expiresAt: string
      readonly by: string
    }
  | { readonly kind: "unshare"; readonly share: string; readonly by: string }
  | {
      readonly kind: "rewind"
      readonly to: string
      readonly restored: Restored
      readonly files?: { readonly step: string; readonly before: string }
      readonly by: string
    }
  | { readonly kind: "delete"; readonly by: string }
)

type EventOf<T extends ConversationEvent["type"]> = Extract<ConversationEvent, { type: T }>

/** An event of a conversation, of today's version. */
export const event = <T extends ConversationEvent["type"]>(type: T, data: EventOf<T>["data"]): EventOf<T> =>
  // One member of the union for each type.
  ({ type, v: 1, data }) as EventOf<T>

/** The events a command leads to; none where all is as it is wanted. Throws a DuckError to refuse it. */
export function decide(command: ConversationCommand, state: ConversationState): readonly ConversationEvent[] {
  const isStarted = state.root !== ""
  if (command.kind === "start") {
    if (isStarted) throw new InvalidInputError({ message: "The conversation has begun already." })
    const { kind: _kind, speaker: _speaker, ...data } = command
    return [event("conversation.started", data)]
  }
  if (!isStarted) throw new InvalidInputError({ message: "The conversation has not begun." })
  if (state.isDeleted) throw deleted()
  // To take it, and to end what others may read, is left to the cases.
  if (command.speaker && command.kind !== "hand-over" && command.kind !== "unshare") {
    requireControl(state, command.speaker)
  }
  switch (command.kind) {
    case "say": {
      if (state.isArchived) {
        throw new DuckError({
          code: "CONVERSATION_ARCHIVED",
          message: "The conversation is archived.",
          hint: "Take it out of the archive first: `duck session archive <id> --undo`.",
          status: 409,
        })
      }
      const { message, parts, queues = false, begins, wishes, shell } = command
      const steers = state.turn && !queues && shell === undefined ? { steers: state.turn.id } : {}
      const how = { ...steers, ...(wishes && { wishes }), ...(shell !== undefined && { shell }) }
      const spoke = event("user.spoke", { message, parts: [...parts], ...how })
      const isNext = !state.turn && state.queued.length === 0
      return begins && isNext ? [spoke, event("turn.started", { ...begins, message })] : [spoke]
    }
    case "answer": {
      const call = state.openCalls.find(({ id }) => id === command.call)
      if (call?.state !== "asked") {
        throw new DuckError({
          code: "NOTHING_ASKED",
          message: "Nobody waits for this answer: it was given already, or the turn is over.",
          status: 409,
          details: { call: command.call },
        })
      }
      const { kind: _kind, speaker: _speaker, ...data } = command
      return [event("permission.answered", data)]
    }
    case "rename":
      return command.title === state.title ? [] : [event("conversation.renamed", { title: command.title })]
    case "archive":
      return command.isArchived === state.isArchived
        ? []
        : [event("conversation.archived", { isArchived: command.isArchived })]
    case "set-mode":
      return command.mode === state.mode ? [] : [event("mode.changed", { mode: command.mode })]
    case "set-model":
      return command.model === state.model ? [] : [event("model.changed", { model: command.model })]
    case "choose-context":
      return isDeepStrictEqual(command.files, state.contextFiles ?? [])
        ? []
        : [event("context.chosen", { files: [...command.files] })]
    case "hand-over": {
      const { to, by, takes } = command
      if (!takes || !mayTake(state, by)) requireControl(state, by)
      const isSame = to?.user === state.control?.user && to?.client === state.control?.client
      return isSame ? [] : [event("control.passed", { to, by: by.user })]
    }
    case "share": {
      const { share, tokenHash, expiresAt, by } = command
      return [event("share.made", { share, tokenHash, expiresAt, by })]
    }
    case "unshare": {
      const { share, by } = command
      return state.shares?.some(({ id }) => id === share) ? [event("share.ended", { share, by })] : []
    }
    case "rewind": {
      if (state.turn) throw turnRuns("Interrupt it first: `duck session interrupt <id>`.")
      const { to, restored, files, by } = command
      const from = state.last ?? to
      if (from === to && !files) return []
      const held = {
        ledger: ledger.parse(restored.ledger),
        compaction: restored.compaction,
        allowed: [...restored.allowed],
      }
      return [event("conversation.rewound", { to, from, by, ...held, ...(files && { files }) })]
    }
    case "delete":
      return [event("conversation.deleted", { by: command.by })]
  }
}

const deleted = () =>
  new NotFoundError({
    code: "NO_CONVERSATION",
    message: "The conversation was deleted.",
    hint: "`duck session list` shows those that there are.",
  })

export const turnRuns = (hint: string) =>
  new DuckError({ code: "TURN_RUNNING", message: "A turn is running in it.", hint, status: 409 })
