import { lineStarts } from "../../base/text.ts"
import type { Chunk, ParsedFile } from "../types.ts"
import { commentRanges, isProse } from "./comments.ts"
import { bodyField, commentField, docField, fieldCount, nameField, signatureField, withinField } from "./fields.ts"
import { type Signature, signatureOf } from "./grams.ts"
import { groupSmall } from "./grouping.ts"
import { definitionKey, importKey, useKey } from "./keys.ts"
import { isFull, type Lexicon, lexicon } from "./lexicon.ts"
import { importParts } from "./module-parts.ts"
import { compress, kindNumber, packParsed } from "./packed.ts"
import { type FilePostings, type PostingCollector, postingCollector } from "./postings.ts"
import { isWordUnit, maxWordLength } from "./words.ts"

/**
 * Raised when what is made from a file changes: terms, postings, stored forms, chunking or grammars. Contents analysed
 * under another version are parsed again.
 */
export const analysisVersion = 5

/** Everything the index stores of one content; made in a parse worker, sent as bytes. */
export interface AnalysedFile {
  readonly language: string
  readonly lines: number
  readonly chunkCount: number
  readonly symbolCount: number
  readonly hasErrors: boolean
  readonly postings: FilePostings
  /** For each chunk: kind, start line, end line, then the length of each field in words. */
  readonly documents: Uint32Array<ArrayBuffer>
  readonly signature: Signature
  /** JSON of `FileLinks`: what the graph needs of every file, small and quick to read. */
  readonly links: string
  /** A packed ParsedFile. */
  readonly parsed: Uint8Array<ArrayBuffer>
  /** The text, compressed. */
  readonly text: Uint8Array<ArrayBuffer>
}

export interface FileLinks {
  /** name, kind number, name line, 1 when exported; flat. */
  readonly defs: readonly (string | number)[]
  /** name, count; flat. Names defined in the file itself are left out. */
  readonly uses: readonly (string | number)[]
  readonly imports: readonly string[]
}

/** Numbers in `documents` for each chunk. */
export const documentWidth = 3 + fieldCount

let words: Lexicon | undefined
let collector: PostingCollector | undefined

/** Turns a parsed file into what the index stores. Pure but for a cache of words kept between calls. */
export function analyse(text: string, whole: ParsedFile): AnalysedFile {
  const parsed: ParsedFile = { ...whole, chunks: groupSmall(whole.chunks) }
  words ??= lexicon()
  collector ??= postingCollector()
  if (isFull(words)) {
    words.clear()
    collector.reset()
  }
  const documents = new Uint32Array(parsed.chunks.length * documentWidth)
  const scan = chunkScanner(text, parsed.language, words, collector)
  parsed.chunks.forEach((chunk, at) => {
    const row = at * documentWidth
    documents[row] = kindNumber(chunk.kind)
    documents[row + 1] = chunk.startLine
    documents[row + 2] = chunk.endLine
    scan(chunk)
    collector?.endDocument(at, documents, row + 3)
  })
  const usedNames = countNames(parsed)
  return {
    language: parsed.language,
    lines: parsed.lines,
    chunkCount: parsed.chunks.length,
    symbolCount: parsed.symbols.length,
    hasErrors: parsed.hasErrors,
    postings: collector.endFile(words, parsed.chunks.length > 0 ? nameKeys(parsed, usedNames.keys()) : []),
    documents,
    signature: signatureOf(text),
    links: JSON.stringify(linksOf(parsed, usedNames)),
    parsed: packParsed(parsed),
    text: compress(text),
  }
}

/** The buffers of an AnalysedFile, to be moved to the receiving thread rather than copied. */
export function transferList({ postings, documents, signature, parsed, text }: AnalysedFile): ArrayBuffer[] {
  return [
    postings.keys.buffer,
    postings.spans.buffer,
    postings.bytes.buffer,
    documents.buffer,
    signature.buffer,
    parsed.buffer,
    text.buffer,
  ]
}

