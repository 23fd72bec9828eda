import { keyOf } from "./keys.ts"
import { codeKeywords } from "./stop-words.ts"
import { termsOf } from "./words.ts"

/**
 * Words seen by one worker, with the numbers of their terms: source text repeats itself so much that splitting, stemming
 * and hashing are paid for once a word. It starts afresh when full, between files only.
 */
export interface Lexicon {
  /** Numbers of the word's terms; a keyword of code has none `inCode`. */
  numbersOf(word: string, inCode: boolean): readonly number[]
  keyOf(number: number): number
  readonly size: number
  clear(): void
}

const none: readonly number[] = []

export function lexicon(): Lexicon {
  const words = new Map<string, { code: readonly number[]; prose: readonly number[] }>()
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
  return {
    numbersOf(word, inCode) {
      let entry = words.get(word)
      if (entry === undefined) {
        const prose = termsOf(word).map(numberOf)
        entry = { prose, code: codeKeywords.has(word) ? none : prose }
        words.set(word, entry)
      }
      return inCode ? entry.code : entry.prose
    },
    keyOf: (number) => keys[number] ?? 0,
    get size() {
      return words.size
    },
    clear() {
      words.clear()
      numbers.clear()
      keys = []
    },
  }
}
