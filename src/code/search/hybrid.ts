import type { SignalName, Why } from "../code-index.ts"
import type { HistoryEvidence } from "../history/evidence.ts"
import { fieldNames } from "../index/fields.ts"
import { topOf } from "./candidates.ts"
import type { Likeness } from "./nearest.ts"
import { positionOf } from "./posting-list.ts"
import type { ParsedQuery } from "./query.ts"
import type { SearchSource } from "./source.ts"
import { weights } from "./weights.ts"
import { type ScoredTerm, scoreWords } from "./words-score.ts"

/** A chunk that may be a hit, with the evidence that speaks for it. */
export interface Ranked {
  readonly doc: number
  readonly path: string
  readonly score: number
  readonly why: readonly Why[]
}

export interface HybridOptions {
  readonly source: SearchSource
  readonly query: ParsedQuery
  readonly limit: number
  readonly unit: "chunk" | "file"
  /** By content id: 1 where filters let it through. */
  readonly allowed: Uint8Array | undefined
  /** By kind number. */
  readonly kinds: Uint8Array | undefined
  /** How alike each chunk's meaning is to the query's, where vectors are there. */
  readonly meaning: Likeness | undefined
}

interface Evidence {
  readonly signal: SignalName
  /** 0 to 1. */
  readonly strength: number
  readonly detail: () => string
}

/**
 * Ranks chunks by all evidence at once: the words of the chunk and of its file, names, paths, history, the graph's rank
 * and meaning. Each signal is a share of a perfect match, so that the weights mean the same for every query; the score
 * is their weighted sum, and every hit can say what each has added.
 */
export function rankHybrid(options: HybridOptions): { ranked: Ranked[]; history: HistoryEvidence } {
  const { source, query, limit, unit, allowed, kinds, meaning } = options
  const { contents, tree } = source
  const { docs } = contents
  const words = scoreWords({ contents, tree, paths: source.paths, terms: query.terms, allowed })
  const history = source.history.evidence(query.terms)
  const signals = unit === "file" ? weights.fileSignals : weights.chunkSignals
  const historyOf = new Map<number, { strength: number; path: string }>()
  for (const [path, strength] of history.files) {
    const content = tree.get(path)?.content ?? 0
    if (content === 0 || (allowed && allowed[content] !== 1)) continue
    if (strength > (historyOf.get(content)?.strength ?? 0)) historyOf.set(content, { strength, path })
  }

  // Files first: what speaks for the whole file speaks for its chunks as well.
  const fileScores = new Float32Array(words.files)
  for (let content = 0; content < fileScores.length; content++) {
    const found = fileScores[content] ?? 0
    if (found > 0) fileScores[content] = found * signals.file
  }
  for (const [content, { strength }] of historyOf)
    fileScores[content] = (fileScores[content] ?? 0) + strength * signals.history

  const breadth = Math.max(60, limit * 4)
  const candidates = new Set<number>()
  const isKind = (doc: number) => !kinds || kinds[docs.kind[doc] ?? 0] === 1
  const chunkScores = kinds ? masked(words.chunks, (doc) => isKind(doc)) : words.chunks
  for (const doc of topOf(chunkScores, breadth * 2)) candidates.add(doc)
  for (const content of topOf(fileScores, breadth)) {
    const best = words.bestChunk[content] ?? 0
    const first = contents.get(content)?.firstDoc ?? 0
    const doc = best !== 0 ? best : first
    if (doc !== 0 && docs.content[doc] === content && isKind(doc)) candidates.add(doc)
  }
  for (const doc of meaning?.top ?? []) candidates.add(doc)
  const defined = source.definitionDocs(query.names)
  for (const doc of defined.keys()) {
    const content = docs.content[doc] ?? 0
    if (tree.live[content] === 1 && (!allowed || allowed[content] === 1) && isKind(doc)) candidates.add(doc)
  }

  const names = namesWanted(query)
  const scored: Ranked[] = []
  for (const doc of candidates) {
    const content = docs.content[doc] ?? 0
    const path = bestPath(tree.pathsOf(content), historyOf.get(content)?.path)
    if (path === undefined) continue
    const rank = source.rank(path)
    const fromHistory = historyOf.get(content)?.strength ?? 0
    const exact = defined.get(doc)
    const named =
      exact === undefined
        ? nameMatch(doc, words.terms, names, source)
        : { strength: 1 / Math.sqrt(query.words.length), detail: `defines ${exact}` }
    const evidence: Evidence[] = [
      {
        signal: "words",
        strength: words.chunks[doc] ?? 0,
        detail: () => wordsDetail(doc, words.terms),
      },
      { signal: "name", strength: named.strength, detail: () => named.detail },
      {
        signal: "file",
        strength: (words.files[content] ?? 0) - (words.paths[content] ?? 0),
        detail: () => `${path} as a whole has these words`,
      },
      { signal: "path", strength: words.paths[content] ?? 0, detail: () => `the path ${path} has words of the query` },
      { signal: "history", strength: fromHistory, detail: () => "commits that speak of this changed the file" },
      { signal: "rank", strength: rank, detail: () => "much of the project depends on this file, or it changes often" },
      {
        signal: "vector",
        strength: meaning?.strengths[doc] ?? 0,
        detail: () => "its meaning is close to the query's",
      },
    ]
    const why: Why[] = []
    let score = 0
    for (const { signal, strength, detail } of evidence) {
      const weight = signal === "path" ? signals.file : signals[signal]
      const contribution = weight * strength
      if (contribution < 1e-4) continue
      score += contribution
      why.push({ signal, contribution, detail: detail() })
    }
    if (score > 0) scored.push({ doc, path, score, why: why.sort((a, b) => b.contribution - a.contribution) })
  }
  const inOrder = (a: Ranked, b: Ranked) =>
    b.score - a.score || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.doc - b.doc
  scored.sort(inOrder)
  return { ranked: spread(scored, unit).sort(inOrder).slice(0, limit), history }
}

