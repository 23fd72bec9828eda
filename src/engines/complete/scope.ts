import type { Token } from "../../code/tokens.ts"
import type { Cursor } from "./cursor.ts"

export interface SeenName {
  /** How near, how often, and whether it can be seen from the cursor: larger is likelier. */
  weight: number
  /** Where it stands before the cursor it can't be seen: only in blocks that are closed. */
  isHidden: boolean
}

/** After so many tokens what was written counts half. */
const halfLife = 150
/** What stands in a block that is closed is rarely meant. */
const closed = 0.3
const behindCursor = 0.4

const openers = new Set(["{", "(", "["])
const closers = new Set(["}", ")", "]"])

/**
 * Names of the buffer by how likely they are meant at the cursor, and those that stand after a dot apart. Blocks are told by
 * brackets, and by indentation where the language has it: what is in a block that was closed before the cursor can't be seen.
 */
export function namesAround({ before, behind, language, text, offset }: Cursor): {
  readonly names: ReadonlyMap<string, SeenName>
  readonly members: ReadonlyMap<string, SeenName>
} {
  const names = new Map<string, SeenName>()
  const members = new Map<string, SeenName>()
  const see = (token: Token, isMember: boolean, weight: number, isHidden: boolean) => {
    const map = isMember ? members : names
    const seen = map.get(token.text) ?? { weight: 0, isHidden }
    seen.weight += weight
    seen.isHidden &&= isHidden
    map.set(token.text, seen)
  }
  const isMember = (list: readonly Token[], at: number) => /^(?:\.|\?\.|->|::)$/.test(list[at - 1]?.text ?? "")
  const isVisibleAt = language === "python" ? byIndentation(text, offset) : undefined

  let depth = 0
  // The head of a block around the cursor: what it declares in brackets can be seen within.
  let isHead = false
  for (let at = before.length - 1; at >= 0; at--) {
    const token = before[at] as Token
    if (closers.has(token.text)) {
      if (token.text === "}" && depth === 0) isHead = false
      depth++
    } else if (openers.has(token.text)) {
      if (depth > 0) depth--
      else isHead = true
    } else if (depth === 0 && (token.text === ";" || token.kind === "line")) isHead = false
    if (token.kind !== "name") continue
    const isVisible = isVisibleAt ? isVisibleAt(token) : depth === 0 || isHead
    const distance = before.length - at
    see(token, isMember(before, at), 0.5 ** (distance / halfLife) * (isVisible ? 1 : closed), !isVisible)
  }
  // What stands behind may be of the same closed block's making, or not be there yet.
  const isHiddenBefore = (text: string) => names.get(text)?.isHidden ?? false
  behind.forEach((token, at) => {
    if (token.kind === "name")
      see(token, isMember(behind, at), behindCursor * 0.5 ** (at / halfLife), isHiddenBefore(token.text))
  })
  return { names, members }
}

/**
 * Lines that are further in than the block around the cursor belong to another one, and what a function declares in its head
 * can be seen within it alone.
 */
function byIndentation(text: string, offset: number): (token: Token) => boolean {
  const lineOf = (at: number) => {
    const start = text.lastIndexOf("\n", at - 1) + 1
    const line = text.slice(start, start + 400).split("\n", 1)[0] ?? ""
    return { start, line, indent: /^[ \t]*/.exec(line)?.[0].length ?? 0 }
  }
  const here = lineOf(offset)
  let around = here.indent
  let enclosing = here.start
  return ({ start: at, text: name }) => {
    const { start, line, indent } = lineOf(at)
    if (indent > around) return false
    if (indent < around) enclosing = start
    around = indent
    const defined = /^\s*(?:async\s+)?(?:def|class)\s+(\w+)/.exec(line)?.[1]
    return defined === undefined || start === enclosing || name === defined
  }
}
