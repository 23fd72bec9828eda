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
  return (
    plainParts(word) ??
    word.split(boundary).flatMap((part) => (wide.test(part) ? pairsOf(part) : part === "" ? [] : [part.toLowerCase()]))
  )
}

const separator = 0
const small = 1
const capital = 2
const digit = 3

/** The parts of a word of ASCII, found in one pass; undefined for other words. */
function plainParts(word: string): string[] | undefined {
  const parts: string[] = []
  let start = 0
  let before = separator
  const end = (at: number) => {
    if (at > start) parts.push(word.slice(start, at).toLowerCase())
    start = at
  }
  for (let at = 0; at < word.length; at++) {
    const unit = word.charCodeAt(at)
    if (unit > 127) return undefined
    const kind = unit >= 97 ? small : unit >= 65 && unit !== 95 ? capital : unit >= 48 ? digit : separator
    if (unit === 95 || kind === separator) {
      end(at)
      start = at + 1
      before = separator
      continue
    }
    if (before !== separator && kind !== before) {
      // aB, a1, 1a, A1 begin a part; in ABc it begins one letter earlier.
      if (before === capital && kind === small) {
        if (at - 1 > start) end(at - 1)
      } else end(at)
    }
    before = kind
  }
  end(word.length)
  return parts
}

/** Scripts written without spaces are indexed by overlapping pairs of characters. */
function pairsOf(run: string): string[] {
  if (run.length < 3) return [run]
  return Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2))
}

const letters = /^[a-z]+$/

/** The Porter stem of a lower-case word; what is not plain English letters stays as it is. */
export const stemOf = (word: string): string => (word.length > 2 && letters.test(word) ? stemmer(word) : word)

/**
 * What a word is indexed under: the stems of its parts and, of a compound, the stem of the whole. Stop words, single
 * letters and digits, and long numbers are left out. `fileNames` gives file, name, filenam.
 */
export function termsOf(word: string): string[] {
  const parts = partsOf(word)
  const terms: string[] = []
  for (const part of parts) put(terms, termOfPart(part))
  if (parts.length > 1) {
    // Parts of wide scripts overlap: there the whole is the word itself.
    const whole = wide.test(word) ? word.replace(/[_$]+/g, "").toLowerCase() : parts.join("")
    if (whole.length > 2) put(terms, termOf(whole))
  }
  return terms
}

function put(terms: string[], term: string) {
  if (term !== "" && !terms.includes(term)) terms.push(term)
}

// Parts are few and come again and again, in one word after another.
const partTerms = new Map<string, string>()
function termOfPart(part: string): string {
  let term = partTerms.get(part)
  if (term === undefined) {
    term = termOf(part)
    if (partTerms.size > 20_000) partTerms.clear()
    partTerms.set(part, term)
  }
  return term
}

/** The term of a lower-case word; "" where it is not indexed. */
function termOf(word: string): string {
  if (word.length < 2) return word.charCodeAt(0) > 0x2e80 ? word : ""
  const first = word.charCodeAt(0)
  if (first >= 48 && first <= 57 && word.length > 8 && /^\d+$/.test(word)) return ""
  return englishStopWords.has(word) ? "" : stemOf(word)
}
