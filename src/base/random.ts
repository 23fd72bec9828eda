/** A source of numbers in [0, 1); `Math.random` in production, seeded where a run must be repeatable. */
export type Random = () => number

/** Mulberry32: a small seeded generator, the same numbers for the same seed on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A whole number from 0 to `below - 1`. */
export const below = (random: Random, limit: number): number => Math.floor(random() * limit)
