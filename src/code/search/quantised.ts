/** A vector of length 1 as signed bytes: each times `scale` is the component. */
export interface Quantised {
  readonly bytes: Int8Array
  readonly scale: number
}

/**
 * A vector made to length 1, a byte for each component: a quarter of the size, and the cosine of two is off by less than
 * 0.01 (measured: docs/decisions/056). Undefined for one without a direction (all zero, or not a number).
 */
export function quantised(vector: Float32Array): Quantised | undefined {
  let sum = 0
  let most = 0
  for (let at = 0; at < vector.length; at++) {
    const value = vector[at] as number
    sum += value * value
    most = Math.max(most, Math.abs(value))
  }
  const length = Math.sqrt(sum)
  if (!(length > 0) || !Number.isFinite(length)) return undefined
  const unit = most / 127
  const bytes = new Int8Array(vector.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.round((vector[at] as number) / unit)
  return { bytes, scale: unit / length }
}

/**
 * The dot product of `query` and the bytes of `rows` that begin at `from`. Four sums at a time: without that each
 * addition waits for the one before, and it takes almost twice as long.
 */
export function dot(rows: Int8Array, from: number, query: Int8Array): number {
  const width = query.length
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let at = 0
  for (; at + 3 < width; at += 4) {
    const row = from + at
    a = (a + Math.imul(rows[row] as number, query[at] as number)) | 0
    b = (b + Math.imul(rows[row + 1] as number, query[at + 1] as number)) | 0
    c = (c + Math.imul(rows[row + 2] as number, query[at + 2] as number)) | 0
    d = (d + Math.imul(rows[row + 3] as number, query[at + 3] as number)) | 0
  }
  let sum = a + b + c + d
  for (; at < width; at++) sum += (rows[from + at] as number) * (query[at] as number)
  return sum
}
