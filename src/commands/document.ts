/**
 * What a command shows a person, before anyone has decided on a terminal, Markdown or a page. Formatters turn it into
 * text; a command only says what there is to see.
 */
export type Document = readonly Block[]

export type Block =
  | { readonly kind: "heading"; readonly text: string; readonly level?: 1 | 2 | 3 }
  /** Inline marks: `code` in backquotes and **strong**; anything else is literal. */
  | { readonly kind: "paragraph"; readonly text: string; readonly tone?: Tone }
  /** As it stands, without marks: its lines keep their indentation. */
  | { readonly kind: "verbatim"; readonly text: string; readonly tone?: Tone }
  | { readonly kind: "list"; readonly items: readonly string[]; readonly ordered?: boolean }
  | { readonly kind: "fields"; readonly entries: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: "table"; readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] }
  | Quote

export interface Quote {
  readonly kind: "quote"
  /** Path within the project, with the 1-based line the quotation starts at: printed as `path:line`. */
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly text: string
  /** Language id, for highlighting and Markdown fences. */
  readonly language: string
  /** Lines (1-based) that the reader should look at first. */
  readonly marked?: readonly number[]
  /** Numbers of the text's lines, where some between `startLine` and `endLine` are left out. */
  readonly numbers?: readonly number[]
  /** Words of the text that stand out where there are colours. */
  readonly stressed?: readonly string[]
  /** Why it is quoted; without marks. */
  readonly note?: string
}

export interface Column {
  readonly title: string
  /** Where there is no room, its cells are cut first, before any other column is wrapped: code beside its place. */
  readonly isCut?: boolean
  readonly align?: "left" | "right"
}

export type Tone = "normal" | "good" | "warning" | "bad" | "quiet"

/** Text from elsewhere (a file, a commit message, a name) as part of marked text: none of its signs is a mark. */
export const literal = (text: string): string => text.replace(/[`*]/g, "\\$&")

/** Text from elsewhere as inline code. */
export function inlineCode(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const ticks = "`".repeat(longest + 1)
  const pad = (isAtEdge: boolean) => (isAtEdge ? " " : "")
  return ticks + pad(text.startsWith("`")) + text + pad(text.endsWith("`")) + ticks
}
