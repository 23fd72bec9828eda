import { breather } from "../../code/search/breather.ts"

/**
 * What usually comes next, learned from the tokens of many files: all places with the same two tokens before are looked
 * at, and those that agree further back count for more (a cached n-gram model without a fixed n; after Hindle et al., "On
 * the naturalness of software", ICSE 2012, and Tu et al., "On the localness of software", FSE 2014).
 */
export interface Habits {
  /**
   * Tokens that follow `context` (ids, the last one nearest), by id. `without`: a stretch of tokens that
   * does not count, such as the file itself.
   */
  after(
    context: readonly number[],
    without?: { readonly from: number; readonly to: number },
  ): ReadonlyMap<number, Follower>
  /** How often a token stands anywhere. */
  countOf(id: number): number
}

export interface Follower {
  weight: number
  /** Of the weight, that of places where white space stands before it. */
  spaced: number
}

/** Tokens one after another: twice the id, and one more where white space stands before it. */
export interface Stream {
  readonly ids: Uint32Array
  readonly length: number
}

/** Places that are looked at for one context: the latest ones. */
const mostLooked = 400
/** Tokens before the two that count. */
const mostBack = 6
/** One token more that agrees makes a place count so many times as much. */
const trust = 3

/** Bytes: 8 for each token. Gives way to others while it works. */
export async function learnHabits({ ids, length }: Stream, vocabulary: number): Promise<Habits> {
  const breathe = breather()
  const bits = Math.max(4, Math.ceil(Math.log2(Math.max(16, length))))
  const slots = 1 << Math.min(bits, 24)
  const slotOf = (a: number, b: number) => ((Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 0) % slots
  const idAt = (at: number) => (ids[at] ?? 0) >>> 1
  const counts = new Uint32Array(vocabulary)
  const starts = new Uint32Array(slots + 1)
  for (let at = 0; at < length; at++) {
    const id = idAt(at)
    counts[id] = (counts[id] ?? 0) + 1
    if (at >= 2) {
      const slot = slotOf(idAt(at - 2), idAt(at - 1)) + 1
      starts[slot] = (starts[slot] ?? 0) + 1
    }
    if ((at & 8191) === 0) await breathe()
  }
  for (let slot = 0; slot < slots; slot++) starts[slot + 1] = (starts[slot + 1] ?? 0) + (starts[slot] ?? 0)
  await breathe()
  const fill = starts.slice(0, slots)
  const places = new Uint32Array(Math.max(0, length - 2))
  for (let at = 2; at < length; at++) {
    const slot = slotOf(idAt(at - 2), idAt(at - 1))
    const place = fill[slot] ?? 0
    places[place] = at
    fill[slot] = place + 1
    if ((at & 8191) === 0) await breathe()
  }

  return {
    countOf: (id) => counts[id] ?? 0,
    after(context, without) {
      const found = new Map<number, Follower>()
      const last = context.at(-1)
      const before = context.at(-2)
      if (last === undefined || before === undefined) return found
      const slot = slotOf(before, last)
      const from = starts[slot] ?? 0
      let looked = 0
      for (let place = (starts[slot + 1] ?? 0) - 1; place >= from && looked < mostLooked; place--) {
        const at = places[place] ?? 0
        // Another pair may share the slot.
        if (idAt(at - 1) !== last || idAt(at - 2) !== before) continue
        if (without && at >= without.from && at < without.to) continue
        looked++
        let agree = 0
        while (agree < mostBack && at - 3 - agree >= 0 && idAt(at - 3 - agree) === context.at(-3 - agree)) agree++
        const weight = trust ** agree
        const follower = found.get(idAt(at)) ?? { weight: 0, spaced: 0 }
        follower.weight += weight
        if (((ids[at] ?? 0) & 1) === 1) follower.spaced += weight
        found.set(idAt(at), follower)
      }
      return found
    },
  }
}