/** Feeds the words of a chunk's fields to the collector. */
function chunkScanner(text: string, language: string, words: Lexicon, collector: PostingCollector) {
  const starts = lineStarts(text)
  const comments = commentRanges(text, language)
  const proseBody = isProse(language)
  let commentAt = 0

  const scan = (from: string, start: number, end: number, field: number, inCode: boolean) => {
    let wordStart = -1
    for (let at = start; at <= end; at++) {
      if (at < end && isWordUnit(from.charCodeAt(at))) {
        if (wordStart < 0) wordStart = at
      } else if (wordStart >= 0) {
        if (at - wordStart <= maxWordLength) collector.add(words, words.find(from, wordStart, at, inCode), field)
        wordStart = -1
      }
    }
  }
  return (chunk: Chunk) => {
    scan(chunk.name, 0, chunk.name.length, nameField, false)
    for (const name of chunk.path) scan(name, 0, name.length, withinField, false)
    let at = starts[chunk.startLine - 1] ?? text.length
    const end = starts[chunk.endLine] ?? text.length
    while (commentAt > 0 && (comments[commentAt - 1] ?? 0) > at) commentAt -= 2
    // What stands before the first code of a documented chunk is its doc comment, and as many characters as the
    // signature has are about the signature: so each word is read once. Doc strings inside the body are read apart.
    let isLeading = chunk.doc !== ""
    let hasDocComment = false
    let signatureLeft = chunk.signature.length
    while (at < end) {
      while (commentAt < comments.length && (comments[commentAt + 1] ?? 0) <= at) commentAt += 2
      const commentStart = comments[commentAt] ?? text.length
      if (commentStart > at) {
        let from = isLeading || signatureLeft > 0 ? firstInk(text, at, Math.min(end, commentStart)) : at
        const codeEnd = Math.min(end, commentStart)
        if (from < codeEnd) isLeading = false
        if (signatureLeft > 0 && from < codeEnd) {
          const until = Math.min(codeEnd, wordEnd(text, from + signatureLeft))
          scan(text, from, until, signatureField, !proseBody)
          signatureLeft -= until - from
          from = until
        }
        scan(text, from, codeEnd, bodyField, !proseBody)
        at = codeEnd
      } else {
        const commentEnd = Math.min(end, comments[commentAt + 1] ?? end)
        scan(text, at, commentEnd, isLeading ? docField : commentField, false)
        if (isLeading) hasDocComment = true
        at = commentEnd
      }
    }
    if (chunk.doc !== "" && !hasDocComment) scan(chunk.doc, 0, chunk.doc.length, docField, false)
  }
}

/** The first character from `at` on that is not white space. */
function firstInk(text: string, at: number, end: number): number {
  let ink = at
  while (ink < end && text.charCodeAt(ink) <= 32) ink++
  return ink
}

/** `at`, or the end of the word that it stands in. */
function wordEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && isWordUnit(text.charCodeAt(end))) end++
  return end
}

function linksOf(parsed: ParsedFile, usedNames: ReadonlyMap<string, number>): FileLinks {
  const defs: (string | number)[] = []
  const own = new Set<string>()
  for (const symbol of parsed.symbols) {
    defs.push(symbol.name, kindNumber(symbol.kind), symbol.nameLine, symbol.isExported ? 1 : 0)
    own.add(symbol.name)
  }
  const uses: (string | number)[] = []
  for (const [name, count] of usedNames) if (!own.has(name)) uses.push(name, count)
  return { defs, uses, imports: [...new Set(parsed.imports.map((entry) => entry.module))] }
}

function countNames(parsed: ParsedFile): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of parsed.references) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** The same few thousand names are used all over a project. */
const useKeys = new Map<string, number>()
function cachedUseKey(name: string): number {
  let key = useKeys.get(name)
  if (key === undefined) {
    key = useKey(name)
    if (useKeys.size > 50_000) useKeys.clear()
    useKeys.set(name, key)
  }
  return key
}

const namesAreNeverModules: ReadonlySet<string> = new Set(["typescript", "tsx", "javascript", "go", "c", "cpp", "css"])

/** Keys under which the file as a whole is found: what it defines, uses and imports. */
function nameKeys(parsed: ParsedFile, usedNames: Iterable<string>): number[] {
  const keys = new Set<number>()
  for (const { name } of parsed.symbols) keys.add(definitionKey(name))
  for (const name of usedNames) keys.add(cachedUseKey(name))
  for (const entry of parsed.imports) {
    for (const part of importParts(entry.module)) keys.add(importKey(part))
    // What is used under another name is a use of the name all the same.
    for (const { name, alias } of entry.names) if (alias !== "" && alias !== name) keys.add(useKey(name))
    // `from package import module` names a file by the name that is imported; in JavaScript never.
    if (namesAreNeverModules.has(parsed.language)) continue
    for (const { name } of entry.names) if (name !== "*" && name !== "default") keys.add(importKey(name))
  }
  return [...keys]
}
