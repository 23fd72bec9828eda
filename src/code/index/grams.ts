/**
 * A file's signature for text search: one bit for each hashed run of four characters in lower case. A file whose
 * signature lacks a run of the sought text can't hold it. Runs of three let through many more wrong files: `get`, `ent`
 * and `try` stand in every other file, `getE`, `tEnt` and `Entr` do not. At most a quarter of the bits are set.
 */
export type Signature = Uint8Array<ArrayBuffer>

const gramLength = 4
const smallestBits = 256
const largestBits = 1 << 18

export function signatureOf(text: string): Signature {
  let bits = smallestBits
  while (bits < text.length * 4 && bits < largestBits) bits *= 2
  let signature: Signature = new Uint8Array(bits / 8)
  // Only where there are letters beyond ASCII is the whole text folded: it costs a copy.
  const folded = isPlain(text) ? text : text.toLowerCase()
  let set = 0
  let a = lowered(folded.charCodeAt(0))
  let b = lowered(folded.charCodeAt(1))
  let c = lowered(folded.charCodeAt(2))
  for (let at = gramLength - 1; at < folded.length; at++) {
    const d = lowered(folded.charCodeAt(at))
    const bit = gramHash(a, b, c, d) & (bits - 1)
    const mask = 1 << (bit & 7)
    const byte = signature[bit >>> 3] ?? 0
    if ((byte & mask) === 0) {
      signature[bit >>> 3] = byte | mask
      set++
    }
    a = b
    b = c
    c = d
  }
  // Halving keeps `hash & (bits - 1)` true: the upper half is laid over the lower.
  while (bits > smallestBits && set * 8 < bits) {
    bits /= 2
    const half = signature.slice(0, bits / 8)
    for (let at = 0; at < half.length; at++) half[at] = (half[at] ?? 0) | (signature[at + half.length] ?? 0)
    signature = half
    set = 0
    for (const byte of half) set += ones[byte] ?? 0
  }
  return signature
}

/** The hashes of a text's runs of four; none for shorter texts, which every signature passes. */
export function gramsOf(text: string): Uint32Array {
  const folded = text.toLowerCase()
  const grams = new Set<number>()
  for (let at = gramLength; at <= folded.length; at++) {
    const unit = (back: number) => folded.charCodeAt(at - back)
    grams.add(gramHash(unit(4), unit(3), unit(2), unit(1)) >>> 0)
  }
  return Uint32Array.from(grams)
}

/** Whether a file of this signature may hold every one of the runs. */
export function mayHold(signature: Uint8Array, grams: Uint32Array): boolean {
  const mask = signature.length * 8 - 1
  for (const gram of grams) {
    const bit = gram & mask
    if (((signature[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
  }
  return true
}

const lowered = (unit: number): number => (unit >= 65 && unit <= 90 ? unit + 32 : unit)

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

function gramHash(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d) ^ Math.imul(d, 0x27d4eb2f)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

const ones = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length)
