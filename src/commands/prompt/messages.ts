import { z } from "zod"
import { estimateTokens } from "../../base/tokens.ts"
import type { Message } from "../../models/model.ts"
import type { CommandContext } from "../context.ts"
import { type Block, literal } from "../document.ts"

export const ShownMessage = z.object({
  role: z.enum(["system", "user", "assistant", "tool"]),
  section: z.string(),
  /** Estimated: only the sum is counted as the model counts. */
  tokens: z.int(),
  /** How long the provider is asked to keep everything up to here. */
  cache: z.enum(["short", "long"]).nullable(),
  text: z.string(),
})
type ShownMessage = z.infer<typeof ShownMessage>

export const shownMessages = (messages: readonly Message[]): ShownMessage[] =>
  messages.map(({ role, section = "", cache = null, parts }) => {
    const text = parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
    return { role, section, cache, text, tokens: estimateTokens(text) }
  })

/** Tokens as the named model counts them; nobody is asked. */
export const tokensOf = async (
  messages: readonly Message[],
  model: string,
  { host, actor }: Pick<CommandContext, "host" | "actor">,
): Promise<number> => (await host.models.countTokens({ model, messages, attribution: { user: actor.id } })).tokens

export const messageBlocks = (messages: readonly ShownMessage[]): Block[] =>
  messages.flatMap(({ role, section, tokens, cache, text }): Block[] => [
    {
      kind: "heading",
      level: 2,
      text: literal(
        `${role}, ${section}: about ${tokens} tokens${cache === null ? "" : ", kept in the cache up to here"}`,
      ),
    },
    { kind: "verbatim", text },
  ])
