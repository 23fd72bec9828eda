import { InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { CommitOf, SearchAnswer, SearchHit, SearchQuery, Why } from "../code-index.ts"
import type { CommitStore } from "../history/commit-store.ts"
import { definitionKey } from "../index/keys.ts"
import { chunkKinds, kindNumber } from "../index/packed.ts"
import type { FoundSymbol, View } from "../index/view.ts"
import { allowedContents, allowedKinds, changedSince, fileFilter } from "./filters.ts"
import { rankHybrid } from "./hybrid.ts"
import { literalMatcher, regexMatcher } from "./matcher.ts"
import type { Meaning } from "./meaning.ts"
import type { NameIndex } from "./names.ts"
import type { Among } from "./nearest.ts"
import { linesBetween, passageOf } from "./passage.ts"
import { type ParsedQuery, parseQuery } from "./query.ts"
import { searchText, type TextHit } from "./text-search.ts"

export interface SearchOptions {
  readonly view: View
  readonly names: NameIndex
  readonly commits: CommitStore
  readonly query: SearchQuery
  readonly now: () => number
  /** Paths that differ from HEAD on disk, for `changed:head`. */
  readonly uncommitted: () => Promise<ReadonlySet<string>>
  /** How alike chunks are to the query in meaning; undefined where no model is chosen for it. */
  readonly meaning: (text: string, among: Among) => Promise<Meaning | undefined>
  readonly signal: AbortSignal | undefined
}

export const defaultLimit = 10
export const maxLimit = 200
const textBudgetMs = 1500
/** A best hit below this has a small part of the query only: the nearest names are told as well. */
const poorScore = 0.2

/** Answers a search; everything but its freshness. */
export async function search(options: SearchOptions): Promise<Omit<SearchAnswer, "freshness" | "tookMs">> {
  const { view, query, signal } = options
  throwIfAborted(signal)
  const mode = query.mode ?? "hybrid"
  const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)))
  const unit = query.unit ?? "chunk"
  // The best of each file are among more hits than are asked for.
  const wanted = unit === "file" ? maxLimit : limit
  const inUnits = (all: readonly SearchHit[], isCut = false) => {
    const hits = unit === "file" ? firstOfEachFile(all) : all
    return { hits: hits.slice(0, limit), isTruncated: isCut || hits.length > limit }
  }
  // A pattern is taken as it is: quotes and colons belong to it.
  const isRaw = mode === "regex" || mode === "text"
  const parsed = isRaw ? rawQuery(query) : parseQuery(query)
  const { allowed, kinds } = await filtersOf(options, parsed)
  const base = {
    understood: {
      words: parsed.words,
      ignored: parsed.ignored,
      phrases: parsed.phrases,
      filters: parsed.filters,
      mode,
    },
    isTruncated: false,
    meaning: null,
  }
  if (isRaw) {
    if (parsed.text === "") return { ...base, hits: [], nearest: [] }
    const isCased = query.caseSensitive ?? false
    const matcher = mode === "regex" ? regexMatcher(parsed.text, isCased) : literalMatcher(parsed.text, isCased)
    const shown = mode === "regex" ? `/${parsed.text}/` : `"${parsed.text}"`
    const found = await textHits(options, { matcher, shown, limit: wanted, allowed, kinds })
    const { hits, isTruncated } = inUnits(found.hits, found.isTruncated)
    return { ...base, hits, isTruncated, nearest: hits.length === 0 ? nearestTo(options, parsed) : [] }
  }
  if (mode === "symbol") {
    const { hits } = inUnits(symbolHits(options, parsed, wanted, allowed, kinds))
    return { ...base, hits, nearest: hits.length === 0 ? nearestTo(options, parsed) : [] }
  }
  const phrase = parsed.phrases[0]
  if (phrase !== undefined && parsed.words.every((word) => parsed.phrases.some((p) => p.includes(word)))) {
    // Nothing but quoted text: it is to be found as written.
    const matcher = literalMatcher(phrase, query.caseSensitive ?? false)
    const found = await textHits(options, { matcher, shown: `"${phrase}"`, limit: wanted, allowed, kinds })
    const { hits, isTruncated } = inUnits(found.hits, found.isTruncated)
    return { ...base, hits, isTruncated, nearest: hits.length === 0 ? nearestTo(options, parsed) : [] }
  }
  const meaning = await options.meaning(parsed.text, { allowed, kinds })
  const most = parsed.phrases.length > 0 ? maxLimit : limit
  const { ranked, history } = rankHybrid({
    source: view,
    query: parsed,
    limit: most,
    unit,
    allowed,
    kinds,
    meaning: meaning?.likeness,
  })
  const stems = new Map(parsed.terms.map(({ stem, weight }) => [stem, weight]))
  const hits: SearchHit[] = []
  for (const { doc, path, score, why } of ranked) {
    if (hits.length >= limit) break
    const content = view.contents.docs.content[doc] ?? 0
    const firstDoc = view.contents.get(content)?.firstDoc ?? 0
    if (parsed.phrases.length > 0 && !holdsPhrases(view, content, doc - firstDoc, parsed.phrases)) continue
    const hit = hitOf(view, { content, path, chunk: doc - firstDoc, score, why, stems })
    if (!hit) continue
    const ids = history.commitsFor(path).slice(0, 3)
    const told = ids.map((id) => options.commits.get(id)).filter((commit) => commit !== undefined)
    hits.push(told.length > 0 ? { ...hit, commits: told.map(commitOf) } : hit)
  }
  const isPoor = (hits[0]?.score ?? 0) < poorScore
  return { ...base, hits, nearest: isPoor ? nearestTo(options, parsed) : [], meaning: meaning?.note ?? null }
}

