/** What the parser says of one file; everything the index knows is made from this. Lines are 1-based and inclusive. */
export interface ParsedFile {
  /** Language id ("typescript", "python", ...) or "text" where there is no grammar. */
  readonly language: string
  readonly lines: number
  /** The grammar met something it could not parse; what could be parsed is here all the same. */
  readonly hasErrors: boolean
  /** In order of appearance; an enclosing definition stands before what it encloses. */
  readonly symbols: readonly SymbolDefinition[]
  /** In no particular order. */
  readonly references: readonly Reference[]
  readonly imports: readonly Import[]
  /** Cover the file without overlap, in order. */
  readonly chunks: readonly Chunk[]
}

export type SymbolKind =
  | "function"
  | "method"
  | "constructor"
  | "class"
  | "interface"
  | "struct"
  | "enum"
  | "trait"
  | "module"
  | "type"
  | "constant"
  | "variable"
  | "property"
  | "macro"
  | "section"

export interface SymbolDefinition {
  readonly name: string
  readonly kind: SymbolKind
  /** Names of the enclosing definitions, outermost first. */
  readonly path: readonly string[]
  readonly startLine: number
  readonly endLine: number
  /** Where the name itself stands; `column` is 1-based, in UTF-16 units. */
  readonly nameLine: number
  readonly nameColumn: number
  /** The declaration without its body, on one line, at most 300 characters. */
  readonly signature: string
  /** The doc comment's text without comment marks, "" where there is none. */
  readonly doc: string
  readonly isExported: boolean
}

export type ReferenceKind = "call" | "type" | "inherit" | "use"

export interface Reference {
  readonly name: string
  readonly kind: ReferenceKind
  readonly line: number
  readonly column: number
  /** What stands before the name: `a.b` in `a.b.c()`, "" where there is nothing, "…" where it is no plain path. */
  readonly qualifier: string
  /** Index into `symbols` of the innermost definition around it, -1 at the top of the file. */
  readonly within: number
}

export interface Import {
  /** As written: "./log.ts", "numpy.linalg", "std::fmt". */
  readonly module: string
  /** `name` is "*" for the whole module, "default" for a default import; `alias` is the local name. */
  readonly names: readonly { readonly name: string; readonly alias: string }[]
  readonly line: number
}

export interface Chunk {
  /** The kind of the definition it holds, "preamble" for what stands between definitions, "text" without a grammar. */
  readonly kind: SymbolKind | "preamble" | "text"
  readonly name: string
  readonly path: readonly string[]
  readonly startLine: number
  readonly endLine: number
  readonly signature: string
  readonly doc: string
  /** Estimated tokens of its text. */
  readonly tokens: number
  /** Index into `symbols` of the definition it begins, -1 where it begins none. */
  readonly symbol: number
}
