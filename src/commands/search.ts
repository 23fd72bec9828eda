import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import type { CodeIndex, SearchHit, SearchMode } from "../code/code-index.ts"
import { termsOf } from "../code/index/words.ts"
import { CommitNote, FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock, nearestBlocks } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { excerptOf, soughtRuns, soughtWords } from "./excerpt.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"

const Why = z.object({ signal: z.string(), contribution: z.number(), detail: z.string() })
const Hit = z.object({
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  kind: z.string(),
  name: z.string(),
  within: z.array(z.string()),
  signature: z.string(),
  language: z.string(),
  /** The passage, and the line it begins with. */
  text: z.string(),
  textLine: z.int(),
  /** The line on which the definition is named; null outside of definitions. */
  head: z.object({ line: z.int(), text: z.string() }).nullable(),
  /** Lines that match. */
  matches: z.array(z.int()),
  score: z.number(),
  /** What made the score; the contributions add up to it. */
  why: z.array(Why),
  /** Commits whose messages speak of the query and touched this file. */
  commits: z.array(CommitNote.pick({ sha: true, subject: true, at: true })),
})
const Filters = z.object({
  path: z.array(z.string()).optional(),
  lang: z.array(z.string()).optional(),
  kind: z.array(z.string()).optional(),
  changed: z.string().optional(),
})

const filter = (description: string) => z.array(z.string().min(1).max(500)).max(50).default([]).describe(description)

export const search = defineCommand({
  name: "search",
  summary: "Search the project by words, names, text or history",
  description:
    "Words find code by what it says, what it is called, where it stands and what commits said about it. " +
    "--regex, --text and --symbol search in another way: by pattern, letter by letter, by name. " +
    'Filters are options, or go into a query of words: path:src/ -path:test lang:go kind:function changed:7d, and "exact ' +
    'phrases". What is shown of each result are the lines that match; --full shows whole passages.',
  examples: [
    { line: "duck search retry with backoff", says: "the best passages" },
    { line: 'duck search "token path:src/server kind:function" --limit 5', says: "with filters" },
    { line: "duck search 'catch \\(e' --regex --lang ts", says: "by regular expression, in TypeScript" },
    { line: "duck search 'x-api-key' --text --files", says: "every file that has this text" },
    { line: "duck search parseHead --symbol", says: "definitions whose name is like it" },
    { line: "duck search parser --why", says: "and why each result is there" },
  ],
  input: z.object({
    query: z.string().trim().min(1).max(2_000).describe("What to look for"),
    limit: z.int().min(1).max(200).optional().describe("Most results; the setting search.limit without it"),
    regex: z.boolean().default(false).describe("The query is a regular expression"),
    text: z.boolean().default(false).describe("Find the query as it stands, letter by letter"),
    symbol: z.boolean().default(false).describe("Find definitions by name"),
    caseSensitive: z.boolean().default(false).describe("With --regex or --text: tell capital letters from small ones"),
    path: filter("Only in these paths: a glob or a part of the path; with - in front, not there"),
    lang: filter("Only in this language, by name or ending, such as go or ts"),
    kind: filter("Only this kind of code, such as function, class or section"),
    changed: z.string().optional().describe("Only in files changed since 7d, 24h or a date; head: not committed yet"),
    files: z.boolean().default(false).describe("One result a file"),
    full: z.boolean().default(false).describe("Show whole passages, not only the lines that match"),
    why: z.boolean().default(false).describe("Say why each result is there"),
  }),
  output: z.object({
    query: z.string(),
    hits: z.array(Hit),
    nearest: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
    understood: z.object({
      words: z.array(z.string()),
      ignored: z.array(z.string()),
      phrases: z.array(z.string()),
      filters: Filters,
      mode: z.string(),
    }),
    /** What meaning did for it; null where no model is chosen for that (`duck llm set-embeddings`). */
    meaning: z.object({ model: z.string(), isUsed: z.boolean(), detail: z.string() }).nullable(),
    isTruncated: z.boolean(),
    showsWhy: z.boolean(),
    showsFull: z.boolean(),
    tookMs: z.number(),
    freshness: FreshnessNote,
  }),
  positionals: ["query"],
  takesRest: true,
  shorts: { limit: "n", regex: "e" },
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run(input, context) {
    const { query, limit, path, lang, kind, changed, files, caseSensitive, why, full } = input
    const mode = modeOf(input)
    const index = await indexOf(context)
    const answer = await index.search(
      {
        text: query,
        limit: limit ?? context.config().values["search.limit"],
        mode,
        filters: { path, lang, kind, ...(changed === undefined ? {} : { changed }) },
        unit: files ? "file" : "chunk",
        caseSensitive,
      },
      context.signal,
    )
    const { understood, nearest, isTruncated, tookMs, meaning } = answer
    const heads = await Promise.all(answer.hits.map((hit) => headOf(hit, index)))
    return {
      query,
      hits: answer.hits.map(({ doc: _doc, tokens: _tokens, commits, ...hit }, at) => ({
        ...hit,
        head: heads[at] ?? null,
        within: [...hit.within],
        matches: [...hit.matches],
        why: [...hit.why],
        commits: (commits ?? []).map(({ sha, subject, authoredAt }) => ({ sha, subject, at: authoredAt })),
      })),
      nearest: [...nearest],
      understood: {
        words: [...understood.words],
        ignored: [...understood.ignored],
        phrases: [...understood.phrases],
        filters: plainFilters(understood.filters),
        mode: understood.mode,
      },
      meaning: meaning && { ...meaning },
      isTruncated,
      showsWhy: why,
      showsFull: full,
      tookMs,
      freshness: freshnessNote(answer.freshness),
    }
  },
  present(answer) {
    const { query, hits, nearest, isTruncated, freshness, tookMs, meaning } = answer
    const shown = hits.map((hit) => ({ hit, quote: quoteOf(hit, answer) }))
    const isCut = shown.some(({ quote, hit }) => quote.numbers.length < hit.text.trimEnd().split("\n").length)
    return [
      ...(hits.length === 0
        ? [{ kind: "paragraph", text: `Nothing found for ${inlineCode(query)}.`, tone: "warning" } as const]
        : []),
      ...shown.flatMap(({ hit, quote }) => (answer.showsWhy ? [quote, reasonsFor(hit)] : [quote])),
      ...(hits.length === 0 ? nearestBlocks(nearest) : []),
      ...(meaning && (answer.showsWhy || (hits.length === 0 && !meaning.isUsed))
        ? [
            {
              kind: "paragraph",
              text: `By meaning (${literal(meaning.model)}): ${meaning.isUsed ? "" : "not used: "}${literal(meaning.detail.replace(/\.$/, ""))}.`,
              tone: "quiet",
            } as const,
          ]
        : []),
      ...(isTruncated
        ? [{ kind: "paragraph", text: "The search stopped at its limit; there may be more.", tone: "warning" } as const]
        : []),
      freshnessBlock(
        freshness,
        `${count(hits.length, "result")} in ${Math.round(tookMs)} ms${isCut ? " (`--full` shows whole passages)" : ""}; `,
      ),
    ]
  },
  exitCode: ({ hits }) => (hits.length > 0 ? 0 : 1),
})

