import { z } from "zod"
import type { Page } from "../../assistant/conversation/view.ts"
import { truncate } from "../../base/text.ts"
import { type Block, literal } from "../document.ts"
import { markdownBlocks } from "../llm/markdown-blocks.ts"

const parts = z.array(z.looseObject({ kind: z.string(), text: z.string().optional() }))

const place = {
  n: z.int(),
  at: z.string(),
  id: z.string(),
  /** Whoever said it, or whose turn it belongs to. */
  by: z.string(),
  /** A hook refused it: no model is given it. */
  isWithheld: z.boolean(),
  /** It was taken back. */
  isRewound: z.boolean(),
}

/** One thing in the history of a conversation; `n` counts them from 1. */
export const EntryShape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("user"), ...place, parts }),
  z.object({
    kind: z.literal("assistant"),
    ...place,
    model: z.string(),
    turn: z.string(),
    parts,
  }),
  z.object({
    kind: z.literal("tool"),
    ...place,
    outcome: z.enum(["done", "failed", "denied", "cancelled", "unknown"]),
    content: parts,
    details: z.unknown().optional(),
  }),
])
export type EntryShape = z.infer<typeof EntryShape>

export const entryOf = (entry: Page["entries"][number]): EntryShape => EntryShape.parse(entry)

/** Most lines of a tool's result that are shown. */
const shownLines = 6

export function entryBlocks(entry: EntryShape): Block[] {
  const notes = [entry.isRewound ? "taken back" : "", entry.isWithheld ? "withheld from models" : ""].filter(Boolean)
  const head = (text: string): Block => ({
    kind: "paragraph",
    text: `**#${entry.n} ${literal([text, ...notes].join(", "))}**`,
    tone: "quiet",
  })
  switch (entry.kind) {
    case "user":
      return [head("you"), { kind: "paragraph", text: literal(textOf(entry.parts)) }]
    case "assistant": {
      const calls = entry.parts.filter(({ kind }) => kind === "tool-call")
      return [
        head(entry.model),
        ...markdownBlocks(textOf(entry.parts)),
        ...(calls.length === 0
          ? []
          : [
              {
                kind: "list",
                items: calls.map((call) => literal(`${call.name} ${truncate(String(call.arguments), 200)}`)),
              } as const,
            ]),
      ]
    }
    case "tool": {
      const lines = textOf(entry.content).split("\n")
      const rest = lines.length > shownLines ? [`(and ${lines.length - shownLines} more lines)`] : []
      return [
        head(`tool, ${entry.outcome}`),
        { kind: "verbatim", text: [...lines.slice(0, shownLines), ...rest].join("\n"), tone: "quiet" },
      ]
    }
  }
}

export const textOf = (all: z.infer<typeof parts>): string =>
  all.map(({ kind, text }) => (kind === "text" ? (text ?? "") : kind === "image" ? "[a picture]" : "")).join("")
