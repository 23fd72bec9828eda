import { isDeepStrictEqual } from "node:util"
import type { Mode } from "../../access/permissions/mode.ts"
import { DuckError, InvalidInputError } from "../../base/errors.ts"
import type { AgentBounds, ConversationEvent, TurnWishes } from "./events.ts"
import type { UserPart } from "./parts.ts"
import type { ConversationState } from "./state.ts"

/** What people do to a conversation; what its turn does comes from the loop. */
export type ConversationCommand =
  | {
      readonly kind: "start"
      readonly title: string
      readonly root: string
      readonly mode: Mode
      readonly model: string
      readonly branchOf?: { readonly conversation: string; readonly message: string }
      readonly parent?: { readonly conversation: string; readonly call: string }
      readonly agent?: AgentBounds
    }
  /** `queues`: the message waits for the running turn to end, instead of steering it. */
  | {
      readonly kind: "say"
      readonly message: string
      readonly parts: readonly [UserPart, ...UserPart[]]
      readonly queues?: boolean
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
    const { kind: _kind, ...data } = command
    return [event("conversation.started", data)]
  }
  if (!isStarted) throw new InvalidInputError({ message: "The conversation has not begun." })
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
      const { message, parts, queues = false, wishes, shell } = command
      const steers = state.turn && !queues && shell === undefined ? { steers: state.turn.id } : {}
      const how = { ...steers, ...(wishes && { wishes }), ...(shell !== undefined && { shell }) }
      return [event("user.spoke", { message, parts: [...parts], ...how })]
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
      const { kind: _kind, ...data } = command
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
  }
}
