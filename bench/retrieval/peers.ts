import { depth, type Ranker } from "./metrics.ts"

/** What the peers search: the same text for all of them. */
export interface Document {
  readonly id: string
  readonly text: string
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []

/** Plain BM25 (Robertson and Zaragoza 2009) over lower-cased words, k1 = 1.2, b = 0.75. */
export function plainBm25(documents: readonly Document[]): Ranker {
  const k1 = 1.2
  const b = 0.75
  const postings = new Map<string, { readonly document: number; count: number }[]>()
  const lengths = documents.map(({ text }, document) => {
    const words = wordsOf(text)
    for (const word of words) {
      const list = postings.get(word) ?? []
      if (list.length === 0) postings.set(word, list)
      const last = list.at(-1)
      if (last?.document === document) last.count += 1
      else list.push({ document, count: 1 })
    }
    return words.length
  })
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  return (query) => {
    const scores = new Map<number, number>()
    for (const word of new Set(wordsOf(query))) {
      const list = postings.get(word)
      if (!list) continue
      const idf = Math.log(1 + (documents.length - list.length + 0.5) / (list.length + 0.5))
      for (const { document, count } of list) {
        const norm = k1 * (1 - b + (b * (lengths[document] ?? 0)) / average)
        scores.set(document, (scores.get(document) ?? 0) + (idf * count * (k1 + 1)) / (count + norm))
      }
    }
    return best(scores, documents)
  }
}

/**
 * What someone does with ripgrep: search for each word of the question (three letters or more, any case, anywhere in a
 * line) and look first where most different words are found, then where most lines match.
 */
export function ripgrepRanking(documents: readonly Document[]): Ranker {
  const lower = documents.map(({ text }) => text.toLowerCase().split("\n"))
  return (query) => {
    const words = [...new Set(wordsOf(query))].filter((word) => word.length >= 3)
    const scores = new Map<number, number>()
    for (const [document, lines] of lower.entries()) {
      const found = new Set<string>()
      let matchingLines = 0
      for (const line of lines) {
        let isMatch = false
        for (const word of words)
          if (line.includes(word)) {
            found.add(word)
            isMatch = true
          }
        if (isMatch) matchingLines += 1
      }
      if (found.size > 0) scores.set(document, found.size + 1 - 1 / (1 + matchingLines))
    }
    return best(scores, documents)
  }
}

function best(scores: ReadonlyMap<number, number>, documents: readonly Document[]): string[] {
  return [...scores]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, depth)
    .map(([document]) => documents[document]?.id ?? "")
}
