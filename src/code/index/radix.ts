/** The entries of several key arrays in ascending order of key: `part` is the array's number, `term` the index in it. */
export interface KeyOrder {
  readonly part: Uint32Array
  readonly term: Uint32Array
}

const digitBits = 10
const digits = 4

/** Sorts 40-bit keys by radix, stable, so that equal keys stay in the order of their arrays. */
export function orderByKey(arrays: readonly Float64Array[]): KeyOrder {
  const total = arrays.reduce((sum, keys) => sum + keys.length, 0)
  let part = new Uint32Array(total)
  let term = new Uint32Array(total)
  let low = new Uint32Array(total)
  let high = new Uint32Array(total)
  let at = 0
  arrays.forEach((keys, number) => {
    for (let index = 0; index < keys.length; index++, at++) {
      const key = keys[index] ?? 0
      part[at] = number
      term[at] = index
      low[at] = key % 2 ** 20
      high[at] = Math.floor(key / 2 ** 20)
    }
  })
  let nextPart = new Uint32Array(total)
  let nextTerm = new Uint32Array(total)
  let nextLow = new Uint32Array(total)
  let nextHigh = new Uint32Array(total)
  const starts = new Uint32Array(2 ** digitBits + 1)
  for (let digit = 0; digit < digits; digit++) {
    const source = digit < 2 ? low : high
    const shift = (digit % 2) * digitBits
    const mask = 2 ** digitBits - 1
    starts.fill(0)
    for (let i = 0; i < total; i++) {
      const bucket = (((source[i] ?? 0) >>> shift) & mask) + 1
      starts[bucket] = (starts[bucket] ?? 0) + 1
    }
    for (let bucket = 1; bucket < starts.length; bucket++)
      starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0)
    for (let i = 0; i < total; i++) {
      const bucket = ((source[i] ?? 0) >>> shift) & mask
      const to = starts[bucket] ?? 0
      starts[bucket] = to + 1
      nextPart[to] = part[i] ?? 0
      nextTerm[to] = term[i] ?? 0
      nextLow[to] = low[i] ?? 0
      nextHigh[to] = high[i] ?? 0
    }
    ;[part, nextPart] = [nextPart, part]
    ;[term, nextTerm] = [nextTerm, term]
    ;[low, nextLow] = [nextLow, low]
    ;[high, nextHigh] = [nextHigh, high]
  }
  return { part, term }
}
