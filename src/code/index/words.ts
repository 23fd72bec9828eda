import { stemmer } from "stemmer"
import { englishStopWords } from "./stop-words.ts"

/** Longer runs are data (base64, hashes, minified names), not words. */
export const maxWordLength = 64

const wordTable = new Uint8Array(128)
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") wordTable[char.charCodeAt(0)] = 1

/** Whether a UTF-16 unit may stand in an identifier or word. Above ASCII, all but the blocks of punctuation may. */
export function isWordUnit(unit: number): boolean {
  if (unit < 128) return wordTable[unit] === 1
  if (unit < 0xaa || unit === 0xab || unit === 0xbb || unit === 0xb7 || unit === 0xbf || unit === 0xd7) return false
  return !(unit >= 0x2000 && unit <= 0x2bff) && !(unit >= 0x3000 && unit <= 0x303f) && unit < 0xfe00
}

/** The runs of word characters in a text, in order. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  let start = -1
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && isWordUnit(text.charCodeAt(at))) {
      if (start < 0) start = at
    } else if (start >= 0) {
      if (at - start <= maxWordLength) words.push(text.slice(start, at))
      start = -1
    }
  }
  return words
}

// Boundaries inside an identifier: aB, HTTPServer (P|S), letter|digit, digit|letter, and the separators _ and $.
const boundary = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})|[_$]+/u
const wide = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/

/** The parts of an identifier in lower case: `parseHTTPHeader2` gives parse, http, header, 2. */
export function partsOf(word: string): string[] {
  if (/^[a-z]+$/.test(word)) return [word]
  const parts = word.split(boundary).filter((part) => part !== "")
  return parts.flatMap((part) => (wide.test(part) ? pairsOf(part) : [part.toLowerCase()]))
}

/** Scripts written without spaces are indexed by overlapping pairs of characters. */
function pairsOf(run: string): string[] {
  if (run.length < 3) return [run]
  return Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2))
}

/** The Porter stem of a lower-case word; what is not plain English letters stays as it is. */
export const stemOf = (word: string): string => (word.length > 2 && /^[a-z]+$/.test(word) ? stemmer(word) : word)

/**
 * What a word is indexed under: the stems of its parts and, of a compound, the stem of the whole. Stop words, single
 * letters and digits, and long numbers are left out. `fileNames` gives file, name, filenam.
 */
export function termsOf(word: string): string[] {
  const parts = partsOf(word)
  const terms: string[] = []
  for (const part of parts) {
    if (isIndexed(part)) {
      const stem = stemOf(part)
      if (!terms.includes(stem)) terms.push(stem)
    }
  }
  if (parts.length > 1) {
    const whole = word.replace(/[_$]+/g, "").toLowerCase()
    if (whole.length > 2 && isIndexed(whole)) {
      const stem = stemOf(whole)
      if (!terms.includes(stem)) terms.push(stem)
    }
  }
  return terms
}

function isIndexed(part: string): boolean {
  if (part.length < 2) return part.charCodeAt(0) > 0x2e80
  const first = part.charCodeAt(0)
  if (first >= 48 && first <= 57 && part.length > 8 && /^\d+$/.test(part)) return false
  return !englishStopWords.has(part)
}
