import { lineAt } from "../../base/text.ts"
import type { Span } from "../finding.ts"
import type { FlatTree } from "../parse/flat-tree.ts"
import type { ExaminedFile } from "./analyzer.ts"

export type ParsedFileUnderLook = ExaminedFile & { readonly tree: FlatTree }

export const isParsed = (file: ExaminedFile): file is ParsedFileUnderLook => file.tree !== undefined

/** Where a stretch of text stands. */
export function spanOf({ starts }: Pick<ExaminedFile, "starts">, start: number, end: number): Span {
  const first = lineAt(starts, start)
  const last = lineAt(starts, Math.max(start, end))
  return {
    startLine: first + 1,
    startColumn: start - (starts[first] ?? 0) + 1,
    endLine: last + 1,
    endColumn: Math.max(start, end) - (starts[last] ?? 0) + 1,
  }
}

/** The line with an offset in it, trimmed, at most 200 characters. */
export function lineText({ text, starts }: Pick<ExaminedFile, "text" | "starts">, offset: number): string {
  const line = lineAt(starts, offset)
  return text
    .slice(starts[line], starts[line + 1] ?? text.length)
    .trim()
    .slice(0, 200)
}
