import { tokenSums } from "../../base/tokens.ts"
import type { Chunk, SymbolDefinition } from "../types.ts"
import { breakByLayout, type LineBreaks, splitLines } from "./split.ts"

/**
 * `semantic`: one chunk a definition, however long it is. `size`: pieces of `maxTokens` at the best line, whatever they
 * hold. `hybrid`: definitions, with long ones split and tiny neighbours joined.
 */
export type ChunkStrategy = "semantic" | "size" | "hybrid"

export interface ChunkOptions {
  readonly strategy?: ChunkStrategy
  /** A longer function is split at its statements. */
  readonly maxTokens?: number
  /** A longer class, module or section becomes a header and its members. */
  readonly maxContainerTokens?: number
  /** What stands between definitions and is shorter is joined to its neighbour. */
  readonly minTokens?: number
}

/** A definition as chunking sees it. */
export interface ChunkSymbol extends SymbolDefinition {
  /** First line that belongs to it: of its doc comment or decorators. */
  readonly leadLine: number
}

export interface ChunkSource {
  readonly text: string
  readonly starts: readonly number[]
  readonly symbols: readonly ChunkSymbol[]
  /** Where the inside of a long definition is best split; by blank lines and indentation where it is left out. */
  readonly breaksIn?: (symbol: number) => LineBreaks
}

export const chunkDefaults = { strategy: "hybrid", maxTokens: 800, maxContainerTokens: 400, minTokens: 40 } as const

interface Draft {
  kind: Chunk["kind"]
  name: string
  path: readonly string[]
  startLine: number
  endLine: number
  symbol: number
  signature: string
  doc: string
}

/** Chunks that cover every line of the file once, in order; none for an empty file. */
export function chunksOf(source: ChunkSource, options: ChunkOptions = {}): Chunk[] {
  const { strategy, maxTokens, maxContainerTokens, minTokens } = { ...chunkDefaults, ...options }
  const { text, starts, symbols } = source
  const lineCount = lineCountOf(text, starts)
  if (lineCount === 0) return []
  const sums = tokenSums(text, starts)
  const tokens = (startLine: number, endLine: number) => (sums[endLine] ?? 0) - (sums[startLine - 1] ?? 0)
  const tokensOf = (symbol: ChunkSymbol | undefined) => (symbol ? tokens(symbol.leadLine, symbol.endLine) : 0)
  const layout = breakByLayout(text, starts)
  const members = membersOf(symbols)
  const drafts: Draft[] = []

  const pieces = (draft: Draft, breaks: LineBreaks) => {
    const lines = splitLines(draft.startLine, draft.endLine, maxTokens, tokens, breaks)
    lines.forEach((startLine, at) => {
      const endLine = (lines[at + 1] ?? draft.endLine + 1) - 1
      drafts.push({ ...draft, startLine, endLine, ...(at === 0 ? {} : { symbol: -1, doc: "" }) })
    })
  }
  const between = (startLine: number, endLine: number, path: readonly string[], owner: number) => {
    if (startLine > endLine) return
    const of = symbols[owner]
    // What comes before the first member of a class is its header.
    if (of) pieces({ ...draftOf(of, owner), startLine, endLine }, layout)
    else {
      const kind = symbols.length === 0 ? "text" : "preamble"
      pieces({ kind, name: "", path, startLine, endLine, symbol: -1, signature: "", doc: "" }, layout)
    }
  }
  const cover = (
    startLine: number,
    endLine: number,
    inside: readonly number[],
    path: readonly string[],
    owner: number,
  ) => {
    let line = startLine
    let header = owner
    for (const index of inside) {
      const symbol = symbols[index]
      if (!symbol) continue
      const from = Math.max(line, Math.min(symbol.leadLine, symbol.startLine))
      const to = Math.min(endLine, symbol.endLine)
      if (to < from) continue
      between(line, from - 1, path, header)
      header = -1
      define(index, symbol, from, to)
      line = to + 1
    }
    between(line, endLine, path, header)
  }
  const define = (index: number, symbol: ChunkSymbol, startLine: number, endLine: number) => {
    const draft = { ...draftOf(symbol, index), startLine, endLine }
    const inside = members[index] ?? []
    const isContainer = containers.has(symbol.kind)
    const size = tokens(startLine, endLine)
    const limit = isContainer && strategy === "hybrid" ? Math.min(maxTokens, maxContainerTokens) : maxTokens
    const isLong = strategy === "hybrid" && size > limit
    const covered = inside.reduce((sum, at) => sum + tokensOf(symbols[at]), 0)
    const opens = strategy === "semantic" ? isContainer && inside.length > 0 : isLong && covered * 2 > size
    if (opens) cover(startLine, endLine, inside, [...symbol.path, symbol.name], index)
    else if (isLong && size > maxTokens) pieces(draft, source.breaksIn?.(index) ?? layout)
    else drafts.push(draft)
  }

  if (strategy === "size") pieces({ ...blank, startLine: 1, endLine: lineCount }, layout)
  else cover(1, lineCount, members.top, [], -1)
  const joined = strategy === "hybrid" ? join(drafts, text, starts, tokens, minTokens, maxContainerTokens) : drafts
  return joined.map((draft) => ({ ...draft, tokens: Math.ceil(tokens(draft.startLine, draft.endLine)) }))
}

