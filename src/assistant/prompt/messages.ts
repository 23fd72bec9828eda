import type { ImagePart, Message, Part, TextPart } from "../../models/model.ts"
import type { Entry } from "../conversation/entries.ts"
import type { ToolContent, UserPart } from "../conversation/parts.ts"

export interface MessageOptions {
  /** Pictures, Base64, by the hash under which they are kept. */
  readonly pictures: (blob: string) => Promise<string>
}

/**
 * The history as a model is given it. Results follow the answer that called for them, whatever a person said in between:
 * providers insist on it. A call without a result is given one that says so.
 */
export async function messagesOf(entries: readonly Entry[], options: MessageOptions): Promise<Message[]> {
  const results = new Map(entries.flatMap((entry) => (entry.kind === "tool" ? [[entry.id, entry] as const] : [])))
  const messages: Message[] = []
  for (const entry of entries) {
    if (entry.kind === "user") {
      messages.push({ role: "user", parts: await contentOf(entry.parts, options), section: "history" })
    } else if (entry.kind === "assistant") {
      // An answer that was nothing is no message.
      if (entry.parts.length === 0) continue
      messages.push({ role: "assistant", parts: entry.parts, section: "history" })
      const parts: Part[] = []
      for (const part of entry.parts) {
        if (part.kind !== "tool-call") continue
        const result = results.get(part.id)
        parts.push({
          kind: "tool-result",
          callId: part.id,
          name: part.name,
          content: result ? await contentOf(result.content, options) : [noResult],
          ...(result && result.outcome !== "done" ? { isError: true } : {}),
        })
      }
      if (parts.length > 0) messages.push({ role: "tool", parts, section: "tool results" })
    }
  }
  return messages
}

const noResult: TextPart = { kind: "text", text: "There is no result: the turn ended before this was done." }

async function contentOf(
  parts: readonly (UserPart | ToolContent)[],
  { pictures }: MessageOptions,
): Promise<(TextPart | ImagePart)[]> {
  return Promise.all(
    parts.map(
      async (part): Promise<TextPart | ImagePart> =>
        part.kind === "text"
          ? part
          : { kind: "image", mediaType: part.mediaType, source: { kind: "base64", data: await pictures(part.blob) } },
    ),
  )
}
