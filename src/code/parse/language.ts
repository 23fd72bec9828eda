import type { Import, Reference } from "../types.ts"
import type { ChunkSymbol } from "./chunks.ts"
import type { Rule, Syntax } from "./extraction.ts"

/** What a parser of ours finds in a file. */
export interface PlainParse {
  readonly symbols: readonly ChunkSymbol[]
  readonly references: readonly Reference[]
  readonly imports: readonly Import[]
}

/** A language as data: how its files are known, its grammar, and what the nodes of its syntax trees mean. */
export interface Language extends Syntax {
  /** Stable id, as stored in indexes: "typescript". */
  readonly id: string
  /** For people: "TypeScript". */
  readonly name: string
  /** With the dot, lower case: ".ts". */
  readonly extensions: readonly string[]
  /** Whole names of files: "Rakefile". */
  readonly fileNames?: readonly string[]
  /** Programs in a first line that begins with `#!`: "python3" also stands for "python3.12". */
  readonly shebangs?: readonly string[]
  /** The grammar's file within `node_modules`; undefined where the language has a parser of ours. */
  readonly grammar?: string
  /** The parser of a language without a grammar. */
  readonly read?: (text: string, starts: readonly number[], lineCount: number) => PlainParse
  /** The language that a file really is in, where its extension is shared: C++ in a `.h`. */
  readonly dialect?: (text: string) => Language | undefined
  readonly rules: Readonly<Record<string, Rule>>
  /** Node types that are comments. */
  readonly comments?: readonly string[]
  /** Node types that stand before a definition and belong to it, as siblings: Rust's `#[derive]`. */
  readonly attributes?: readonly string[]
  /**
   * Node types that are names standing alone. One that no rule has taken becomes a reference of kind "use" when the
   * file imports or defines that name, or when it is written as a constant or a type is.
   */
  readonly names?: readonly string[]
}
