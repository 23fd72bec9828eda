import { keyOf } from "./keys.ts"
import { codeKeywords } from "./stop-words.ts"
import { termsOf } from "./words.ts"

/**
 * Words seen by one worker, with the numbers of their terms: source text repeats itself so much that splitting, stemming
 * and hashing are paid for once a word. Words are looked up where they stand in the text, by two hashes and without
 * making a string of each: that, and touching memory in as few places as can be, is most of the speed of indexing. It
 * starts afresh when full, between files only.
 */
export interface Lexicon {
  /** Where in `terms` the list of the word from `start` to `end` stands: its length, then its numbers. */
  find(text: string, start: number, end: number, inCode: boolean): number
  /** Valid until the next `find`. */
  readonly terms: Int32Array
  keyOf(number: number): number
  readonly size: number
  clear(): void
}

const slotBits = 18
const slotMask = (1 << slotBits) - 1
/** With so many of the slots taken a word is still found at the first or second look. */
const fullAt = 100_000
/** A single file with more words than this has the rest of them looked up anew each time. */
const keptAtMost = 200_000

export function lexicon(): Lexicon {
  // Two numbers a slot: the second hash and the place of the word's list, 0 for an empty slot. Two words with both
  // hashes alike would be taken for one; of sixty thousand words the chance is about one in a hundred thousand.
  const slots = new Int32Array(2 << slotBits)
  let terms = new Int32Array(1 << 14)
  // Place 1 is the empty list of stop words and keywords.
  let used = 2
  let count = 0
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
  const remember = (word: string, inCode: boolean): number => {
    count++
    if (inCode && codeKeywords.has(word)) return 1
    const own = termsOf(word)
    if (own.length === 0) return 1
    if (used + own.length + 1 > terms.length) {
      const wider = new Int32Array(terms.length * 2)
      wider.set(terms)
      terms = wider
    }
    const place = used
    terms[used++] = own.length
    for (const term of own) terms[used++] = numberOf(term)
    return place
  }

  return {
    find(text, start, end, inCode) {
      // A keyword of code is another word in prose.
      let first = inCode ? 0x2f0b4c47 : 0x1b873593
      let second = end - start
      for (let at = start; at < end; at++) {
        const unit = text.charCodeAt(at)
        first = Math.imul(first ^ unit, 0x01000193)
        second = Math.imul(second + unit, 0x5bd1e995)
        second ^= second >>> 15
      }
      first ^= first >>> 15
      for (let slot = first & slotMask; ; slot = (slot + 1) & slotMask) {
        const place = slots[slot * 2 + 1] ?? 0
        if (place === 0) {
          const made = remember(text.slice(start, end), inCode)
          if (count > keptAtMost) return made
          slots[slot * 2] = second
          slots[slot * 2 + 1] = made
          return made
        }
        if (slots[slot * 2] === second) return place
      }
    },
    get terms() {
      return terms
    },
    keyOf: (number) => keys[number] ?? 0,
    get size() {
      return count
    },
    clear() {
      slots.fill(0)
      used = 2
      count = 0
      numbers.clear()
      keys = []
    },
  }
}

/** Whether a lexicon is so full that it should start afresh before the next file, however many words that has. */
export const isFull = (words: Lexicon): boolean => words.size > fullAt
