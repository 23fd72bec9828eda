import { truncate } from "../../base/text.ts"
import { estimateTokens } from "../../base/tokens.ts"
import type { Message } from "../../models/model.ts"
import type { Catalogue } from "./catalogue.ts"

const mostDescription = 300
const budgetTokens = 2_000

/** Names and descriptions of skills and agents, for the system prompt: as many as a budget holds, and how many more. */
export function listingMessages({ skills, agents }: Pick<Catalogue, "skills" | "agents">): Message[] {
  const text = [
    listed("Skills: what is known here about certain work. Read one with `skill` before you do such work.", skills),
    listed("Agents for `delegate`.", agents),
  ].filter((part) => part !== "")
  if (text.length === 0) return []
  return [{ role: "system", parts: [{ kind: "text", text: text.join("\n\n") }], section: "skills" }]
}

function listed(title: string, items: ReadonlyMap<string, { readonly name: string; readonly description: string }>) {
  const lines: string[] = []
  let tokens = 0
  for (const { name, description } of items.values()) {
    const line = `- ${name}: ${truncate(description.replaceAll(/\s+/g, " "), mostDescription)}`
    tokens += estimateTokens(line)
    if (tokens > budgetTokens) break
    lines.push(line)
  }
  const more = items.size - lines.length
  if (items.size === 0) return ""
  return [title, ...lines, ...(more > 0 ? [`(and ${more} more, which an unknown name lists)`] : [])].join("\n")
}