function firstOfEachFile(hits: readonly SearchHit[]): SearchHit[] {
  const seen = new Set<string>()
  return hits.filter(({ path }) => !seen.has(path) && seen.add(path))
}

export const commitOf = (commit: NonNullable<ReturnType<CommitStore["get"]>>): CommitOf => ({
  sha: commit.sha,
  authorName: commit.authorName,
  authoredAt: commit.authoredAt,
  subject: commit.subject,
  body: commit.body,
  filesChanged: commit.filesChanged,
})

function rawQuery({ text, filters = {} }: SearchQuery): ParsedQuery {
  return { text, terms: [], words: [], ignored: [], phrases: [], names: [], filters }
}

async function filtersOf({ view, now, uncommitted }: SearchOptions, { filters }: ParsedQuery) {
  for (const kind of filters.kind ?? []) checkKind(kind.replace(/^-/, ""))
  let changed: ReadonlySet<string> | undefined
  if (filters.changed !== undefined) {
    const since = changedSince(filters.changed, now())
    changed = since === "head" ? await uncommitted() : view.history.changedSince(since)
  }
  const passes = fileFilter(filters, changed)
  const languageOf = (content: number) => view.contents.get(content)?.language ?? "text"
  return { allowed: passes && allowedContents(view.tree, languageOf, passes), kinds: allowedKinds(filters) }
}

function checkKind(kind: string) {
  if (kind === "doc" || chunkKinds.some((known) => known === kind)) return
  throw new InvalidInputError({
    message: `"kind:${kind}" is no kind of code.`,
    hint: `There are: ${chunkKinds.join(", ")}; doc is the same as section.`,
  })
}

type Restriction = { readonly limit: number } & Record<"allowed" | "kinds", Uint8Array | undefined>

async function textHits(
  { view, signal }: SearchOptions,
  restriction: Restriction & { readonly matcher: ReturnType<typeof literalMatcher>; readonly shown: string },
) {
  const { hits, isTruncated } = await searchText({
    source: view,
    ...restriction,
    signatureOf: (content) => view.signature(content),
    budgetMs: textBudgetMs,
    signal,
  })
  return { hits: hits.map((hit) => textHitOf(view, hit)), isTruncated }
}

function textHitOf(view: View, hit: TextHit): SearchHit {
  const { content, path, startLine, endLine, score, why, matches } = hit
  const chunks = view.outline(content)?.chunks ?? []
  const number = chunks.findIndex((chunk) => chunk.startLine === startLine && chunk.endLine === endLine)
  const chunk = chunks[number]
  const isLong = endLine - startLine >= 40
  const from = isLong ? Math.max(startLine, (matches[0] ?? startLine) - 5) : startLine
  const to = isLong ? Math.min(endLine, from + 39) : endLine
  const shown = linesBetween(view.text(content) ?? "", from, to).map((line) =>
    line.length > 400 ? `${line.slice(0, 399)}…` : line,
  )
  return {
    path,
    startLine,
    endLine,
    kind: chunk?.kind ?? "text",
    name: chunk?.name ?? "",
    within: chunk?.path ?? [],
    signature: chunk?.signature ?? "",
    doc: chunk?.doc ?? "",
    text: shown.join("\n"),
    textLine: from,
    matches,
    language: view.contents.get(content)?.language ?? "text",
    tokens: chunk?.tokens ?? 0,
    score,
    why,
  }
}

