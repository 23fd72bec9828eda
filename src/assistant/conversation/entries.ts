import type { ConversationEvent } from "./events.ts"
import type { AssistantPart, ToolContent, UserPart } from "./parts.ts"

/** One thing in the history of a conversation, as it is shown and put into prompts. */
export type Entry =
  | { readonly kind: "user"; readonly id: string; readonly parts: readonly UserPart[] }
  | {
      readonly kind: "assistant"
      readonly id: string
      readonly turn: string
      readonly parts: readonly AssistantPart[]
      readonly model: string
    }
  | {
      readonly kind: "tool"
      /** The call's. */
      readonly id: string
      readonly outcome: "done" | "failed" | "denied" | "cancelled" | "unknown"
      readonly content: readonly ToolContent[]
      readonly details?: unknown
    }

/** What an event adds to the history; nothing for those that only change the state. */
export function entryOf({ type, data }: ConversationEvent): Entry | undefined {
  switch (type) {
    case "user.spoke":
      return { kind: "user", id: data.message, parts: data.parts }
    case "assistant.spoke":
      return { kind: "assistant", id: data.message, turn: data.turn, parts: data.parts, model: data.model }
    case "tool.finished": {
      const { call, outcome, content, details } = data
      return { kind: "tool", id: call, outcome, content, ...(details === undefined ? {} : { details }) }
    }
    default:
      return undefined
  }
}

/** What is left of a window after a compaction that reaches `upTo`. */
export function after(window: readonly Entry[], upTo: string): readonly Entry[] {
  const at = window.findIndex(({ id }) => id === upTo)
  return at < 0 ? window : window.slice(at + 1)
}
