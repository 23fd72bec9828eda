import type { CodeIndex } from "../../code/code-index.ts"
import type { ServedCompletion } from "../../code/language-servers/language-servers.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { type CompletionPlace, cursorIn } from "./cursor.ts"
import { type Lexicon, lexiconsOf } from "./lexicon.ts"
import { type Remembered, remembering } from "./remembered.ts"
import { suggest } from "./suggest.ts"
import type { Suggestion } from "./suggestion.ts"
import { type Turns, turns } from "./turns.ts"

/** Completion for one project: what was learned of it, what was suggested last, and whose turn it is. */
export interface Completer {
  /** What is known of a language's files; learns them when asked first. */
  learn(language: string): Promise<Lexicon>
  /** What is known by now; learning goes on. */
  known(language: string): Lexicon | undefined
  /** Without a model; answers with what is known by now. */
  suggest(
    place: CompletionPlace,
    options: { readonly most: number; readonly served?: readonly ServedCompletion[] },
  ): readonly Suggestion[]
  readonly remembered: Remembered
  readonly turns: Turns
}

export function openCompleter(index: CodeIndex): Completer {
  const lexicons = lexiconsOf(index)
  return {
    learn: (language) => lexicons.ready(language),
    known: (language) => lexicons.now(language),
    suggest(place, { most, served = [] }) {
      const lexicon = lexicons.now(languageOf(place.path)?.id ?? "text")
      return suggest(cursorIn(place), { files: index.files(), lexicon, served, most })
    },
    remembered: remembering(),
    turns: turns(),
  }
}

/** One for each index, for as long as that lives. */
const completers = new WeakMap<CodeIndex, Completer>()

export function completerOf(index: CodeIndex): Completer {
  const known = completers.get(index)
  if (known) return known
  const opened = openCompleter(index)
  completers.set(index, opened)
  return opened
}
