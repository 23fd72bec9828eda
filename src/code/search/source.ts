import type { History } from "../history/evidence.ts"
import type { Contents } from "../index/contents.ts"
import type { Outline } from "../index/packed.ts"
import type { Tree } from "../index/tree.ts"
import type { ParsedFile } from "../types.ts"
import type { PathIndex } from "./path-index.ts"

/** What a search reads: one worktree's view of an index. */
export interface SearchSource {
  readonly contents: Contents
  readonly tree: Tree
  readonly paths: PathIndex
  readonly history: History
  /** How much a file matters before any question is asked, 0 to 1. */
  rank(path: string): number
  /** Documents that hold the definition of one of the names, exactly so called, with that name. */
  definitionDocs(names: readonly string[]): ReadonlyMap<number, string>
  /** Words in the name of a chunk. */
  nameLength(doc: number): number
  /** Its symbols, imports and chunks: much cheaper than `parsed`. */
  outline(content: number): Outline | undefined
  parsed(content: number): ParsedFile | undefined
  text(content: number): string | undefined
}
