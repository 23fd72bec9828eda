import type { ExaminedFile } from "./analyzer.ts"
import type { TokenFacts } from "./facts.ts"
import { Kind, type Kinds } from "./kinds.ts"

export interface FileTokens {
  readonly tokens: TokenFacts
  readonly names: ReadonlyMap<string, number>
  /** For each line, counted from 1, how many of the lines up to it have code in them. */
  readonly codeLinesUpTo: Int32Array
}

// Filled anew for each file; a copy of the part that was used goes out.
let shapes = new Int32Array(1 << 16)
let exacts = new Int32Array(1 << 16)
let lines = new Int32Array(1 << 16)

/** The shape of every identifier. */
export const identifierShape = 1
const stringShape = 2
const numberShape = 3
const plainName = /^(["'`]?)[A-Za-z_$][\w$]*\1$/

/**
 * The tokens of a file, from the leaves of its syntax tree and, for keywords and signs, which have no node of their own,
 * from the text between them.
 */
export function tokensOf({ text, tree, starts }: ExaminedFile, { of }: Kinds): FileTokens {
  if (text.length > shapes.length) {
    shapes = new Int32Array(text.length * 2)
    exacts = new Int32Array(text.length * 2)
    lines = new Int32Array(text.length * 2)
  }
  const names = new Map<string, number>()
  const hasCode = new Uint8Array(starts.length + 1)
  let count = 0
  let line = 0
  let quietUntil = -1

  const lineAt = (offset: number) => {
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= offset) line++
    return line + 1
  }
  const emit = (shape: number, start: number, end: number) => {
    const at = lineAt(start)
    hasCode[at] = 1
    if (start < quietUntil) return
    const exact = hashOf(text, start, end)
    shapes[count] = shape === 0 ? exact : shape
    exacts[count] = exact
    lines[count++] = at
  }
  const lex = (from: number, to: number) => {
    let at = from
    while (at < to) {
      const type = charType(text.charCodeAt(at))
      let end = at + 1
      if (type > 1) while (end < to && charType(text.charCodeAt(end)) === type) end++
      if (type > 0) emit(0, at, end)
      at = end
    }
  }
  const name = (start: number, end: number, isQuoted: boolean) => {
    const word = isQuoted ? text.slice(start + 1, end - 1) : text.slice(start, end)
    names.set(word, (names.get(word) ?? 0) + 1)
  }

  if (tree) {
    let position = 0
    for (let node = 0; node < tree.count; ) {
      const bits = of[tree.kind[node] ?? 0] ?? 0
      const start = tree.start[node] ?? 0
      const end = tree.end[node] ?? 0
      const next = tree.after[node] ?? node + 1
      if (bits & Kind.import) quietUntil = Math.max(quietUntil, end)
      const isWhole = (bits & Kind.comment) !== 0 || next === node + 1 || isPlainString(bits, of, tree.kind, node, next)
      if (!isWhole) {
        node++
        continue
      }
      node = next
      // Some grammars put empty nodes where something is left out, or nodes over what is already read.
      if (end <= start || start < position) continue
      lex(position, start)
      position = end
      if (bits & Kind.comment) continue
      if (bits & Kind.identifier) {
        emit(identifierShape, start, end)
        name(start, end, false)
      } else if (bits & Kind.string) {
        emit(stringShape, start, end)
        for (let last = lineAt(end - 1), at = lineAt(start); at <= last; at++) hasCode[at] = 1
        if (end - start < 100 && plainName.test(text.slice(start, end))) {
          name(start, end, text.charCodeAt(start) < 65)
        }
      } else if (bits & Kind.number) emit(numberShape, start, end)
      else if (end - start < 200) lex(start, end)
      else emit(0, start, end)
    }
    lex(position, text.length)
  } else markLines(text, starts, hasCode)
  const codeLinesUpTo = new Int32Array(starts.length + 1)
  for (let at = 1; at <= starts.length; at++) codeLinesUpTo[at] = (codeLinesUpTo[at - 1] ?? 0) + (hasCode[at] ?? 0)
  const tokens = { shape: shapes.slice(0, count), exact: exacts.slice(0, count), line: lines.slice(0, count) }
  return { tokens, names, codeLinesUpTo }
}

/** A string with nothing computed in it is one token. */
function isPlainString(bits: number, of: Int32Array, kind: Uint16Array, node: number, next: number): boolean {
  if (!(bits & Kind.string)) return false
  for (let at = node + 1; at < next; at++) if ((of[kind[at] ?? 0] ?? 0) & Kind.interpolation) return false
  return true
}

/** Without a syntax tree every line that is not empty counts. */
function markLines(text: string, starts: readonly number[], hasCode: Uint8Array): void {
  for (const [at, start] of starts.entries()) {
    if (text.slice(start, starts[at + 1] ?? text.length).trim() !== "") hasCode[at + 1] = 1
  }
}

/** FNV-1a. */
export function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

const blank = 0
const single = 1
const word = 2
const operator = 3

/** What characters make one token together. */
function charType(code: number): number {
  if (code <= 32) return blank
  if (code > 127) return word
  return charTypes[code] ?? single
}
const charTypes = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/[\w$]/.test(char)) return word
  return /[=<>!&|+\-*/%^~?:.@]/.test(char) ? operator : single
})
