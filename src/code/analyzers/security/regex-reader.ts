import {
  type Automaton,
  either,
  growingAutomaton,
  nothing,
  optional,
  type Part,
  TooLargeError,
} from "./regex-automaton.ts"
import { charsOf, everyChar } from "./regex-chars.ts"
import type { Family } from "./rule.ts"

/** More copies of a part than this are too many to tell apart; as an upper bound it is as good as none. */
const mostCopies = 12
const mostDepth = 60

/** Not an expression, or one with what no automaton can say: back references, possessive quantifiers. */
export class UnreadableError extends Error {}

/** The automaton of an expression. Throws UnreadableError and TooLargeError. */
export function automatonOf(source: string, family: Family): Automaton {
  const automaton = growingAutomaton()
  const { place, sequence } = automaton
  let at = 0

  function alternatives(depth: number): Part {
    if (depth > mostDepth) throw new TooLargeError()
    const parts = [concatenation(depth)]
    while (source[at] === "|") {
      at += 1
      parts.push(concatenation(depth))
    }
    return either(parts)
  }

  function concatenation(depth: number): Part {
    let whole = nothing
    while (at < source.length && source[at] !== "|" && source[at] !== ")") whole = sequence(whole, quantified(depth))
    return whole
  }

  function quantified(depth: number): Part {
    const from = at
    let part = atom(depth)
    /** The same once more, with positions of its own. */
    const again = () => {
      const resume = at
      at = from
      const copy = atom(depth)
      at = resume
      return copy
    }
    for (;;) {
      const quantifier = quantifierAt(source, at, family)
      if (!quantifier) return part
      at += quantifier.length
      part = repeated(part, again, quantifier)
    }
  }

  function repeated(part: Part, again: () => Part, { least, most }: Quantifier): Part {
    if (most > mostCopies) return endless(part, again, least)
    if (most === 0) return nothing
    let whole = least === 0 ? optional(part) : part
    for (let count = 1; count < most; count++) whole = sequence(whole, count < least ? again() : optional(again()))
    return whole
  }

  function endless(part: Part, again: () => Part, least: number): Part {
    if (least > mostCopies) throw new TooLargeError()
    if (least <= 1) return { ...automaton.loop(part), isNullable: part.isNullable || least === 0 }
    let whole = part
    for (let count = 1; count < least; count++) whole = sequence(whole, again())
    return sequence(whole, optional(automaton.loop(again())))
  }

  function atom(depth: number): Part {
    const sign = source[at] ?? ""
    if (sign === "(") return group(depth)
    if (sign === "[") return place(charsOf(taken(classEnd(source, at))))
    if (sign === "\\") return escapedSign()
    at += 1
    if (sign === "^" || sign === "$") return assertion()
    return place(sign === "." ? everyChar : charsOf(sign))
  }

  function escapedSign(): Part {
    const escaped = escapes.exec(source.slice(at))?.[0]
    if (!escaped) throw new UnreadableError()
    at += escaped.length
    if (/^\\[bBAzZG<>]$/.test(escaped)) return assertion()
    // A back reference matches what it matched before.
    if (/^\\(?:[1-9]|k)/.test(escaped)) throw new UnreadableError()
    return place(charsOf(escaped))
  }

  function group(depth: number): Part {
    const opened = openings.exec(source.slice(at, at + 80))?.[0] ?? "("
    // An atomic group does not go back.
    if (opened === "(?>" || (opened === "(" && source[at + 1] === "?")) throw new UnreadableError()
    at += opened.length
    if (opened.endsWith(")")) return nothing
    const part = alternatives(depth + 1)
    if (source[at] !== ")") throw new UnreadableError()
    at += 1
    // What is looked at is not taken: it stays apart, and only says that there is something that can fail.
    return /^\(\?<?[=!]/.test(opened) ? assertion() : part
  }

  /** Matches no text and can fail: a position that nothing overlaps with. */
  const assertion = (): Part => place([])

  function taken(end: number): string {
    if (end < 0) throw new UnreadableError()
    const text = source.slice(at, end)
    at = end
    return text
  }

  const whole = alternatives(0)
  if (at < source.length) throw new UnreadableError()
  return automaton.finish(whole)
}

const escapes = /^\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[\s\S])/
const openings = /^\((?:\?(?:[:=!>]|<[=!]|P?<\w+>|P=\w+\)|'\w+'|[a-zA-Z-]+[:)]|#[^)]*\)))?/

interface Quantifier {
  readonly least: number
  /** Infinity: any number. */
  readonly most: number
  /** In the source. */
  readonly length: number
}

function quantifierAt(source: string, at: number, family: Family): Quantifier | undefined {
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})([?+]?)/.exec(source.slice(at, at + 24))
  if (!found) return undefined
  const [{ length }, sign, least, comma, most, mode] = found
  // Possessive ones don't go back.
  if (mode === "+" && family !== "js" && family !== "python") throw new UnreadableError()
  if (sign !== undefined)
    return { least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Number.POSITIVE_INFINITY, length }
  const bound = comma === "" ? least : most
  return { least: Number(least), most: bound === "" ? Number.POSITIVE_INFINITY : Number(bound), length }
}

/** Index after the `]` that ends a class, -1 where none does. */
function classEnd(source: string, from: number): number {
  let at = from + 1
  if (source[at] === "^") at += 1
  if (source[at] === "]") at += 1
  while (at < source.length && source[at] !== "]") at += source[at] === "\\" ? 2 : 1
  return at < source.length ? at + 1 : -1
}
