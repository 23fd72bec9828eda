import type { Definition } from "../../code/code-index.ts"
import type { ServedCompletion } from "../../code/language-servers/language-servers.ts"
import type { Cursor } from "./cursor.ts"
import { idiomFrom } from "./idiom.ts"
import { importOf, modulesFor } from "./imports.ts"
import type { Lexicon } from "./lexicon.ts"
import { beginning, likelyNames } from "./likely.ts"
import { membersAt } from "./members.ts"
import type { Suggestion } from "./suggestion.ts"

export interface SuggestOptions {
  readonly files: readonly string[]
  /** Undefined before the project is learned: then the file speaks for itself. */
  readonly lexicon: Lexicon | undefined
  /** What a language server offers at the cursor, its best first. */
  readonly served: readonly ServedCompletion[]
  readonly most: number
}

/** What a name is worth that fits what was typed and that nothing else speaks for. */
const base = { member: 0.25, served: 0.12, elsewhere: 0.03 }
/** What is left of the score of a member that a server, which knows the type, does not offer: its list may be cut. */
const notOffered = 0.05
/** Names of other files are looked for from this many letters on. */
const leastTyped = 2

/** What may stand at the cursor by the file, the project's habits, its index and a language server; the likeliest first. */
export function suggest(cursor: Cursor, options: SuggestOptions): readonly Suggestion[] {
  const { most, lexicon, files } = options
  if (cursor.kind === "text") return []
  if (cursor.kind === "module") {
    const modules = modulesFor(cursor, files, lexicon, most)
    const top = modules[0]?.weight ?? 1
    return modules.map(({ text, detail, weight }) => ({
      ...placed(cursor, text),
      ...{ kind: "module" as const, detail, why: "a module", score: Math.min(1, weight / top), edits: [] },
    }))
  }
  const names = rankedNames(cursor, options).slice(0, most)
  const first = names[0]
  const idiom = lexicon && first ? idiomFrom(first.text, cursor, lexicon) : ""
  if (idiom === "" || !first || cursor.behind[0]?.kind === "name") return names
  const whole: Suggestion = {
    ...first,
    ...placed(cursor, idiom),
    ...{ kind: "idiom", detail: "", why: "how this project usually goes on", score: first.score * 0.9 },
  }
  return [first, whole, ...names.slice(1)].slice(0, most)
}

interface Candidate {
  readonly text: string
  score: number
  readonly why: string
  detail: string
  /** Of another file, that would have to be imported. */
  definition: Definition | undefined
}

function rankedNames(cursor: Cursor, { lexicon, served }: SuggestOptions): Suggestion[] {
  const { typed, kind } = cursor
  const fits = beginning(typed)
  const found = new Map<string, Candidate>()
  const add = (text: string, score: number, why: string, more: { detail?: string; definition?: Definition } = {}) => {
    const known = found.get(text)
    if (known) {
      known.score += score
      if (known.detail === "") known.detail = more.detail ?? ""
      known.definition ??= more.definition
      return
    }
    if (text !== typed && fits(text)) found.set(text, { text, score, why, detail: "", definition: undefined, ...more })
  }
  for (const { text, share, why } of likelyNames(cursor, lexicon)) add(text, share, why)
  if (lexicon && kind === "member") {
    for (const { name, signature } of membersAt(cursor, lexicon))
      add(name, base.member, "a member", { detail: signature })
  }
  // A label with a signature in it is for reading.
  const offered = served.map(({ label, insert }) => (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(insert) ? insert : label))
  served.forEach(({ detail }, at) => {
    add(offered[at] ?? "", base.served / (1 + at / 10), "offered by the language server", { detail })
  })
  if (kind === "member" && offered.some(fits)) {
    const known = new Set(offered)
    for (const one of found.values()) if (!known.has(one.text)) one.score *= notOffered
  }
  if (lexicon && kind === "name" && typed.length >= leastTyped) {
    for (const definition of lexicon.namesBeginning(typed, 50)) {
      if (definition.path === cursor.path || !definition.isExported) continue
      add(definition.name, base.elsewhere, `defined in ${definition.path}`, {
        detail: definition.signature,
        definition,
      })
    }
  }
  // What stands before the cursor is imported, or is another thing of that name.
  const isWritten = (name: string) => cursor.before.some(({ text, kind }) => kind === "name" && text === name)
  return [...found.values()]
    .sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : 1))
    .slice(0, 50)
    .map(({ text, score, why, detail, definition }) => {
      const edit = definition && !isWritten(text) ? importOf(definition, cursor) : undefined
      return {
        ...placed(cursor, text),
        kind: kind === "member" ? "member" : "name",
        detail: detail === "" ? (lexicon?.definitionsOf(text)[0]?.signature ?? "") : detail,
        why,
        score: Math.min(1, score),
        edits: edit ? [edit] : [],
      }
    })
}

/** In the place of what was typed, and of the rest of the name where the suggestion ends with it. */
function placed({ offset, typed, rest }: Cursor, text: string): Pick<Suggestion, "text" | "start" | "end"> {
  const isWhole = rest !== "" && text.length > typed.length && text.endsWith(rest)
  return { text, start: offset - typed.length, end: offset + (isWhole ? rest.length : 0) }
}
