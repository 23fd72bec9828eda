import { z } from "zod"
import { count } from "../base/text.ts"
import { CommitNote, FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock, nearestBlocks } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"
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

export const search = defineCommand({
  name: "search",
  summary: "Search the project by words, names, text or history",
  description:
    "Words find code by what it says, what it is called, where it stands and what commits said about it. " +
    'Filters go into the query: path:src/ lang:go kind:function changed:7d, and "exact phrases".',
  examples: [
    { line: "duck search retry with backoff", says: "the best passages" },
    { line: 'duck search "token path:src/server kind:function" --limit 5', says: "with filters" },
    { line: "duck search 'catch \\(e' --regex", says: "by regular expression" },
    { line: "duck search parser --why", says: "and why each result is there" },
  ],
  input: z.object({
    query: z.string().trim().min(1).max(2_000).describe("What to look for, filters included"),
    limit: z.int().min(1).max(200).optional().describe("Most results; the setting search.limit without it"),
    regex: z.boolean().default(false).describe("The query is a regular expression"),
    text: z.boolean().default(false).describe("Find the query as it stands, letter by letter"),
    symbol: z.boolean().default(false).describe("Find definitions by name"),
    files: z.boolean().default(false).describe("One result a file"),
    caseSensitive: z.boolean().default(false).describe("Tell capital letters from small ones"),
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
    isTruncated: z.boolean(),
    showsWhy: z.boolean(),
    tookMs: z.number(),
    freshness: FreshnessNote,
  }),
  positionals: ["query"],
  takesRest: true,
  shorts: { limit: "n", regex: "e" },
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ query, limit, regex, text, symbol, files, caseSensitive, why }, context) {
    const index = await indexOf(context)
    const answer = await index.search(
      {
        text: query,
        limit: limit ?? context.config().values["search.limit"],
        mode: regex ? "regex" : text ? "text" : symbol ? "symbol" : "hybrid",
        unit: files ? "file" : "chunk",
        caseSensitive,
      },
      context.signal,
    )
    const { understood, nearest, isTruncated, tookMs } = answer
    return {
      query,
      hits: answer.hits.map(({ doc: _doc, tokens: _tokens, commits, ...hit }) => ({
        ...hit,
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
      isTruncated,
      showsWhy: why,
      tookMs,
      freshness: freshnessNote(answer.freshness),
    }
  },
  present: ({ query, hits, nearest, isTruncated, showsWhy, freshness, tookMs }) => [
    ...(hits.length === 0
      ? [{ kind: "paragraph", text: `Nothing found for ${inlineCode(query)}.`, tone: "warning" } as const]
      : []),
    ...hits.flatMap((hit) => hitBlocks(hit, showsWhy)),
    ...(hits.length === 0 ? nearestBlocks(nearest) : []),
    ...(isTruncated
      ? [{ kind: "paragraph", text: "The search stopped at its limit; there may be more.", tone: "warning" } as const]
      : []),
    freshnessBlock(freshness, `${count(hits.length, "result")} in ${Math.round(tookMs)} ms; `),
  ],
  exitCode: ({ hits }) => (hits.length > 0 ? 0 : 1),
})

function hitBlocks(hit: z.output<typeof Hit>, showsWhy: boolean): Block[] {
  const { path, language, text, textLine, matches, kind, name, within, why, commits } = hit
  const quote: Block = {
    kind: "quote",
    path,
    startLine: textLine,
    endLine: textLine + text.replace(/\n$/, "").split("\n").length - 1,
    text,
    language,
    marked: matches,
    note: name === "" ? "" : `${kind} ${[...within, name].join(".")}`,
  }
  if (!showsWhy) return [quote]
  const reasons = why.map(
    ({ signal, contribution, detail }) => `${contribution.toFixed(3)} ${signal}: ${literal(detail)}`,
  )
  const told = commits.map(({ sha, at, subject }) => `${sha.slice(0, 8)} ${at.slice(0, 10)} ${literal(subject)}`)
  return [quote, { kind: "list", items: [...reasons, ...told] }]
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
