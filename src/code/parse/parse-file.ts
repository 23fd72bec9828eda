import { lineStarts } from "../../base/text.ts"
import type { ParsedFile } from "../types.ts"
import { type ChunkOptions, chunksOf, lineCountOf } from "./chunks.ts"
import { Extraction, type Rule } from "./extraction.ts"
import { type GrammarParser, grammarParser } from "./grammar.ts"
import type { Language } from "./language.ts"
import { languageOf } from "./languages.ts"
import { statementBreaks } from "./statements.ts"
import { textFile } from "./text-file.ts"

export interface ParseOptions extends ChunkOptions {
  /** A file that takes longer becomes text chunks. */
  readonly timeLimitMs?: number
}

/** A larger file becomes text chunks: its syntax is not worth the time and the memory. */
export const maxParsedLength = 1_000_000
const maxLineLength = 5000
const defaultTimeLimitMs = 3000

/**
 * Definitions, references, imports and chunks of one file. Never throws for what is in `text`: what can not be parsed
 * falls back to text chunks, and what is written for machines (lines of thousands of characters) has no chunks at all.
 * Loads the language's grammar on first use; throws UnavailableError when that is not installed.
 */
export async function parseFile(path: string, text: string, options: ParseOptions = {}): Promise<ParsedFile> {
  const firstLine = text.startsWith("#!") ? text.slice(0, 200).split(/[\r\n]/, 1)[0] : ""
  const known = languageOf(path, firstLine)
  const language = known?.dialect?.(text) ?? known
  const id = language?.id ?? "text"
  if (isForMachines(text)) return { ...textFile(id, ""), lines: lineCountOf(text, lineStarts(text)) }
  if (!language || text.length > maxParsedLength) return textFile(id, text, options)
  if (language.grammar !== undefined) return parseWith(language, await grammarParser(language.grammar), text, options)
  return language.read ? readWith(language, language.read, text, options) : textFile(id, text, options)
}

/** With a parser of ours. */
function readWith(
  language: Language,
  read: NonNullable<Language["read"]>,
  text: string,
  options: ParseOptions,
): ParsedFile {
  const starts = lineStarts(text)
  const lines = lineCountOf(text, starts)
  const { symbols, references, imports } = read(text, starts, lines)
  return {
    language: language.id,
    lines,
    hasErrors: false,
    symbols: symbols.map(({ leadLine: _, ...symbol }) => symbol),
    references,
    imports,
    chunks: chunksOf({ text, starts, symbols }, options),
  }
}

function parseWith(language: Language, grammar: GrammarParser, text: string, options: ParseOptions): ParsedFile {
  const tree = grammar.parse(text, options.timeLimitMs ?? defaultTimeLimitMs)
  if (!tree) return textFile(language.id, text, options)
  const found = new Extraction(tree, language)
  found.run(rulesFor(language, grammar))
  const { starts, symbols, references, imports } = found
  const chunks = chunksOf({ text, starts, symbols, breaksIn: (symbol) => statementBreaks(found, symbol) }, options)
  return {
    language: language.id,
    lines: lineCountOf(text, starts),
    hasErrors: tree.hasErrors,
    symbols: symbols.map(({ node: _, leadLine: __, body: ___, ...symbol }) => symbol),
    references,
    imports,
    chunks,
  }
}

const compiled = new WeakMap<GrammarParser, Map<Language, readonly (Rule | undefined)[]>>()

/** The language's rules by type id. */
function rulesFor(language: Language, grammar: GrammarParser): readonly (Rule | undefined)[] {
  const byLanguage = compiled.get(grammar) ?? new Map<Language, readonly (Rule | undefined)[]>()
  compiled.set(grammar, byLanguage)
  let rules = byLanguage.get(language)
  if (!rules) {
    const comments = new Set(language.comments)
    const attributes = new Set(language.attributes)
    const names = new Set(language.names)
    rules = grammar.types.map((type): Rule | undefined => {
      if (comments.has(type)) return (at, node) => at.comment(node)
      if (attributes.has(type)) return (at, node) => at.attribute(node)
      const rule = language.rules[type]
      return rule ?? (names.has(type) ? (at, node) => at.looseName(at, node) : undefined)
    })
    byLanguage.set(language, rules)
  }
  return rules
}

/** Minified or generated: lines of thousands of characters, and more of them than a few. */
function isForMachines(text: string): boolean {
  if (text.length < maxLineLength) return false
  let longLines = 0
  let lineStart = 0
  while (lineStart < text.length) {
    const found = text.indexOf("\n", lineStart)
    const lineEnd = found < 0 ? text.length : found
    if (lineEnd - lineStart > maxLineLength) longLines += lineEnd - lineStart
    lineStart = lineEnd + 1
  }
  return longLines * 2 > text.length
}
