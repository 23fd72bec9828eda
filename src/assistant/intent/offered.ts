/** A command as far as a line that somebody typed can mean it: part of the registry's manifest. */
export interface Offered {
  /** "index.status" */
  readonly name: string
  readonly words: readonly string[]
  readonly summary: string
  readonly permission: "read" | "write" | "admin"
  readonly arguments: readonly OfferedArgument[]
}

export interface OfferedArgument {
  readonly name: string
  readonly flag: string
  readonly short?: string
  readonly type: "string" | "number" | "boolean" | "string[]" | "json"
  readonly positional?: number
  readonly isVariadic: boolean
  readonly isRest: boolean
  readonly isRequired: boolean
  readonly choices?: readonly string[]
}

/** What in a line is real: known of the project before the line is read. */
export interface Ground {
  /** Files and folders of the project, as they were typed ("src/a.ts", "src/a.ts:12"). */
  readonly paths: ReadonlySet<string>
  readonly symbols: ReadonlySet<string>
}

/** Words as a shell tells them apart, as they were typed: quotes stay. */
export const wordsOf = (text: string): string[] =>
  Array.from(text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+|["']/g), ([word]) => word)

export const unquoted = (word: string): string => word.replaceAll(/^(["'`])([\s\S]*)\1$/g, "$2")
