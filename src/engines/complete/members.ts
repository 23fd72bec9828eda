import type { Definition } from "../../code/code-index.ts"
import type { Cursor } from "./cursor.ts"
import type { Lexicon } from "./lexicon.ts"

/**
 * Members of what stands before the dot, where the buffer says of which type it is: `new Basket()`, `basket: Basket`, or
 * the class around `this`.
 */
export function membersAt(cursor: Cursor, lexicon: Lexicon): readonly Definition[] {
  const type = typeOf(cursor)
  const all = type === undefined ? [] : lexicon.membersOf(type)
  const isInside = cursor.receiver === "this" || cursor.receiver === "self"
  return all.filter(({ kind, signature }) => kind !== "constructor" && (isInside || !hidden.test(signature)))
}

const hidden = /^(?:private|protected|#)\b/

function typeOf({ receiver, before, text, offset }: Cursor): string | undefined {
  if (receiver === "") return undefined
  if (receiver === "this" || receiver === "self") return classAround(text.slice(Math.max(0, offset - 60_000), offset))
  for (let at = before.length - 3; at >= 0; at--) {
    const token = before[at]
    if (token?.text !== receiver || token.kind !== "name") continue
    const next = before[at + 1]?.text
    const after = before[at + 2]
    if (next === ":" && after?.kind === "name") return after.text
    if ((next === "=" || next === ":=") && after) {
      const made = after.text === "new" || after.text === "await" ? before[at + 3] : after
      const isMade = after.text === "new" || (made?.kind === "name" && /^[A-Z]/.test(made.text))
      if (isMade && made?.kind === "name") return made.text
    }
  }
  // A class called by its own name has static members, and enums have their values.
  return /^[A-Z]/.test(receiver) ? receiver : undefined
}

const classAround = (head: string) => [...head.matchAll(/\bclass\s+([\p{L}_$][\p{L}\p{N}_$]*)/gu)].at(-1)?.[1]
