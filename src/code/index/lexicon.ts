import { keyOf } from "./keys.ts"
import { codeKeywords } from "./stop-words.ts"
import { termsOf } from "./words.ts"

/**
 * Words seen by one worker, with the numbers of their terms: source text repeats itself so much that splitting, stemming
 * and hashing are paid for once a word. Words are looked up where they stand in the text, without making a string of
 * each, which is most of the speed. It starts afresh when full, between files only.
 */
export interface Lexicon {
  /** Numbers of the terms of the word from `start` to `end` in `text`; a keyword of code has none `inCode`. */
  numbersOf(text: string, start: number, end: number, inCode: boolean): readonly number[]
  keyOf(number: number): number
  readonly size: number
  clear(): void
}

const none: readonly number[] = []
const slotBits = 18

export function lexicon(): Lexicon {
  // Open addressing: a slot holds a word's number plus one. Words' characters lie one after the other in `units`.
  const slots = new Int32Array(1 << slotBits)
  let units = new Uint16Array(1 << 16)
  let unitCount = 0
  let starts = new Uint32Array(1 << 12)
  let count = 0
  let inProse: (readonly number[])[] = []
  let inCodeToo: (readonly number[])[] = []
  const numbers = new Map<string, number>()
  let keys: number[] = []

  const numberOf = (term: string) => {
    let number = numbers.get(term)
    if (number === undefined) {
      number = keys.length
      keys.push(keyOf(term))
      numbers.set(term, number)
    }
    return number
  }
  const remember = (word: string): number => {
    if (count + 2 > starts.length) {
      const wider = new Uint32Array(starts.length * 2)
      wider.set(starts)
      starts = wider
    }
    if (unitCount + word.length > units.length) {
      const wider = new Uint16Array(units.length * 2)
      wider.set(units)
      units = wider
    }
    for (let at = 0; at < word.length; at++) units[unitCount++] = word.charCodeAt(at)
    starts[count + 1] = unitCount
    const terms = termsOf(word).map(numberOf)
    inProse.push(terms)
    inCodeToo.push(codeKeywords.has(word) ? none : terms)
    return count++
  }

  return {
    numbersOf(text, start, end, inCode) {
      let hash = end - start
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
      hash ^= hash >>> 15
      for (let slot = hash & ((1 << slotBits) - 1); ; slot = (slot + 1) & ((1 << slotBits) - 1)) {
        const found = (slots[slot] ?? 0) - 1
        if (found < 0) {
          const word = remember(text.slice(start, end))
          slots[slot] = word + 1
          return (inCode ? inCodeToo : inProse)[word] ?? none
        }
        const from = starts[found] ?? 0
        if ((starts[found + 1] ?? 0) - from !== end - start) continue
        let at = start
        while (at < end && units[from + at - start] === text.charCodeAt(at)) at++
        if (at === end) return (inCode ? inCodeToo : inProse)[found] ?? none
      }
    },
    keyOf: (number) => keys[number] ?? 0,
    get size() {
      return count
    },
    clear() {
      slots.fill(0)
      unitCount = 0
      count = 0
      inProse = []
      inCodeToo = []
      numbers.clear()
      keys = []
    },
  }
}
