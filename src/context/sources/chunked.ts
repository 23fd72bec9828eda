import { estimateTokens } from "../../base/tokens.ts"
import type { CodeIndex, LineRange } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed } from "../context.ts"

/**
 * A file as items of their own, so that parts of it may go in without the rest: its outermost definitions, or sections of
 * at most so many tokens. What stands between definitions goes with the one below.
 */
export async function chunked(
  file: ContextItem,
  chunking: ContextNeed["chunking"],
  index: Pick<CodeIndex, "outline">,
): Promise<readonly ContextItem[]> {
  const { place, text } = file
  if (!chunking || chunking.unit === "file" || !place) return [file]
  const lines = text.split("\n")
  const starts = chunking.unit === "symbol" ? await definitionStarts(place.path, index) : []
  const pieces = between(starts, lines.length).flatMap((piece) => split(piece, lines, chunking.maxTokens))
  if (pieces.length < 2) return [file]
  return pieces.map(({ startLine, endLine }) => {
    const title = `${place.path}:${startLine}-${endLine}`
    const { shorter: _, ...whole } = file
    return {
      ...whole,
      id: title,
      title,
      place: { path: place.path, startLine, endLine },
      text: lines.slice(startLine - 1, endLine).join("\n"),
    }
  })
}

async function definitionStarts(path: string, index: Pick<CodeIndex, "outline">): Promise<number[]> {
  const { items } = await index.outline(path)
  const outermost = items.filter(({ within }) => within.length === 0).sort((a, b) => a.startLine - b.startLine)
  // Each begins where the one before it ended.
  return outermost.slice(0, -1).map(({ endLine }) => endLine + 1)
}

function between(starts: readonly number[], last: number): LineRange[] {
  const all = [1, ...new Set(starts.filter((line) => line > 1 && line <= last))]
  return all.map((startLine, i) => ({ startLine, endLine: (all[i + 1] ?? last + 1) - 1 }))
}

function split(
  { startLine, endLine }: LineRange,
  lines: readonly string[],
  maxTokens = Number.POSITIVE_INFINITY,
): LineRange[] {
  const pieces: LineRange[] = []
  let from = startLine
  let tokens = 0
  for (let line = startLine; line <= endLine; line++) {
    const more = estimateTokens(`${lines[line - 1]}\n`)
    if (tokens > 0 && tokens + more > maxTokens) {
      pieces.push({ startLine: from, endLine: line - 1 })
      from = line
      tokens = 0
    }
    tokens += more
  }
  return [...pieces, { startLine: from, endLine }]
}
