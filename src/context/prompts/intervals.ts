/** An estimate with its 95 % confidence interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Of so many. */
  readonly n: number
}

/** The 97.5th percentile of the standard normal distribution. */
const z = 1.959963985

/** A share with its Wilson score interval (Wilson 1927), which holds for few and for extreme ones too; null of none. */
export function shareOf(hits: number, n: number): Estimate | null {
  if (n === 0) return null
  const p = hits / n
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))
  return { value: p, low: Math.max(0, Math.min(p, middle - half)), high: Math.min(1, Math.max(p, middle + half)), n }
}

/** A mean with Student's t interval, from the sum and the sum of squares; null of fewer than two. */
export function meanOf(sum: number, sumOfSquares: number, n: number): Estimate | null {
  if (n < 2) return null
  const value = sum / n
  const variance = Math.max(0, (sumOfSquares - n * value ** 2) / (n - 1))
  const half = studentT(n - 1) * Math.sqrt(variance / n)
  return { value, low: value - half, high: value + half, n }
}

/**
 * The difference of two shares, b - a, with Newcombe's hybrid interval of the two Wilson intervals (Newcombe 1998, method
 * 10). Where it does not hold 0 the difference is told apart from chance.
 */
export function difference(a: Estimate, b: Estimate): Estimate {
  const value = b.value - a.value
  return {
    value,
    low: value - Math.hypot(b.value - b.low, a.high - a.value),
    high: value + Math.hypot(b.high - b.value, a.value - a.low),
    n: a.n + b.n,
  }
}

/** The 97.5th percentile of Student's distribution: Cornish-Fisher's expansion, exact for one and two degrees of freedom. */
function studentT(degrees: number): number {
  if (degrees === 1) return 12.706204736
  if (degrees === 2) return 4.30265273
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ]
  return terms.reduce((sum, term, i) => sum + term / degrees ** (i + 1), z)
}
