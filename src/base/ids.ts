import { randomFillSync } from "node:crypto"

/** A type of its own for a string, so that a stream is never passed where a log is meant. */
export type Branded<T, Brand extends string> = T & { readonly __brand?: Brand }

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const pool = new Uint8Array(1280)
let poolAt = pool.length
let lastMs = -1
const lastRandom = new Uint8Array(16)

/**
 * A ULID (26 characters of Crockford base 32): 48 bits of time, 80 of randomness. Sorts by time of making; ids made in
 * one millisecond by one process sort in the order they were made. Spec: github.com/ulid/spec.
 */
export function newId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    refill()
    for (let i = 0; i < 16; i++) lastRandom[i] = (pool[poolAt + i] ?? 0) & 31
    poolAt += 16
  } else {
    // Same millisecond, or a clock that went back: count the random part up and stay in order.
    let i = 15
    while (i >= 0 && lastRandom[i] === 31) lastRandom[i--] = 0
    if (i < 0) lastMs += 1
    else lastRandom[i] = (lastRandom[i] ?? 0) + 1
  }
  let time = lastMs
  let head = ""
  for (let i = 0; i < 10; i++) {
    head = alphabet.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ""
  for (const index of lastRandom) tail += alphabet.charAt(index)
  return head + tail
}

/** Milliseconds since the epoch at which a ULID was made. */
export function timeOfId(id: string): number {
  let ms = 0
  for (let i = 0; i < 10; i++) ms = ms * 32 + alphabet.indexOf(id.charAt(i))
  return ms
}

export function isId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}

function refill() {
  if (poolAt + 16 <= pool.length) return
  randomFillSync(pool)
  poolAt = 0
}
