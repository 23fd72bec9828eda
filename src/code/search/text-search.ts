import { throwIfAborted } from "../../base/signal.ts"
import type { Why } from "../code-index.ts"
import type { Matcher } from "./matcher.ts"
import type { SearchSource } from "./source.ts"

export interface TextHit {
  readonly content: number
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly matches: readonly number[]
  readonly score: number
  readonly why: readonly Why[]
}

export interface TextSearchOptions {
  readonly source: SearchSource
  readonly matcher: Matcher
  readonly shown: string
  readonly limit: number
  readonly allowed: Uint8Array | undefined
  /** By kind number: only chunks of these kinds. */
  readonly kinds: Uint8Array | undefined
  signatureOf(content: number): Uint8Array | undefined
  readonly budgetMs: number
  readonly signal: AbortSignal | undefined
}

const fileScore = ({ rank, lines }: { readonly rank: number; readonly lines: readonly number[] }): number =>
  rank + Math.log2(1 + lines.length) / 10

/** So many more files with matches than hits asked for are looked at, so that the best can be chosen. */
const spare = 2

/**
 * Finds a text or pattern in the indexed tree: signatures name the files that may hold it, these are verified on the
 * stored text in order of their rank. `isTruncated` when there may be more than was looked at.
 */
export async function searchText(options: TextSearchOptions): Promise<{ hits: TextHit[]; isTruncated: boolean }> {
  const { source, matcher, shown, limit, allowed, kinds, signatureOf, budgetMs, signal } = options
  const { tree, contents } = source
  const files: { content: number; path: string; rank: number }[] = []
  const seen = new Set<number>()
  for (const { path, content } of tree.files()) {
    if (content === 0 || seen.has(content) || (allowed && allowed[content] !== 1)) continue
    seen.add(content)
    const signature = signatureOf(content)
    if (signature && !matcher.mayMatch(signature)) continue
    files.push({ content, path: tree.pathsOf(content)[0] ?? path, rank: source.rank(path) })
  }
  files.sort((a, b) => b.rank - a.rank || (a.path < b.path ? -1 : 1))

  const found: ((typeof files)[number] & { readonly lines: readonly number[] })[] = []
  const stopAt = performance.now() + budgetMs
  let isTruncated = false
  for (const [at, file] of files.entries()) {
    if (found.length >= limit * spare || performance.now() > stopAt) {
      isTruncated = true
      break
    }
    if (at % 64 === 63) {
      await new Promise((resolve) => setImmediate(resolve))
      throwIfAborted(signal)
    }
    const text = source.text(file.content)
    const lines = text === undefined ? [] : matcher.linesIn(text)
    if (lines.length > 0) found.push({ ...file, lines })
  }
  // Of those only the best are cut into chunks.
  found.sort((a, b) => fileScore(b) - fileScore(a) || (a.path < b.path ? -1 : 1))
  if (found.length > limit) isTruncated = true
  const hits: TextHit[] = []
  for (const { content, path, rank, lines } of found.slice(0, limit)) {
    const chunks = source.outline(content)?.chunks ?? []
    const firstDoc = contents.get(content)?.firstDoc ?? 0
    // Where no chunk holds the line (minified text), the line is its own passage.
    const loose = lines.filter((line) => !chunks.some((c) => c.startLine <= line && line <= c.endLine))
    chunks.forEach((chunk, number) => {
      if (kinds && kinds[contents.docs.kind[firstDoc + number] ?? 0] !== 1) return
      const inside = lines.filter((line) => line >= chunk.startLine && line <= chunk.endLine)
      if (inside.length > 0) hits.push(hitOf(chunk.startLine, chunk.endLine, inside, chunk.name))
    })
    if (loose.length > 0 && !kinds) hits.push(hitOf(loose[0] ?? 1, loose[0] ?? 1, loose, ""))

    function hitOf(startLine: number, endLine: number, matches: readonly number[], name: string): TextHit {
      const isNamed = name !== "" && matcher.find(name) >= 0
      const found = 0.5 + 0.2 * Math.min(1, Math.log2(1 + matches.length) / 4)
      const why: Why[] = [
        {
          signal: "text",
          contribution: found,
          detail: `${shown} on ${matches.length === 1 ? "a line" : `${matches.length} lines`}`,
        },
        ...(isNamed ? [{ signal: "name" as const, contribution: 0.2, detail: "in the name" }] : []),
        ...(rank > 0
          ? [{ signal: "rank" as const, contribution: rank * 0.1, detail: "much depends on this file" }]
          : []),
      ]
      return { content, path, startLine, endLine, matches, score: why.reduce((sum, w) => sum + w.contribution, 0), why }
    }
  }
  hits.sort(
    (a, b) => b.score - a.score || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.startLine - b.startLine,
  )
  return { hits: hits.slice(0, limit), isTruncated: isTruncated || hits.length > limit }
}
