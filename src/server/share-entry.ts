import { undecided } from "../assistant/conversation/undecided.ts"
import type { ConversationRows, Placed } from "../assistant/conversation/view.ts"
import { entryShownTo } from "../commands/session/shown.ts"

/** One thing that was said or done, as texts: all that a link shows of it. */
export interface SharedEntry {
  readonly n: number
  /** ISO 8601. */
  readonly at: string
  readonly kind: "user" | "assistant" | "tool"
  readonly who: string
  readonly text: string
  /** Tools that were called, with their arguments. */
  readonly calls: readonly string[]
}

export interface SharedPage {
  readonly title: string
  readonly isRunning: boolean
  readonly entries: readonly SharedEntry[]
  /** What to ask for to see the page before; null at the beginning. */
  readonly before: number | null
  /** ISO 8601. */
  readonly expiresAt: string
}

/** Without secrets, without what was withheld, and without what a model thought to itself. */
export function sharedEntry(placed: Placed, mask: (text: string) => string): SharedEntry {
  const entry = entryShownTo(placed, null, mask)
  const { n, at, kind } = entry
  switch (entry.kind) {
    case "user":
      return { n, at, kind, who: entry.by, text: textOf(entry.parts), calls: [] }
    case "assistant": {
      const calls = entry.parts.flatMap((part) => (part.kind === "tool-call" ? [`${part.name} ${part.arguments}`] : []))
      return { n, at, kind, who: entry.model, text: textOf(entry.parts), calls }
    }
    case "tool":
      return { n, at, kind, who: `tool, ${entry.outcome}`, text: textOf(entry.content), calls: [] }
  }
}

/** Entries up to the first that a hook may still refuse. */
export function decided(rows: ConversationRows, id: string, entries: readonly Placed[]): readonly Placed[] {
  const state = rows.state(id)
  const open = state ? undecided(state) : new Set<string>()
  const at = entries.findIndex((entry) => open.has(entry.id))
  return at < 0 ? entries : entries.slice(0, at)
}

const textOf = (parts: readonly { readonly kind: string; readonly text?: string }[]): string =>
  parts.map(({ kind, text }) => (kind === "text" ? (text ?? "") : kind === "image" ? "[a picture]" : "")).join("")
