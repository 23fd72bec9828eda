import type { CacheMark, ImagePart, Message, Part, ReasoningProof, TextPart } from "../../models/model.ts"

/**
 * Builds the messages of a request: thoughts, text and calls of one turn of the assistant come together, results come
 * with the name of the tool that gave them, and a proof that came sealed goes back to its call.
 */
export function conversation() {
  const messages: { role: Message["role"]; parts: Part[]; cache?: CacheMark | undefined }[] = []
  const toolNames = new Map<string, string>()
  const callProofs = new Map<string, ReasoningProof>()

  const add = (role: Message["role"], parts: readonly Part[], cache?: CacheMark) => {
    const last = messages.at(-1)
    const joins = last?.role === role && last.cache === undefined && (role === "assistant" || role === "tool")
    if (joins) {
      last.parts.push(...parts)
      last.cache = cache
    } else messages.push({ role, parts: [...parts], cache })
  }

  return {
    add,
    /** A thought, or the carrier of a call's proof. */
    thought(text: string, sealed?: { readonly proof: ReasoningProof; readonly callId?: string | undefined }) {
      if (sealed?.callId !== undefined) callProofs.set(sealed.callId, sealed.proof)
      else if (text !== "" || sealed) add("assistant", [{ kind: "reasoning", text, proof: sealed?.proof }])
    },
    call(id: string, name: string, args: string) {
      toolNames.set(id, name)
      add("assistant", [{ kind: "tool-call", id, name, arguments: args }])
    },
    result(callId: string, content: readonly (TextPart | ImagePart)[], isError?: boolean) {
      const name = toolNames.get(callId) ?? "unknown"
      add("tool", [{ kind: "tool-result", callId, name, content, isError }])
    },
    /** Marks the last message for the provider's cache. */
    mark(cache: CacheMark) {
      const last = messages.at(-1)
      if (last) last.cache = cache
    },
    done(): Message[] {
      if (callProofs.size === 0) return messages
      return messages.map(({ parts, ...message }) => ({
        ...message,
        parts: parts.map((part) =>
          part.kind === "tool-call" && callProofs.has(part.id) ? { ...part, proof: callProofs.get(part.id) } : part,
        ),
      }))
    },
  }
}

export type Conversation = ReturnType<typeof conversation>

/**
 * The dialects of OpenAI have no marks for the provider's cache. A request with tools is one turn of a loop that will
 * send all of it again, so its rules and its end are marked; a single question is not worth a write to the cache.
 */
export function markedForCache(messages: readonly Message[]): Message[] {
  const lastRules = messages.findIndex(({ role }) => role !== "system") - 1
  return messages.map((message, at) =>
    message.cache === undefined && (at === lastRules || at === messages.length - 1)
      ? { ...message, cache: "short" }
      : message,
  )
}
