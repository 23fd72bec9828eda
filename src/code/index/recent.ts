/** A cache of what was made last, by number: at most `capacity` weights in all. */
export interface Recent<T> {
  /** The cached value, else what `make` gives (undefined is not kept). */
  get(key: number): T | undefined
  clear(): void
}

export function recent<T>(options: {
  readonly capacity: number
  readonly make: (key: number) => T | undefined
  readonly weigh: (value: T) => number
}): Recent<T> {
  const { capacity, make, weigh } = options
  const values = new Map<number, { value: T; weight: number }>()
  let total = 0
  return {
    get(key) {
      const known = values.get(key)
      if (known) {
        values.delete(key)
        values.set(key, known)
        return known.value
      }
      const value = make(key)
      if (value === undefined) return undefined
      const weight = weigh(value)
      values.set(key, { value, weight })
      total += weight
      for (const [oldest, { weight: less }] of values) {
        if (total <= capacity || values.size <= 1) break
        values.delete(oldest)
        total -= less
      }
      return value
    },
    clear() {
      values.clear()
      total = 0
    },
  }
}
