import type { SearchFilters, SearchQuery } from "../code-index.ts"
import { keyOf } from "../index/keys.ts"
import { chatterWords, englishStopWords } from "../index/stop-words.ts"
import { partsOf, stemOf, termsOf, wordsOf } from "../index/words.ts"
import { synonymsOf } from "./synonyms.ts"
import { weights } from "./weights.ts"

/** A query as it is searched for. */
export interface ParsedQuery {
  /** The text without filters, quotes kept out. */
  readonly text: string
  readonly terms: readonly QueryTerm[]
  /** Words as the user wrote them, those that are searched for and those that say nothing. */
  readonly words: readonly string[]
  readonly ignored: readonly string[]
  /** Quoted runs: they must be in a hit as written. */
  readonly phrases: readonly string[]
  /** Words that look like names: a definition called so is meant. */
  readonly names: readonly string[]
  readonly filters: SearchFilters
}

export interface QueryTerm {
  /** The user's word, or "config (for configuration)". */
  readonly shown: string
  readonly stem: string
  readonly key: number
  readonly weight: number
  /** Number of the word it comes from: alternatives for one word count as one. */
  readonly word: number
  readonly isSynonym: boolean
}

const filterPattern = /(^|\s)(-?)(path|lang|language|kind|changed):(?:"([^"]*)"|(\S+))/g
const maxWords = 64

/** Reads the filters, phrases and words of a query. */
export function parseQuery({ text, filters = {} }: Pick<SearchQuery, "text" | "filters">): ParsedQuery {
  const found = { path: [...(filters.path ?? [])], lang: [...(filters.lang ?? [])], kind: [...(filters.kind ?? [])] }
  let changed = filters.changed
  const withoutFilters = text.replace(filterPattern, (_all, before, minus, name, quoted, plain) => {
    const value = String(quoted ?? plain)
    if (name === "changed") changed = value
    else {
      const list = name === "path" ? found.path : name === "kind" ? found.kind : found.lang
      for (const one of name === "path" ? [value] : value.split(",")) list.push(minus + one)
    }
    return before
  })
  const phrases: string[] = []
  const plain = withoutFilters.replace(/"([^"]+)"/g, (_all, phrase: string) => {
    if (phrase.trim() !== "") phrases.push(phrase)
    return ` ${phrase} `
  })
  const { terms, words, ignored } = termsOfQuery(plain)
  const names = words.filter((word) => /[a-z\d][A-Z]|_|\d/.test(word) || /^[A-Z][A-Za-z]+$/.test(word))
  return {
    text: plain.replace(/\s+/g, " ").trim(),
    terms,
    words,
    ignored,
    phrases,
    // A single word may be a name whatever it looks like.
    names: words.length === 1 ? words : names,
    filters: {
      ...(found.path.length > 0 ? { path: found.path } : {}),
      ...(found.lang.length > 0 ? { lang: found.lang } : {}),
      ...(found.kind.length > 0 ? { kind: found.kind } : {}),
      ...(changed === undefined ? {} : { changed }),
    },
  }
}

function termsOfQuery(text: string) {
  const all = [...new Set(wordsOf(text))]
  const meaningful = all.filter((word) => termsOf(word).length > 0)
  // A question of nothing but small words ("what does this do") is searched for with what it has.
  const words = meaningful.slice(0, maxWords)
  const ignored = all.filter((word) => !words.includes(word))
  const chatter = words.filter((word) => chatterWords.has(word.toLowerCase()))
  const hasBetter = chatter.length < words.length
  const byStem = new Map<string, QueryTerm>()
  const put = (term: QueryTerm) => {
    const known = byStem.get(term.stem)
    if (!known || known.weight < term.weight) byStem.set(term.stem, term)
  }
  words.forEach((word, at) => {
    const factor = hasBetter && chatterWords.has(word.toLowerCase()) ? weights.query.chatter : 1
    const parts = partsOf(word)
    const stems = termsOf(word)
    const wholeStem = parts.length > 1 ? stemOf(word.replace(/[_$]+/g, "").toLowerCase()) : undefined
    for (const stem of stems) {
      const weight = parts.length === 1 ? 1 : stem === wholeStem ? weights.query.whole : weights.query.part
      put({
        shown: parts.length === 1 || stem === wholeStem ? word : (parts.find((part) => stemOf(part) === stem) ?? stem),
        stem,
        key: keyOf(stem),
        weight: weight * factor,
        word: at,
        isSynonym: false,
      })
    }
    for (const part of parts) {
      const stem = stemOf(part)
      if (englishStopWords.has(part) || !stems.includes(stem)) continue
      for (const other of synonymsOf(stem)) {
        const weight = weights.query.synonym * factor
        put({ shown: `${other} (for ${part})`, stem: other, key: keyOf(other), weight, word: at, isSynonym: true })
      }
    }
  })
  return { terms: [...byStem.values()], words, ignored }
}
