import { RE2JS } from "re2js"
import { InvalidInputError } from "../../base/errors.ts"
import { gramsOf, mayHold } from "../index/grams.ts"
import { type Needed, neededBy } from "./regex-literals.ts"

/** Tells which files may match and which lines do. */
export interface Matcher {
  mayMatch(signature: Uint8Array): boolean
  /** Where the first match in a line starts, or -1. */
  find(line: string): number
  /** A quick look at a whole text before its lines are gone through. */
  isIn(text: string): boolean
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
    isIn: caseSensitive ? (whole) => whole.includes(text) : (whole) => whole.toLowerCase().includes(folded),
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
  if (isTame(source))
    return { mayMatch, find: (line) => line.slice(0, maxMatchedLength).search(native), isIn: () => true }
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
  return {
    mayMatch,
    find(line) {
      const matcher = linear.matcher(line.slice(0, maxMatchedLength))
      return matcher.find() ? matcher.start() : -1
    },
    isIn: () => true,
  }
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
