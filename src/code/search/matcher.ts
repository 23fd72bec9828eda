import { RE2JS } from "re2js"
import { InvalidInputError } from "../../base/errors.ts"
import { gramsOf, mayHold } from "../index/grams.ts"
import { linesBetween, linesOf } from "./passage.ts"
import { type Needed, neededBy } from "./regex-literals.ts"

/** Tells which files may match and which lines do. */
export interface Matcher {
  mayMatch(signature: Uint8Array): boolean
  /** Where the first match in a line starts, or -1. */
  find(line: string): number
  /** Numbers of the lines that match, in order. */
  linesIn(text: string): number[]
}

/** Of longer lines only so much is matched: they are data, and a pattern's cost grows with the length. */
export const maxMatchedLength = 2000

/** Matches a literal text. */
export function literalMatcher(text: string, caseSensitive: boolean): Matcher {
  const grams = gramsOf(text)
  const folded = text.toLowerCase()
  return {
    mayMatch: (signature) => mayHold(signature, grams),
    find: caseSensitive ? (line) => line.indexOf(text) : (line) => line.toLowerCase().indexOf(folded),
    linesIn: (whole) => linesHolding(caseSensitive ? whole : whole.toLowerCase(), caseSensitive ? text : folded),
  }
}

/**
 * Matches a regular expression, line by line, in time that is linear in the line: with JavaScript's engine where the
 * pattern can't backtrack far, else with RE2's. Throws InvalidInputError for a pattern that neither can read.
 */
export function regexMatcher(source: string, caseSensitive: boolean): Matcher {
  const needed = neededBy(source)
  const mayMatch = signatureTest(needed)
  const native = nativeRegex(source, caseSensitive)
  const anchors = anchorsOf(needed)
  const byLine = (find: (line: string) => number): Matcher => ({
    mayMatch,
    find,
    linesIn(text) {
      // Only the lines with one of the literal runs that every match must hold are worth a try.
      if (anchors.length === 0) return linesOf(text).flatMap((line, at) => (find(line) >= 0 ? [at + 1] : []))
      const folded = text.toLowerCase()
      const lines = new Set(anchors.flatMap((anchor) => linesHolding(folded, anchor)))
      const matches = (line: number) => find(linesBetween(text, line, line)[0] ?? "") >= 0
      return [...lines].sort((a, b) => a - b).filter(matches)
    },
  })
  if (isTame(source)) return byLine((line) => cut(line).search(native))
  let linear: RE2JS
  try {
    linear = RE2JS.compile(source, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE)
  } catch (cause) {
    throw new InvalidInputError({
      message: `The pattern ${source} can't be searched for: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: "Look-arounds and back-references can be used only in patterns without nested or several repetitions.",
      cause,
    })
  }
  return byLine((line) => {
    const matcher = linear.matcher(cut(line))
    return matcher.find() ? matcher.start() : -1
  })
}

/** Of each set of runs that a match may need, the longest run, in lower case; none where nothing is known. */
function anchorsOf(needed: Needed): string[] {
  if (!needed) return []
  const longest = (runs: readonly string[]) => runs.reduce((best, run) => (run.length > best.length ? run : best), "")
  const anchors = needed.all.length > 0 ? [longest(needed.all)] : needed.any.map(longest)
  return anchors.map((anchor) => anchor.toLowerCase())
}

const cut = (line: string): string => (line.length > maxMatchedLength ? line.slice(0, maxMatchedLength) : line)

/** Without looking at the lines that do not match. */
function linesHolding(text: string, sought: string): number[] {
  const lines: number[] = []
  // A lone carriage return ends a line as well, but there is hardly a file with one.
  const isOdd = text.includes("\r") && /\r(?!\n)/.test(text)
  if (isOdd) return linesOf(text).flatMap((line, at) => (line.includes(sought) ? [at + 1] : []))
  let line = 1
  let counted = 0
  for (let at = text.indexOf(sought); at >= 0; ) {
    for (let end = text.indexOf("\n", counted); end >= 0 && end < at; end = text.indexOf("\n", counted)) {
      counted = end + 1
      line++
    }
    lines.push(line)
    const next = text.indexOf("\n", at)
    at = next < 0 ? -1 : text.indexOf(sought, next + 1)
  }
  return lines
}

function nativeRegex(source: string, caseSensitive: boolean): RegExp {
  try {
    return new RegExp(source, caseSensitive ? "u" : "iu")
  } catch {
    // Patterns written for other engines escape more than the "u" flag allows.
    try {
      return new RegExp(source, caseSensitive ? "" : "i")
    } catch (cause) {
      throw new InvalidInputError({
        message: `The pattern is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}.`,
        hint: 'Search with mode "text" to find it as it is written.',
        cause,
      })
    }
  }
}

/**
 * Whether backtracking is at worst quadratic in a line: no repetition inside a repeated group, at most two unbounded
 * repetitions, no back-reference.
 */
export function isTame(source: string): boolean {
  const plain = source
    .replace(/\\[1-9]|\\k</g, "\u0000")
    .replace(/\\./g, "x")
    .replace(/\[\^?\]?[^\]]*\]/g, "x")
  if (plain.includes("\u0000")) return false
  const unbounded = plain.match(/[*+]|\{\d+,\}|\{\d*,?\d{2,}\}/g)?.length ?? 0
  if (unbounded > 2) return false
  return unbounded === 0 || !/\)(?:[*+]|\{\d)/.test(plain)
}

function signatureTest(needed: Needed): (signature: Uint8Array) => boolean {
  if (!needed) return () => true
  const all = needed.all.map(gramsOf)
  const any = needed.any.map((set) => set.map(gramsOf))
  return (signature) =>
    all.every((grams) => mayHold(signature, grams)) &&
    (any.length === 0 || any.some((set) => set.every((grams) => mayHold(signature, grams))))
}
