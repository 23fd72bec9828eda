import { truncate } from "../../base/text.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../../context/context.ts"
import type { LogId } from "../../fabric/ports.ts"
import { ledgerText } from "../ledger/text.ts"
import { undecided } from "./undecided.ts"
import type { ConversationRows, Placed } from "./view.ts"

/** Entries that are read; most of them are results of tools, which say little to another task. */
const mostEntries = 120
const mostMessages = 16
/** With less room. */
const fewMessages = 4
/** Of one message, in characters. */
const longestMessage = 3_000

/**
 * What was said lately in the conversation that a task belongs to, and its ledger: goal, decisions, files that it touched.
 * `project`: the log whose conversations count; one of another project has no word in this. What no model is given stays out.
 */
export function conversationSource(
  rows: Pick<ConversationRows, "get" | "page" | "state">,
  { project, mask }: { readonly project: LogId; readonly mask: (text: string) => string },
): ContextSource {
  return {
    name: "conversation",
    async gather({ session }: ContextNeed) {
      const listed = session === undefined ? undefined : rows.get(session)
      const state = listed && rows.state(listed.id)
      if (listed?.log !== project || !state) return []
      const open = undecided(state)
      const messages = rows
        .page(listed.id, { limit: mostEntries })
        .entries.filter(({ id, isWithheld }) => !isWithheld && !open.has(id))
        .flatMap((entry) => messageOf(entry, mask))
        .slice(-mostMessages)
      const about = { source: "conversation", why: "the conversation that this belongs to" }
      const ledger = mask(ledgerText(state.ledger))
      const items: readonly ContextItem[] = [
        {
          ...about,
          id: `conversation:${listed.id}`,
          title: "what was said lately",
          text: messages.join("\n\n"),
          score: 0.6,
          shorter: [{ form: "excerpt", text: () => messages.slice(-fewMessages).join("\n\n") }],
        },
        { ...about, id: `ledger:${listed.id}`, title: "what the conversation has come to", text: ledger, score: 0.5 },
      ]
      return items.filter(({ text }) => text !== "")
    },
  }
}

/** What a person or the model said; neither its thoughts nor what tools gave. */
function messageOf(entry: Placed, mask: (text: string) => string): string[] {
  if (entry.kind === "tool") return []
  const text = entry.parts.flatMap((part) => (part.kind === "text" ? [part.text.trim()] : [])).join("\n")
  if (text === "") return []
  return [`${entry.kind === "user" ? "User" : "Assistant"}: ${truncate(mask(text), longestMessage)}`]
}