function modeOf({ regex, text, symbol }: { readonly [Mode in "regex" | "text" | "symbol"]: boolean }): SearchMode {
  if (Number(regex) + Number(text) + Number(symbol) > 1)
    throw new InvalidInputError({
      code: "MODES_CONFLICT",
      message: "A query is searched for in one way.",
      hint: "Give one of --regex, --text and --symbol, or none of them to search by words.",
    })
  return regex ? "regex" : text ? "text" : symbol ? "symbol" : "hybrid"
}

/** The line with the name of the definition that a hit is a part of, which may stand before its passage. */
async function headOf({ path, name, within, startLine, endLine }: SearchHit, index: CodeIndex) {
  if (name === "") return null
  const { items } = await index.outline(path)
  const own = items.filter(
    (one) =>
      one.name === name && one.within.length === within.length && one.startLine <= endLine && one.endLine >= startLine,
  )
  // Of a definition that comes twice (an overload), the first in the passage.
  const line = (own.find((one) => one.nameLine >= startLine) ?? own.at(-1))?.nameLine
  if (line === undefined) return null
  const text = await index.text(path, { startLine: line, endLine: line })
  return text === undefined ? null : { line, text: text.slice(0, 400) }
}

/** A result takes about so many lines, so that a screen has several. */
const linesOfHit = 12

function quoteOf(
  hit: z.output<typeof Hit>,
  {
    query,
    understood,
    showsFull,
  }: { query: string; understood: { words: string[]; phrases: string[]; mode: string }; showsFull: boolean },
) {
  const { path, language, text, textLine, head, matches, kind, name, within } = hit
  const stems = new Set(understood.words.flatMap(termsOf))
  const most = showsFull ? Number.POSITIVE_INFINITY : linesOfHit
  const passage = excerptOf(text, { textLine, headLine: head?.line, matches, stems, most })
  const isHeadless = head !== null && head.line < textLine
  const excerpt = isHeadless
    ? { numbers: [head.line, ...passage.numbers], text: `${head.text}\n${passage.text}` }
    : passage
  const runs = understood.mode === "text" ? [query] : understood.phrases
  return {
    kind: "quote",
    path,
    startLine: excerpt.numbers[0] ?? textLine,
    endLine: excerpt.numbers.at(-1) ?? textLine,
    text: excerpt.text,
    numbers: excerpt.numbers,
    language,
    marked: matches.filter((line) => excerpt.numbers.includes(line)),
    stressed: [...soughtWords(excerpt.text, stems), ...runs.flatMap((run) => soughtRuns(excerpt.text, run))],
    note: name === "" ? "" : `${kind} ${[...within, name].join(".")}`,
  } as const
}

function reasonsFor({ why, commits }: z.output<typeof Hit>): Block {
  const reasons = why.map(
    ({ signal, contribution, detail }) => `${contribution.toFixed(3)} ${signal}: ${literal(detail)}`,
  )
  const told = commits.map(({ sha, at, subject }) => `${sha.slice(0, 8)} ${at.slice(0, 10)} ${literal(subject)}`)
  return { kind: "list", items: [...reasons, ...told] }
}

function plainFilters({
  path,
  lang,
  kind,
  changed,
}: { readonly [K in keyof z.output<typeof Filters>]: string | readonly string[] | undefined }) {
  const list = (value: string | readonly string[] | undefined) => (Array.isArray(value) ? [...value] : undefined)
  return {
    ...(path ? { path: list(path) } : {}),
    ...(lang ? { lang: list(lang) } : {}),
    ...(kind ? { kind: list(kind) } : {}),
    ...(typeof changed === "string" ? { changed } : {}),
  }
}