/** One hit a file, or each further hit of a file counted less: ten hits of one file tell less than hits of three. */
function spread(scored: readonly Ranked[], unit: "chunk" | "file"): Ranked[] {
  const seen = new Map<string, number>()
  const result: Ranked[] = []
  for (const hit of scored) {
    const before = seen.get(hit.path) ?? 0
    seen.set(hit.path, before + 1)
    if (unit === "file" && before > 0) continue
    const factor = weights.sameFile ** before
    const why = hit.why.map((w) => ({ ...w, contribution: w.contribution * factor }))
    result.push(before === 0 ? hit : { ...hit, score: hit.score * factor, why })
  }
  return result
}

const bestPath = (paths: readonly string[], preferred: string | undefined): string | undefined =>
  preferred !== undefined && paths.includes(preferred) ? preferred : paths[0]

function masked(values: Float32Array, keeps: (index: number) => boolean): Float32Array {
  const result = new Float32Array(values.length)
  for (let index = 0; index < values.length; index++)
    if ((values[index] ?? 0) > 0 && keeps(index)) result[index] = values[index] ?? 0
  return result
}

interface NamesWanted {
  /** Numbers of the words that a name should hold. */
  readonly words: ReadonlySet<number>
}

const namesWanted = (query: ParsedQuery): NamesWanted => ({
  words: new Set(query.terms.filter(({ isSynonym }) => !isSynonym).map(({ word }) => word)),
})

/** The share of the query's weight that stands in the chunk's own name. */
function nameMatch(doc: number, terms: readonly ScoredTerm[], wanted: NamesWanted, source: SearchSource) {
  const weightOf = new Map<number, number>()
  const found = new Map<number, number>()
  const shown: string[] = []
  for (const { term, list, chunkIdf } of terms) {
    if (!term.isSynonym) weightOf.set(term.word, Math.max(weightOf.get(term.word) ?? 0, chunkIdf))
    const at = positionOf(list, doc)
    if (at < 0 || ((list.fields[at] ?? 0) & 1) === 0) continue
    found.set(term.word, Math.max(found.get(term.word) ?? 0, chunkIdf))
    shown.push(term.shown)
  }
  let total = 0
  for (const word of wanted.words) total += weightOf.get(word) ?? 0
  let sum = 0
  for (const [word, gain] of found) sum += Math.min(gain, weightOf.get(word) ?? gain)
  if (sum === 0 || total === 0) return { strength: 0, detail: "" }
  // A short name that holds the words says more than a long one that holds them among others.
  const nameLength = Math.max(1, source.nameLength(doc))
  const strength = Math.min(1, (sum / total) * Math.sqrt(Math.min(1, (found.size + 0.5) / (nameLength + 0.5))))
  return { strength, detail: `${listed(shown)} in the name` }
}

function wordsDetail(doc: number, terms: readonly ScoredTerm[]): string {
  const byField = new Map<string, string[]>()
  for (const { term, list } of terms) {
    const at = positionOf(list, doc)
    if (at < 0) continue
    const bits = list.fields[at] ?? 0
    const field = fieldNames.findIndex((_, number) => (bits & (1 << number)) !== 0)
    const where = shownField[fieldNames[field] ?? "body"]
    byField.set(where, [...(byField.get(where) ?? []), term.shown])
  }
  return [...byField].map(([where, shown]) => `${listed(shown)} in the ${where}`).join("; ")
}

const shownField: Readonly<Record<(typeof fieldNames)[number], string>> = {
  name: "name",
  within: "enclosing name",
  signature: "signature",
  doc: "doc comment",
  body: "body",
  comment: "comments",
}

const listed = (words: readonly string[]): string => [...new Set(words)].slice(0, 6).join(", ")
