import { lineEnd } from "../../code/tokens.ts"
import type { Cursor } from "./cursor.ts"
import type { Lexicon } from "./lexicon.ts"

/** Most tokens of what is put in at once. */
const mostTokens = 16
/** What follows is certain enough where it has this share, and weighs at least so much: about as much as three places. */
const leastShare = 0.6
const leastWeight = 3

const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" }

/**
 * How the project usually goes on after a token: the rest of the line, as far as it is nearly always the same. "" where it
 * is not, or where that is less than two tokens.
 */
export function idiomFrom(first: string, { before, path }: Pick<Cursor, "before" | "path">, lexicon: Lexicon): string {
  const context = [...before.slice(-6).map(({ text }) => lexicon.idOf(text) ?? -1), lexicon.idOf(first) ?? -1]
  const own = lexicon.placeOf(path)
  const open: string[] = []
  let text = first
  let whole = ""
  let steps = 0
  for (; steps < mostTokens; steps++) {
    const after = lexicon.habits.after(context, own)
    let sum = 0
    let best = 0
    let most = 0
    for (const [id, { weight }] of after) {
      sum += weight
      if (weight > most) {
        most = weight
        best = id
      }
    }
    if (most < leastWeight || most / sum < leastShare) break
    const next = lexicon.textOf(best)
    if (next === lineEnd || next === "") break
    if (closes[next] !== undefined && open.pop() !== closes[next]) break
    if (next === "(" || next === "[" || next === "{") open.push(next)
    text += ((after.get(best)?.spaced ?? 0) > most / 2 ? " " : "") + next
    context.push(best)
    // What is cut within brackets would have to be mended by hand.
    if (open.length === 0 && steps > 0) whole = text
  }
  return whole
}
