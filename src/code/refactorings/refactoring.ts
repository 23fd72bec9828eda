import { DuckError } from "../../base/errors.ts"
import type { TextFile } from "../../workspace/read.ts"
import type { CodeIndex } from "../code-index.ts"

/** Replaces [start, end) of the file's text as it was read; UTF-16 code units. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What becomes of one file. Paths are posix and relative to the root. */
export interface FileEdits {
  readonly path: string
  /** Do not overlap; in any order. */
  readonly edits: readonly TextEdit[]
  /** Where it is moved to. */
  readonly to?: string | undefined
  /** It is new, and this is its text. */
  readonly created?: string | undefined
}

/** A place that may belong to the refactoring and was left as it is. Line and column are 1-based. */
export interface UnsurePlace {
  readonly path: string
  readonly line: number
  readonly column: number
  /** The line, trimmed. */
  readonly text: string
  readonly why: string
}

/** A change of code that leaves what it does as it is. */
export interface Refactoring {
  /** One line: "Rename grossPrice to totalPrice". */
  readonly title: string
  /** Sentences, for the reader of the change. */
  readonly notes: readonly string[]
  readonly files: readonly FileEdits[]
  readonly unsure: readonly UnsurePlace[]
  /** Who knew: "syntax" (trees and the index), or the language server's name. */
  readonly by: string
}

/** A file as it was when the refactoring looked at it. */
export type ReadFile = Pick<TextFile, "text" | "hash">

export interface RefactoringTools {
  readonly index: CodeIndex
  /** Every file once: what is decided on is what is changed. Throws what `Workspace.read` throws. */
  read(path: string): Promise<ReadFile>
  exists(path: string): Promise<boolean>
  /** Names are looked for in these folders alone (posix, relative to the root); everywhere where it is left out. */
  readonly under?: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** The refactoring would change what the code does, or can't be told not to. The message says where. */
export class RefactoringRefusedError extends DuckError {
  constructor(message: string, hint?: string) {
    super({ code: "REFACTORING_REFUSED", message, status: 409, ...(hint === undefined ? {} : { hint }) })
  }
}

/** Neither the text nor the index can tell what it would come to; who knows types can. */
export class TypesNeededError extends RefactoringRefusedError {
  /** What it would be, where only some of it is in doubt. */
  readonly would: Refactoring | undefined
  constructor(message: string, would?: Refactoring) {
    super(message, "A language server can tell: `duck lsp status --all` shows which are known.")
    this.would = would
  }
}

/** The text after the edits. Throws where two overlap: that is a mistake of the program. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  let at = 0
  let after = ""
  for (const { start, end, text: fresh } of sorted) {
    if (start < at) throw new Error(`Two edits overlap at ${start}.`)
    after += text.slice(at, start) + fresh
    at = end
  }
  return after + text.slice(at)
}

/** 1-based line and column of an offset. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") }
}

/** The offset of a 1-based line and column; the end of the line where it is shorter; undefined where there is no such line. */
export function offsetOf(text: string, line: number, column = 1): number | undefined {
  let start = 0
  for (let at = 1; at < line; at++) {
    start = text.indexOf("\n", start) + 1
    if (start === 0) return undefined
  }
  const end = text.indexOf("\n", start)
  return Math.min(start + column - 1, end < 0 ? text.length : end)
}

export function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset)
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? text.length : end).trim()
}

export const unsureAt = (path: string, text: string, offset: number, why: string): UnsurePlace => ({
  path,
  ...placeOf(text, offset),
  text: lineAt(text, offset),
  why,
})

/** "src/a.ts:3:7", for messages. */
export function shownPlace(path: string, text: string, offset: number): string {
  const { line, column } = placeOf(text, offset)
  return `${path}:${line}:${column}`
}
