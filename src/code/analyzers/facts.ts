import type { Finding } from "../finding.ts"

/** A function with its measures. Lines and columns are 1-based. */
export interface FunctionFacts {
  /** "(anonymous)" where it has none. */
  readonly name: string
  /** The line it begins in, trimmed. */
  readonly head: string
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  /** Lines with code in them, comments and empty ones not counted. */
  readonly codeLines: number
  readonly parameters: number
  /** Most control structures inside one another. */
  readonly nesting: number
  /** McCabe 1976: decisions + 1, each boolean operator a decision; functions inside it are counted by themselves. */
  readonly cyclomatic: number
  /** Campbell 2018, with the functions inside it unless it does nothing but define them. */
  readonly cognitive: number
  /** The same without what the functions inside it add. */
  readonly ownCognitive: number
  /** Its cognitive complexity is counted with the function around it. */
  readonly isPart: boolean
}

/** The tokens of a file without comments and imports, as three columns. */
export interface TokenFacts {
  /** Hash of what a token is: all identifiers are alike, all numbers and all strings. */
  readonly shape: Int32Array<ArrayBuffer>
  /** Hash of the token as it is written. */
  readonly exact: Int32Array<ArrayBuffer>
  /** 1-based. */
  readonly line: Int32Array<ArrayBuffer>
}

/** What one file says by itself; the same for the same path and content, whatever the settings are. */
export interface FileFacts {
  readonly language: string
  readonly lines: number
  readonly codeLines: number
  /** Says of itself that a program wrote it. */
  readonly isGenerated: boolean
  readonly functions: readonly FunctionFacts[]
  readonly tokens: TokenFacts
  /** Lines of imports that are gone when the program runs: `import type`. */
  readonly typeImports: readonly number[]
  /** Every name in its code, and each string that could be one, with how often it stands there. */
  readonly names: ReadonlyMap<string, number>
  /** Of all analyzers of files. */
  readonly findings: readonly Finding[]
}