/** Lines of the text; a line break at the end begins no further line. */
export function lineCountOf(text: string, starts: readonly number[]): number {
  return starts[starts.length - 1] === text.length ? starts.length - 1 : starts.length
}

const blank = { kind: "text", name: "", path: [], symbol: -1, signature: "", doc: "" } as const

const containers = new Set(["class", "interface", "struct", "enum", "trait", "module", "section"])
/** Kinds that may share a chunk with their like: each alone says little. */
const joinable = new Set(["preamble", "text", "constant", "variable", "property", "type", "macro", "section"])

function draftOf({ kind, name, path, signature, doc }: ChunkSymbol, symbol: number) {
  return { kind, name, path, symbol, signature, doc }
}

/** For each definition those directly inside its lines; `top` has those inside none. */
function membersOf(symbols: readonly ChunkSymbol[]): (number[] | undefined)[] & { top: number[] } {
  const members: (number[] | undefined)[] & { top: number[] } = Object.assign([], { top: [] })
  const open: number[] = []
  symbols.forEach((symbol, index) => {
    while (open.length > 0 && (symbols[open[open.length - 1] ?? 0]?.endLine ?? 0) < symbol.startLine) open.pop()
    const around = open[open.length - 1]
    if (around === undefined) members.top.push(index)
    else {
      const list = members[around]
      if (list) list.push(index)
      else members[around] = [index]
    }
    // One that ends with the one around it, on its first line too, can not be told apart by lines.
    if (around === undefined || symbol.endLine <= (symbols[around]?.endLine ?? 0)) open.push(index)
  })
  return members
}

/** Joins what is blank or tiny to a neighbour, and small neighbours of the same sort to each other. */
function join(
  drafts: readonly Draft[],
  text: string,
  starts: readonly number[],
  tokens: (startLine: number, endLine: number) => number,
  minTokens: number,
  maxTokens: number,
): Draft[] {
  const joined: Draft[] = []
  for (const draft of drafts) {
    const last = joined[joined.length - 1]
    const size = tokens(draft.startLine, draft.endLine)
    if (!last) {
      joined.push(draft)
      continue
    }
    const isFiller = draft.kind === "preamble" || draft.kind === "text"
    const lastSize = tokens(last.startLine, last.endLine)
    const lastIsFiller = last.kind === "preamble" || last.kind === "text"
    const isSmallPair =
      joinable.has(draft.kind) &&
      joinable.has(last.kind) &&
      size + lastSize <= maxTokens / 2 &&
      (size < minTokens || lastSize < minTokens) &&
      samePath(draft.path, last.path)
    if (isFiller && (isBlankText(text, starts, draft) || (size < minTokens / 4 && !lastIsFiller)))
      last.endLine = draft.endLine
    else if (isSmallPair && (isFiller || !lastIsFiller)) last.endLine = draft.endLine
    else if (lastIsFiller && (lastSize < minTokens / 2 || isBlankText(text, starts, last))) {
      joined[joined.length - 1] = { ...draft, startLine: last.startLine }
    } else joined.push(draft)
  }
  return joined
}

const samePath = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((name, at) => name === b[at])

function isBlankText(text: string, starts: readonly number[], { startLine, endLine }: Draft): boolean {
  const end = starts[endLine] ?? text.length
  for (let i = starts[startLine - 1] ?? 0; i < end; i++) if (text.charCodeAt(i) > 32) return false
  return true
}
