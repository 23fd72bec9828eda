/** Why a command could not be taken apart with certainty; the judgement then is to ask. */
export class UnsureError extends Error {
  override readonly name = "UnsureError"
}

/** One word of a shell command, after quotes are taken away. */
export interface Word {
  /** What the program gets, where `isLiteral`; else the word as it was written. */
  readonly text: string
  /** No variable, substitution, glob, brace or tilde stands in it unquoted: the shell passes `text` on as it is. */
  readonly isLiteral: boolean
  /** Some of it stood in quotes or behind a backslash, so that it is no keyword of the shell. */
  readonly isQuoted: boolean
  /** The literal text before the first expansion. `text` where `isLiteral`. */
  readonly prefix: string
  /** The name before an unquoted `=`: at the beginning of a command the word sets this variable. */
  readonly assigns?: string | undefined
}

export type Operator = "&&" | "||" | "|" | "|&" | ";" | ";;" | "&" | "\n" | "(" | ")"

export type Redirection = "<" | "<>" | ">" | ">>" | ">|" | "&>" | "&>>" | ">&" | "<&" | "<<<"

export type Token =
  | { readonly kind: "word"; readonly word: Word }
  | { readonly kind: "operator"; readonly operator: Operator }
  | { readonly kind: "redirect"; readonly operator: Redirection }

export interface Lexed {
  readonly tokens: readonly Token[]
  /** Texts of `$(...)`, `` `...` ``, `<(...)` and `>(...)`, which the shell runs as commands of their own. */
  readonly substitutions: readonly string[]
}
