import { type Chars, charsOf, everyChar, overlap } from "./regex-chars.ts"
import type { Family } from "./rule.ts"

/** An expression whose automaton is larger is not judged: the check takes the square of it. */
const mostPositions = 160
const mostCopies = 12

interface Position {
  readonly chars: Chars
}

interface Part {
  readonly isNullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

const nothing: Part = { isNullable: true, first: [], last: [] }

class TooLargeError extends Error {}
class UnreadableError extends Error {}

/**
 * Says why a backtracking engine may take exponential time for the expression; undefined where it can't be shown. The
 * expression becomes an automaton of positions (Glushkov 1961) whose edges are counted; it is exponentially ambiguous when
 * some text leads from a position back to itself in two ways (criterion EDA, Weber and Seidl 1991), and harmful when after
 * that there is something that can fail to match. Expressions with back references and very large ones are not judged.
 */
export function slowness(source: string, family: Family): string | undefined {
  if (source.length > 2_000 || !/[*+]|\{\d+,\d*\}/.test(source)) return undefined
  if (!/\)[*+{]|\|/.test(source)) return undefined
  let automaton: Automaton
  try {
    automaton = automatonOf(source, family)
  } catch (error) {
    if (error instanceof TooLargeError || error instanceof UnreadableError) return undefined
    throw error
  }
  const at = ambiguous(automaton)
  return at === undefined
    ? undefined
    : `A text that does not match takes exponential time: \`${source.length > 60 ? `${source.slice(0, 59)}…` : source}\` can match the same text in many ways.`
}

interface Automaton {
  readonly positions: readonly Position[]
  /** How many ways lead from one position to the next. */
  readonly follow: readonly ReadonlyMap<number, number>[]
  /** Positions after which the whole expression may have matched. */
  readonly last: ReadonlySet<number>
}

function automatonOf(source: string, family: Family): Automaton {
  const positions: Position[] = []
  const follow: Map<number, number>[] = []
  let at = 0

  const place = (chars: Chars): Part => {
    if (positions.length >= mostPositions) throw new TooLargeError()
    const id = positions.push({ chars }) - 1
    follow.push(new Map())
    return { isNullable: false, first: [id], last: [id] }
  }
  const link = (from: readonly number[], to: readonly number[]) => {
    for (const a of from) for (const b of to) follow[a]?.set(b, (follow[a]?.get(b) ?? 0) + 1)
  }
  const sequence = (a: Part, b: Part): Part => {
    link(a.last, b.first)
    return {
      isNullable: a.isNullable && b.isNullable,
      first: a.isNullable ? [...a.first, ...b.first] : a.first,
      last: b.isNullable ? [...a.last, ...b.last] : b.last,
    }
  }

  function alternatives(depth: number): Part {
    if (depth > 60) throw new TooLargeError()
    const parts = [concatenation(depth)]
    while (source[at] === "|") {
      at += 1
      parts.push(concatenation(depth))
    }
    if (parts.length === 1) return parts[0] ?? nothing
    return {
      isNullable: parts.some(({ isNullable }) => isNullable),
      first: parts.flatMap(({ first }) => first),
      last: parts.flatMap(({ last }) => last),
    }
  }

  function concatenation(depth: number): Part {
    let whole = nothing
    while (at < source.length && source[at] !== "|" && source[at] !== ")") whole = sequence(whole, repeated(depth))
    return whole
  }

  function repeated(depth: number): Part {
    const from = at
    let part = atom(depth)
    const to = at
    for (;;) {
      const bounds = quantifier()
      if (!bounds) return part
      // So many times is as good as for ever, to whoever waits for it.
      const [least, most] = bounds[1] > mostCopies ? [bounds[0], Number.POSITIVE_INFINITY] : bounds
      const again = () => {
        const resume = at
        at = from
        const copy = atom(depth)
        at = resume
        if (to < from) throw new UnreadableError()
        return copy
      }
      if (most === Number.POSITIVE_INFINITY) {
        if (least > mostCopies) throw new TooLargeError()
        for (let i = 1; i < least; i++) part = sequence(part, again())
        const loop = least > 1 ? again() : part
        link(loop.last, loop.first)
        part =
          least > 1
            ? sequence(part, { ...loop, isNullable: true })
            : { ...part, isNullable: part.isNullable || least === 0 }
      } else if (most === 0) {
        part = nothing
      } else {
        const optional = (one: Part) => ({ ...one, isNullable: true })
        if (least === 0) part = optional(part)
        for (let i = 1; i < most; i++) part = sequence(part, i < least ? again() : optional(again()))
      }
    }
  }

  function quantifier(): readonly [number, number] | undefined {
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})([?+]?)/.exec(source.slice(at, at + 24))
    if (!found) return undefined
    const [whole, sign, least, comma, most, mode] = found
    // Possessive ones don't go back.
    if (mode === "+" && family !== "js" && family !== "python") throw new UnreadableError()
    at += whole.length
    if (sign === "*") return [0, Number.POSITIVE_INFINITY]
    if (sign === "+") return [1, Number.POSITIVE_INFINITY]
    if (sign === "?") return [0, 1]
    return [Number(least), comma === "" ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most)]
  }

  function atom(depth: number): Part {
    const sign = source[at] ?? ""
    if (sign === "(") return group(depth)
    if (sign === "[") {
      const end = classEnd(source, at)
      if (end < 0) throw new UnreadableError()
      const chars = charsOf(source.slice(at, end))
      at = end
      return place(chars)
    }
    if (sign === "^" || sign === "$") {
      at += 1
      return assertion()
    }
    if (sign === "\\") {
      const escaped = /^\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[\s\S])/.exec(
        source.slice(at),
      )?.[0]
      if (!escaped) throw new UnreadableError()
      at += escaped.length
      if (/^\\[bBAzZG<>]$/.test(escaped)) return assertion()
      // A back reference matches what it matched before.
      if (/^\\(?:[1-9]|k)/.test(escaped)) throw new UnreadableError()
      return place(charsOf(escaped))
    }
    at += 1
    return place(sign === "." ? everyChar : charsOf(sign))
  }

  /** Matches no text and can fail: a position that nothing overlaps with. */
  function assertion(): Part {
    const part = place([])
    return part
  }

  function group(depth: number): Part {
    const opened =
      /^\((?:\?(?:[:=!>]|<[=!]|P?<\w+>|P=\w+\)|'\w+'|[a-zA-Z-]+[:)]|#[^)]*\)))?/.exec(source.slice(at, at + 80))?.[0] ??
      "("
    if (opened === "(" && source[at + 1] === "?") throw new UnreadableError()
    at += opened.length
    if (opened.endsWith(")")) return nothing
    const isLook = /^\(\?<?[=!]/.test(opened)
    if (opened === "(?>") throw new UnreadableError()
    const count = positions.length
    const part = alternatives(depth + 1)
    if (source[at] !== ")") throw new UnreadableError()
    at += 1
    if (!isLook) return part
    // What is looked at is not taken: it stays apart, and only says that there is something that can fail.
    if (positions.length < count) throw new UnreadableError()
    return assertion()
  }

  const whole = alternatives(0)
  if (at < source.length) throw new UnreadableError()
  return { positions, follow, last: new Set(whole.isNullable && whole.last.length === 0 ? [] : whole.last) }
}

/** Index after the `]` that ends a class, -1 where none does. */
function classEnd(source: string, from: number): number {
  let at = from + 1
  if (source[at] === "^") at += 1
  if (source[at] === "]") at += 1
  while (at < source.length && source[at] !== "]") at += source[at] === "\\" ? 2 : 1
  return at < source.length ? at + 1 : -1
}

/** A position from which some text leads back to it in two ways, while the match can still fail. */
function ambiguous({ positions, follow, last }: Automaton): number | undefined {
  const components = strongComponents(positions.length, (n) => follow[n]?.keys() ?? [])
  for (let p = 0; p < positions.length; p++) {
    const next = follow[p]
    if (!next || last.has(p)) continue
    const inLoop = (to: number) => components[to] === components[p]
    const canEnd = positions.some((_, n) => components[n] === components[p] && last.has(n))
    if (canEnd) continue
    for (const [to, ways] of next) {
      if (ways > 1 && inLoop(to) && (positions[to]?.chars.length ?? 0) > 0) return p
    }
    if (returnsInTwoWays(p, { positions, follow, components })) return p
  }
  return undefined
}

/** Whether from (p, p) a pair of different positions can be reached and left for (p, p) again, by the same text. */
function returnsInTwoWays(
  p: number,
  {
    positions,
    follow,
    components,
  }: Pick<Automaton, "positions" | "follow"> & { readonly components: readonly number[] },
): boolean {
  const size = positions.length
  const isIn = (n: number) => components[n] === components[p]
  const step = (pair: number): number[] => {
    const [a, b] = [Math.floor(pair / size), pair % size]
    const found: number[] = []
    for (const x of follow[a]?.keys() ?? []) {
      if (!isIn(x)) continue
      for (const y of follow[b]?.keys() ?? []) {
        if (isIn(y) && overlap(positions[x]?.chars ?? [], positions[y]?.chars ?? [])) found.push(x * size + y)
      }
    }
    return found
  }
  const start = p * size + p
  const reached = new Map<number, number[]>()
  const open = [start]
  while (open.length > 0 && reached.size < 6_000) {
    const pair = open.pop() ?? start
    if (reached.has(pair)) continue
    const next = step(pair)
    reached.set(pair, next)
    open.push(...next)
  }
  // Backwards from the start: which of the pairs reached come back to it.
  const before = new Map<number, number[]>()
  for (const [pair, next] of reached) for (const to of next) before.set(to, [...(before.get(to) ?? []), pair])
  const back = new Set<number>()
  const queue = [start]
  while (queue.length > 0) {
    for (const pair of before.get(queue.pop() ?? start) ?? []) {
      if (back.has(pair)) continue
      back.add(pair)
      if (Math.floor(pair / size) !== pair % size) return true
      queue.push(pair)
    }
  }
  return false
}

/** Component number of each node (Tarjan 1972, without recursion). */
function strongComponents(size: number, next: (node: number) => Iterable<number>): readonly number[] {
  const component = new Array<number>(size).fill(-1)
  const index = new Array<number>(size).fill(-1)
  const low = new Array<number>(size).fill(0)
  const stack: number[] = []
  const onStack = new Set<number>()
  let counter = 0
  let components = 0
  for (let root = 0; root < size; root++) {
    if ((index[root] ?? -1) >= 0) continue
    const work: { node: number; rest: Iterator<number> }[] = []
    const enter = (node: number) => {
      index[node] = low[node] = counter++
      stack.push(node)
      onStack.add(node)
      work.push({ node, rest: next(node)[Symbol.iterator]() })
    }
    enter(root)
    while (work.length > 0) {
      const top = work.at(-1)
      if (!top) break
      const { done, value } = top.rest.next()
      if (!done) {
        if ((index[value] ?? -1) < 0) enter(value)
        else if (onStack.has(value)) low[top.node] = Math.min(low[top.node] ?? 0, index[value] ?? 0)
        continue
      }
      work.pop()
      const up = work.at(-1)
      if (up) low[up.node] = Math.min(low[up.node] ?? 0, low[top.node] ?? 0)
      if (low[top.node] !== index[top.node]) continue
      for (;;) {
        const node = stack.pop()
        if (node === undefined) break
        onStack.delete(node)
        component[node] = components
        if (node === top.node) break
      }
      components += 1
    }
  }
  return component
}
