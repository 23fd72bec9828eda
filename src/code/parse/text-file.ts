import { lineStarts } from "../../base/text.ts"
import type { ParsedFile } from "../types.ts"
import { type ChunkOptions, chunksOf, lineCountOf } from "./chunks.ts"

/** A file without syntax: chunks by size at blank lines. */
export function textFile(language: string, text: string, options?: ChunkOptions): ParsedFile {
  const starts = lineStarts(text)
  const chunks = chunksOf({ text, starts, symbols: [] }, { ...options, strategy: "size" })
  return {
    language,
    lines: lineCountOf(text, starts),
    hasErrors: false,
    symbols: [],
    references: [],
    imports: [],
    chunks,
  }
}
