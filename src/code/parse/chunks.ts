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
  if (strategy !== "size") joinFillers(drafts, text, starts, tokens, minTokens)
  if (strategy === "hybrid") joinSmall(drafts, tokens, minTokens, maxContainerTokens / 2)
  return drafts.map((draft) => ({ ...draft, tokens: Math.ceil(tokens(draft.startLine, draft.endLine)) }))
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

type TokensOf = (startLine: number, endLine: number) => number

/** Gives what is blank or next to nothing between definitions (a closing brace, a rule of dashes) to its neighbour. */
function joinFillers(
  drafts: Draft[],
  text: string,
  starts: readonly number[],
  tokens: TokensOf,
  minTokens: number,
): void {
  const isNothing = (draft: Draft, least: number) =>
    isFiller(draft) && (isBlankText(text, starts, draft) || tokens(draft.startLine, draft.endLine) < least)
  replaceAll(drafts, (last, draft) => {
    if (isNothing(draft, isFiller(last) ? 0 : minTokens / 4)) return { ...last, endLine: draft.endLine }
    return isNothing(last, minTokens / 2) ? { ...draft, startLine: last.startLine } : undefined
  })
}

/** Joins small neighbours of the same sort, and small members to the header of what they are members of. */
function joinSmall(drafts: Draft[], tokens: TokensOf, minTokens: number, maxTokens: number): void {
  replaceAll(drafts, (last, draft) => {
    if (!joinable.has(draft.kind)) return undefined
    const size = tokens(draft.startLine, draft.endLine)
    const lastSize = tokens(last.startLine, last.endLine)
    if (size + lastSize > maxTokens || (size >= minTokens && lastSize >= minTokens)) return undefined
    const isMember = containers.has(last.kind) && samePath(draft.path, [...last.path, last.name])
    // What stands before definitions is not made a part of them: imports stay imports.
    const isAlike = joinable.has(last.kind) && samePath(draft.path, last.path) && (isFiller(draft) || !isFiller(last))
    return isMember || isAlike ? { ...last, endLine: draft.endLine } : undefined
  })
}

const isFiller = ({ kind }: Draft) => kind === "preamble" || kind === "text"

/** Replaces neighbours by what `joined` makes of them, from the first on; undefined leaves them apart. */
function replaceAll(drafts: Draft[], joined: (last: Draft, draft: Draft) => Draft | undefined): void {
  const kept: Draft[] = []
  for (const draft of drafts) {
    const last = kept[kept.length - 1]
    const one = last && joined(last, draft)
    if (one) kept[kept.length - 1] = one
    else kept.push(draft)
  }
  drafts.splice(0, drafts.length, ...kept)
}

const samePath = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((name, at) => name === b[at])

function isBlankText(text: string, starts: readonly number[], { startLine, endLine }: Draft): boolean {
  const end = starts[endLine] ?? text.length
  for (let i = starts[startLine - 1] ?? 0; i < end; i++) if (text.charCodeAt(i) > 32) return false
  return true
}
