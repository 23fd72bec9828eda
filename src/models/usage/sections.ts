import type { Message, ModelRequest, Part } from "../model.ts"

/** An image costs about this much text, for want of its size: a provider's tile or two. */
const imageChars = 4_000

/**
 * The prompt's tokens by its sections: `total`, as the provider counted it, shared out by characters. Messages without a
 * section count under their role, tools under "tools". The shares add up to `total`.
 */
export function tokensBySection({ messages, tools }: Pick<ModelRequest, "messages" | "tools">, total: number) {
  const chars = new Map<string, number>()
  const add = (section: string, n: number) => chars.set(section, (chars.get(section) ?? 0) + n)
  for (const message of messages) add(message.section ?? message.role, charsOf(message))
  if (tools && tools.length > 0) add("tools", JSON.stringify(tools).length)
  const sum = [...chars.values()].reduce((all, n) => all + n, 0)
  const shares: Record<string, number> = {}
  let before = 0
  let given = 0
  for (const [section, n] of chars) {
    before += n
    // Rounding the running sum, not each share: what one loses the next one gets.
    const upTo = sum === 0 ? 0 : Math.round((total * before) / sum)
    shares[section] = upTo - given
    given = upTo
  }
  return shares
}

export const charsOf = ({ parts }: Message): number => parts.reduce((sum, part) => sum + partChars(part), 0)

function partChars(part: Part): number {
  switch (part.kind) {
    case "text":
    case "reasoning":
      return part.text.length
    case "image":
      return imageChars
    case "tool-call":
      return part.name.length + part.arguments.length
    case "tool-result":
      return part.content.reduce((sum, one) => sum + partChars(one), 0)
  }
}
