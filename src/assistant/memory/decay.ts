/**
 * Frequency with decay, as one number that never has to be touched to age: the base-2 logarithm of the weight, carried to
 * the epoch. Ranks compare at any time as the weights would; a thing seen once weighs 1 and half as much a half-life later.
 */
export const halfLifeMs = 14 * 86_400_000

/** The rank once it is seen (again). */
export function seenAt(atMs: number, rank?: number): number {
  const now = atMs / halfLifeMs
  return rank === undefined ? now : now + Math.log2(1 + 2 ** (rank - now))
}

/** How often it was seen, each time counting the less the longer it is ago. */
export const weightAt = (rank: number, nowMs: number): number => 2 ** (rank - nowMs / halfLifeMs)
