import { truncate } from "../../../base/text.ts"
import { cyclicParts } from "../cycles.ts"
import { type Automaton, TooLargeError } from "./regex-automaton.ts"
import { overlap } from "./regex-chars.ts"
import { automatonOf, UnreadableError } from "./regex-reader.ts"
import type { Family } from "./rule.ts"

const mostLength = 2_000
/** Pairs of positions that are looked at for one of them. */
const mostPairs = 6_000

/**
 * Says why a backtracking engine may take exponential time for the expression; undefined where it can't be shown. The
 * expression becomes an automaton of positions (Glushkov 1961) whose edges are counted; it is exponentially ambiguous when
 * some text leads from a position back to itself in two ways (criterion EDA, Weber and Seidl 1991), and harmful when after
 * that there is something that can fail to match. Expressions with back references and very large ones are not judged.
 */
export function slowness(source: string, family: Family): string | undefined {
  const isRepeated = /[*+]|\{\d+,\d*\}/.test(source)
  const isNested = /\)[*+{]|\|/.test(source)
  if (source.length > mostLength || !isRepeated || !isNested) return undefined
  const automaton = readable(source, family)
  if (!automaton || !isAmbiguous(automaton)) return undefined
  return `A text that does not match takes exponential time: \`${truncate(source, 60)}\` can match the same text in many ways.`
}

function readable(source: string, family: Family): Automaton | undefined {
  try {
    return automatonOf(source, family)
  } catch (error) {
    if (error instanceof TooLargeError || error instanceof UnreadableError) return undefined
    throw error
  }
}

/** Whether from some position a text leads back to it in two ways, while the match can still fail. */
function isAmbiguous(automaton: Automaton): boolean {
  const { follow, last } = automaton
  const graph = new Map(follow.map((next, position) => [position, [...next.keys()]]))
  for (const part of cyclicParts(graph)) {
    // What may have matched in the loop already needs not go back into it.
    if (part.some((position) => last.has(position))) continue
    const loop = new Set(part)
    if (part.some((position) => hasTwoEdges(position, loop, automaton))) return true
    if (part.some((position) => returnsInTwoWays(position, loop, automaton))) return true
  }
  return false
}

/** To a position of the loop that takes some sign. */
function hasTwoEdges(position: number, loop: ReadonlySet<number>, { positions, follow }: Automaton): boolean {
  for (const [to, ways] of follow[position] ?? []) {
    if (ways > 1 && loop.has(to) && (positions[to]?.length ?? 0) > 0) return true
  }
  return false
}

/** Whether from (p, p) a pair of different positions can be reached and left for (p, p) again, by the same text. */
function returnsInTwoWays(position: number, loop: ReadonlySet<number>, automaton: Automaton): boolean {
  const size = automaton.positions.length
  const start = position * size + position
  const reached = new Map<number, readonly number[]>()
  const open = [start]
  while (open.length > 0 && reached.size < mostPairs) {
    const pair = open.pop() ?? start
    if (reached.has(pair)) continue
    const next = stepsOf(pair, loop, automaton)
    reached.set(pair, next)
    open.push(...next)
  }
  const isOfTwo = (pair: number) => Math.floor(pair / size) !== pair % size
  return leadingTo(start, reached, isOfTwo)
}

/** The pairs that one sign leads to from a pair, within the loop. A pair (x, y) is the number x * size + y. */
function stepsOf(pair: number, loop: ReadonlySet<number>, { positions, follow }: Automaton): number[] {
  const size = positions.length
  const within = (position: number) => [...(follow[position]?.keys() ?? [])].filter((next) => loop.has(next))
  const ends = within(pair % size)
  return within(Math.floor(pair / size)).flatMap((x) =>
    ends.filter((y) => overlap(positions[x] ?? [], positions[y] ?? [])).map((y) => x * size + y),
  )
}

/** Whether one of these leads to the node by the edges, found backwards from it. */
function leadingTo(
  node: number,
  edges: ReadonlyMap<number, readonly number[]>,
  isWanted: (node: number) => boolean,
): boolean {
  const before = new Map<number, number[]>()
  for (const [from, tos] of edges) {
    for (const to of tos) {
      const known = before.get(to)
      if (known) known.push(from)
      else before.set(to, [from])
    }
  }
  const seen = new Set([node])
  for (const one of seen) {
    for (const from of before.get(one) ?? []) {
      if (isWanted(from)) return true
      seen.add(from)
    }
  }
  return false
}
