import type { Chars } from "./regex-chars.ts"

/** An expression whose automaton is larger is not judged: the check takes the square of it. */
const mostPositions = 160

/** It would be too large, or too deep. */
export class TooLargeError extends Error {}

/** The positions of an expression, each with the signs that it stands for (Glushkov 1961). */
export interface Automaton {
  readonly positions: readonly Chars[]
  /** How many ways lead from one position to the next. */
  readonly follow: readonly ReadonlyMap<number, number>[]
  /** Positions after which the whole expression may have matched. */
  readonly last: ReadonlySet<number>
}

/** A part of an expression: where it may begin and end, and whether it may match nothing. */
export interface Part {
  readonly isNullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

export const nothing: Part = { isNullable: true, first: [], last: [] }

export const optional = (part: Part): Part => ({ ...part, isNullable: true })

export const either = (parts: readonly Part[]): Part => ({
  isNullable: parts.some(({ isNullable }) => isNullable),
  first: parts.flatMap(({ first }) => first),
  last: parts.flatMap(({ last }) => last),
})

/** An automaton while it grows. */
export interface Growing {
  /** One more position. Throws TooLargeError. */
  place(chars: Chars): Part
  /** One part after the other. */
  sequence(a: Part, b: Part): Part
  /** The part again and again, at least once. */
  loop(part: Part): Part
  finish(whole: Part): Automaton
}

export function growingAutomaton(): Growing {
  const positions: Chars[] = []
  const follow: Map<number, number>[] = []
  const link = (from: readonly number[], to: readonly number[]) => {
    for (const a of from) for (const b of to) follow[a]?.set(b, (follow[a]?.get(b) ?? 0) + 1)
  }
  return {
    place(chars) {
      if (positions.length >= mostPositions) throw new TooLargeError()
      const id = positions.push(chars) - 1
      follow.push(new Map())
      return { isNullable: false, first: [id], last: [id] }
    },
    sequence(a, b) {
      link(a.last, b.first)
      return {
        isNullable: a.isNullable && b.isNullable,
        first: a.isNullable ? [...a.first, ...b.first] : a.first,
        last: b.isNullable ? [...a.last, ...b.last] : b.last,
      }
    },
    loop(part) {
      link(part.last, part.first)
      return part
    },
    finish: (whole) => ({ positions, follow, last: new Set(whole.last) }),
  }
}