interface HitInput {
  readonly content: number
  readonly path: string
  readonly chunk: number
  readonly score: number
  readonly why: SearchHit["why"]
  readonly stems: ReadonlyMap<string, number>
}

function hitOf(view: View, { content, path, chunk: number, score, why, stems }: HitInput): SearchHit | undefined {
  const chunk = view.outline(content)?.chunks[number]
  const text = view.text(content)
  if (!chunk || text === undefined) return undefined
  const { startLine, endLine, kind, name, path: within, signature, doc, tokens } = chunk
  const passage = passageOf(text, startLine, endLine, stems)
  const language = view.contents.get(content)?.language ?? "text"
  return { path, startLine, endLine, kind, name, within, signature, doc, ...passage, language, tokens, score, why }
}

function holdsPhrases(view: View, content: number, number: number, phrases: readonly string[]): boolean {
  const chunk = view.outline(content)?.chunks[number]
  if (!chunk) return false
  const lines = linesBetween(view.text(content) ?? "", chunk.startLine, chunk.endLine)
  const text = lines.join("\n").toLowerCase()
  return phrases.every((phrase) => text.includes(phrase.toLowerCase()))
}

function symbolHits(
  { view, names }: SearchOptions,
  query: ParsedQuery,
  limit: number,
  allowed: Uint8Array | undefined,
  kinds: Uint8Array | undefined,
): SearchHit[] {
  const found: { readonly path: string; readonly one: FoundSymbol; readonly score: number; readonly why: Why[] }[] = []
  for (const { name, score, how } of names.match(query.text, limit * 2)) {
    // Of a name that many files define, the files that matter most.
    const rankOf = (content: number) => view.rank(view.tree.pathsOf(content)[0] ?? "")
    const among = view
      .contentsUnder(definitionKey(name))
      .filter((content) => !allowed || allowed[content] === 1)
      .sort((a, b) => rankOf(b) - rankOf(a))
      .slice(0, limit)
    for (const one of view.definitionsOf(name, { among })) {
      const path = view.tree.pathsOf(one.content)[0]
      if (path === undefined || (kinds && kinds[kindNumber(one.symbol.kind)] !== 1)) continue
      const rank = view.rank(path) * 0.05 + (one.symbol.isExported ? 0.02 : 0)
      const why: Why[] = [
        { signal: "name", contribution: score, detail: how },
        { signal: "rank", contribution: rank, detail: "much depends on this file, or the name is exported" },
      ]
      found.push({ path, one, score: score + rank, why })
    }
    if (found.length >= limit * 2) break
  }
  const lineOf = ({ one }: (typeof found)[number]) => one.symbol.startLine
  found.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : a.path > b.path ? 1 : lineOf(a) - lineOf(b)))
  return found.slice(0, limit).map(({ path, one, score, why }) => {
    const { name, kind, path: within, startLine, endLine, nameLine, signature, doc } = one.symbol
    const chunk = view.outline(one.content)?.chunks.find((c) => c.symbol === one.index)
    const passage = passageOf(view.text(one.content) ?? "", startLine, endLine, new Map())
    const language = view.contents.get(one.content)?.language ?? "text"
    const shown = { path, startLine, endLine, kind, name, within, signature, doc, ...passage, matches: [nameLine] }
    return { ...shown, language, tokens: chunk?.tokens ?? 0, score, why }
  })
}

function nearestTo({ view, names }: SearchOptions, query: ParsedQuery): SearchAnswer["nearest"] {
  return names.nearest(query.words.length > 0 ? query.words : [query.text], 5).flatMap((name) => {
    const found = view.definitionsOf(name)[0]
    const path = found && view.tree.pathsOf(found.content)[0]
    return found && path !== undefined ? [{ name, path, line: found.symbol.nameLine }] : []
  })
}
