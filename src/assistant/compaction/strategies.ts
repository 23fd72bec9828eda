import { estimateTokens } from "../../base/tokens.ts"
import type { Entry } from "../conversation/entries.ts"

/** Makes a text of at most about `tokens` out of the entries that leave the prompt. */
export type Strategy = (dropped: readonly Entry[], tokens: number, signal: AbortSignal) => Promise<string>

/** The plain ones need no model. `semantic` has the model write a summary. */
export const plainStrategies = ["window", "truncation", "sampling"] as const
export const strategyNames = ["semantic", ...plainStrategies] as const
export type StrategyName = (typeof strategyNames)[number]

/** Only what people said, from the latest back: what was done is in the ledger. */
export const slidingWindow: Strategy = async (dropped, tokens) =>
  fitting(
    dropped.filter(({ kind }) => kind === "user").map((entry) => lineOf(entry, Number.POSITIVE_INFINITY)),
    tokens,
  )

/** Every entry, each cut to its share. */
export const truncation: Strategy = async (dropped, tokens) => {
  const share = Math.max(20, Math.floor((tokens * charsInToken) / Math.max(1, dropped.length)))
  return fitting(
    dropped.map((entry) => lineOf(entry, share)),
    tokens,
  )
}

/** What people said, and of the rest every nth entry, so that the whole course is there. */
export const sampling: Strategy = async (dropped, tokens) => {
  const lines = dropped.map((entry) => lineOf(entry, 400))
  const total = lines.reduce((sum, line) => sum + estimateTokens(line), 0)
  const every = Math.max(1, Math.ceil(total / Math.max(1, tokens)))
  return fitting(
    lines.filter((_line, at) => dropped[at]?.kind === "user" || at % every === 0),
    tokens,
  )
}

const charsInToken = 4

/** The last lines that fit, in their order. */
function fitting(lines: readonly string[], tokens: number): string {
  const kept: string[] = []
  let used = 0
  for (const line of lines.toReversed()) {
    used += estimateTokens(line)
    if (used > tokens) break
    kept.unshift(line)
  }
  return kept.join("\n")
}

/** An entry in one paragraph, cut to `chars`. */
export function lineOf(entry: Entry, chars: number): string {
  const parts = entry.kind === "tool" ? entry.content : entry.parts
  const text = parts
    .map((part) => {
      if (part.kind === "text") return part.text
      if (part.kind === "tool-call") return `[called ${part.name} ${part.arguments}]`
      return part.kind === "image" ? "[picture]" : ""
    })
    .filter((one) => one !== "")
    .join(" ")
  const who = entry.kind === "tool" ? `Result (${entry.outcome})` : entry.kind === "user" ? "User" : "Assistant"
  return `${who}: ${text.length > chars ? `${text.slice(0, chars)}…` : text}`
}
