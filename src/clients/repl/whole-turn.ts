import type { SessionItem } from "../../commands/session/item.ts"
import { harmless } from "./ink.ts"
import { callGist } from "./tool-line.ts"

/** What was answered and run since the person's last message, nothing of it shortened. */
export interface WholeTurn {
  take(item: SessionItem): void
  /** Plain text, in the order in which it happened; "": nothing yet. */
  readonly text: string
}

type Parts = readonly { readonly kind: string; readonly text?: string }[]
const textOf = (parts: Parts) => parts.map(({ kind, text }) => (kind === "text" ? (text ?? "") : "")).join("")

export function wholeTurn(): WholeTurn {
  const gists = new Map<string, string>()
  /** By id: after a reconnection the same is told again. */
  const told = new Map<string, string>()

  const spoke = (id: string, parts: Parts) => {
    for (const part of parts) {
      if (part.kind === "tool-call" && "id" in part && "name" in part && "arguments" in part)
        gists.set(String(part.id), callGist(String(part.name), String(part.arguments)))
    }
    const text = textOf(parts).trim()
    if (text !== "") told.set(id, text)
  }
  const finished = (id: string, outcome: string, content: Parts) =>
    told.set(id, `── ${gists.get(id) ?? "a call"} · ${outcome}\n${textOf(content).trimEnd()}`)

  return {
    get text() {
      return told.size === 0 ? "" : `${harmless([...told.values()].join("\n\n"))}\n`
    },
    take(item) {
      if (item.kind === "entry") {
        const { entry } = item
        if (entry.kind === "user") told.clear()
        if (entry.kind === "assistant") spoke(entry.id, entry.parts)
        if (entry.kind === "tool") finished(entry.id, entry.outcome, entry.content)
      }
      if (item.kind !== "event") return
      if (item.type === "user.spoke") told.clear()
      if (item.type === "assistant.spoke") spoke(item.data.message, item.data.parts)
      if (item.type === "tool.finished") finished(item.data.call, item.data.outcome, item.data.content)
    },
  }
}
