/**
 * A posting list's key: 40 bits of a hash, exact in a double. Among a million terms the chance that any two share a key
 * is about one in three; what happens then is that one rare word also finds another's files, in ranking only: names and texts
 * are verified. So the index needs no dictionary of strings.
 */
export function keyOf(text: string): number {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 0x01000193)
    low = Math.imul(low ^ unit, 0x85ebca6b)
    low ^= low >>> 13
  }
  high ^= high >>> 15
  high = Math.imul(high, 0x2c1b3c6d)
  high ^= high >>> 12
  return (high >>> 0) * 256 + ((low ^ (low >>> 16)) & 255)
}

// Spaces of keys beside the words: definitions by name, whatever its case; uses by name; imports by last part.
export const definitionKey = (name: string): number => keyOf(`\u0001${name.toLowerCase()}`)
export const useKey = (name: string): number => keyOf(`\u0002${name}`)
export const importKey = (part: string): number => keyOf(`\u0003${part.toLowerCase()}`)
