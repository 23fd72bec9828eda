import { tokensOf } from "../tokens.ts"
import { wordOf } from "./rename-across.ts"

export interface Word {
  /** UTF-16 code units from the start of the text. */
  readonly start: number
  /** Strings are told from code only in languages whose strings hold no code. */
  readonly within: "code" | "comment" | "string"
}

/** By the index's names. In the others "#{name}", "$name" or "{name}" is a use of the name. */
const plainStrings = new Set(["c", "cpp", "go", "java"])
/** Their names may end in a question or exclamation mark: `empty` is no part of `empty?`. */
const markedNames = new Set(["ruby", "elixir"])

/** Where a name stands as a word of its own, in a text of a language by the index's name. */
export function* wordsIn(text: string, name: string, language: string): Generator<Word> {
  const isMarked = markedNames.has(language) && /[\p{ID_Continue}]$/u.test(name)
  const word = new RegExp(`${wordOf(name).source}${isMarked ? "(?![?!](?!=))" : ""}`, "gu")
  const starts = [...text.matchAll(word)].map(({ index }) => index)
  if (starts.length === 0) return
  const quiet = quietIn(text, language)
  let at = 0
  for (const start of starts) {
    while ((quiet[at]?.end ?? Number.POSITIVE_INFINITY) <= start) at++
    const around = quiet[at]
    yield { start, within: around && around.start <= start ? around.kind : "code" }
  }
}

interface Quiet {
  readonly kind: "comment" | "string"
  readonly start: number
  readonly end: number
}

function quietIn(text: string, language: string): readonly Quiet[] {
  const found: Quiet[] = []
  for (const { kind, start, text: piece } of tokensOf(text, language)) {
    // `$#` and `${#name}` are no comments of a shell.
    const isComment = kind === "comment" && (piece[0] !== "#" || start === 0 || /\s/.test(text[start - 1] ?? ""))
    if (isComment) found.push({ kind: "comment", start, end: start + piece.length })
    else if (kind === "string" && plainStrings.has(language))
      found.push({ kind: "string", start, end: start + piece.length })
  }
  return found
}
