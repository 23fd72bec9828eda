import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { breather } from "../../code/search/breather.ts"
import { tokensOf } from "../../code/tokens.ts"
import { type Habits, learnHabits } from "./habits.ts"

/** What a project's files have in common: their words, what usually follows what, what is defined, what is imported. */
export interface Lexicon {
  readonly habits: Habits
  /** Where the tokens of a file stand among all. */
  placeOf(path: string): { readonly from: number; readonly to: number } | undefined
  idOf(token: string): number | undefined
  textOf(id: number): string
  /** Definitions of other files whose name begins so, in either case; at most `limit` names. */
  namesBeginning(prefix: string, limit: number): readonly Definition[]
  definitionsOf(name: string): readonly Definition[]
  membersOf(owner: string): readonly Definition[]
  /** Modules from outside that are imported, with how often. */
  readonly modules: ReadonlyMap<string, number>
}

/** Languages that learn from each other. */
const familyOf = (language: string) =>
  language === "tsx" || language === "javascript" ? "typescript" : language === "cpp" ? "c" : language

/** Beyond so many tokens further files are not learned from: some 100,000 lines. */
const mostTokens = 1_500_000
const longestToken = 80

interface LearnedFile {
  /** As `Stream` has them. */
  readonly ids: Uint32Array
  readonly definitions: readonly Definition[]
  readonly modules: readonly string[]
}

/** Keeps the lexicons of one index, a family of languages at a time; learns anew what has changed. */
export interface Lexicons {
  /** What is known now; undefined before the first learning is over. */
  now(language: string): Lexicon | undefined
  /** Learns what it has not, in the background of whatever else runs. */
  ready(language: string): Promise<Lexicon>
}

export function lexiconsOf(index: CodeIndex): Lexicons {
  const families = new Map<string, Family>()
  const familyFor = (language: string): Family => {
    const name = familyOf(language)
    let family = families.get(name)
    if (!family) {
      family = newFamily(index, name)
      families.set(name, family)
    }
    return family
  }
  index.subscribe((change) => {
    if (change.kind !== "batch") return
    for (const path of change.paths) families.get(familyOf(languageOf(path)?.id ?? ""))?.forget(path)
  })
  return {
    now: (language) => familyFor(language).now(),
    ready: (language) => familyFor(language).ready(),
  }
}

interface Family {
  now(): Lexicon | undefined
  ready(): Promise<Lexicon>
  forget(path: string): void
}

function newFamily(index: CodeIndex, name: string): Family {
  const ids = new Map<string, number>([["", 0]])
  const texts: string[] = [""]
  const files = new Map<string, LearnedFile>()
  let lexicon: Lexicon | undefined
  let isStale = true
  let learning: Promise<Lexicon> | undefined

  const idFor = (text: string): number => {
    const known = ids.get(text)
    if (known !== undefined) return known
    texts.push(text)
    ids.set(text, texts.length - 1)
    return texts.length - 1
  }

  async function learn(): Promise<Lexicon> {
    isStale = false
    const breathe = breather()
    const paths = index.files().filter((path) => familyOf(languageOf(path)?.id ?? "") === name)
    const there = new Set(paths)
    for (const path of files.keys()) if (!there.has(path)) files.delete(path)
    let total = 0
    for (const path of paths) {
      let file = files.get(path)
      if (!file) {
        file = await read(path)
        files.set(path, file)
      }
      total += file.ids.length
      if (total > mostTokens) break
      await breathe()
    }
    const stream = new Uint32Array(total)
    const places = new Map<string, { from: number; to: number }>()
    let at = 0
    for (const [path, file] of files) {
      if (at + file.ids.length > total) break
      stream.set(file.ids, at)
      places.set(path, { from: at, to: at + file.ids.length })
      at += file.ids.length
    }
    const habits = await learnHabits({ ids: stream, length: at }, texts.length)
    return assemble(habits, places)
  }

  async function read(path: string): Promise<LearnedFile> {
    const [text = "", outline] = await Promise.all([index.text(path), index.outline(path)])
    const stream: number[] = []
    const modules: string[] = []
    let last = ""
    for (const token of tokensOf(text, languageOf(path)?.id ?? name)) {
      if (token.kind === "comment") continue
      const id = idFor(token.text.length > longestToken ? token.text.slice(0, 1) : token.text)
      stream.push(id * 2 + (token.isSpaced ? 1 : 0))
      if (token.kind === "string" && isImportWord(last) && !/^.\.{0,2}\//.test(token.text))
        modules.push(token.text.slice(1, -1))
      if (token.text !== "(") last = token.text
    }
    return { ids: Uint32Array.from(stream), definitions: outline.items, modules }
  }

  function assemble(habits: Habits, places: ReadonlyMap<string, { from: number; to: number }>): Lexicon {
    const byName = new Map<string, Definition[]>()
    const byOwner = new Map<string, Definition[]>()
    const modules = new Map<string, number>()
    for (const file of files.values()) {
      for (const definition of file.definitions) {
        const owner = definition.within.at(-1)
        if (owner === undefined) push(byName, definition.name, definition)
        else push(byOwner, owner, definition)
      }
      for (const module of file.modules) modules.set(module, (modules.get(module) ?? 0) + 1)
    }
    const sorted = [...byName.keys()]
      .map((text) => ({ text, folded: text.toLowerCase() }))
      .sort((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0))
    return {
      habits,
      modules,
      placeOf: (path) => places.get(path),
      idOf: (token) => ids.get(token),
      textOf: (id) => texts[id] ?? "",
      definitionsOf: (text) => byName.get(text) ?? [],
      membersOf: (owner) => byOwner.get(owner) ?? [],
      namesBeginning(prefix, limit) {
        const folded = prefix.toLowerCase()
        let low = 0
        let high = sorted.length
        while (low < high) {
          const middle = (low + high) >> 1
          if ((sorted[middle]?.folded ?? "") < folded) low = middle + 1
          else high = middle
        }
        const found: Definition[] = []
        for (let at = low; at < sorted.length && found.length < limit; at++) {
          const one = sorted[at]
          if (!one?.folded.startsWith(folded)) break
          const definition = byName.get(one.text)?.[0]
          if (definition) found.push(definition)
        }
        return found
      },
    }
  }

  const ready = (): Promise<Lexicon> => {
    if (lexicon && !isStale) return Promise.resolve(lexicon)
    learning ??= learn()
      .then((learned) => (lexicon = learned))
      .finally(() => (learning = undefined))
    return learning
  }
  return {
    ready,
    now() {
      // Habits change slowly: what is known answers while the changes are learned.
      if (isStale) ready().catch(() => {})
      return lexicon
    },
    forget(path) {
      files.delete(path)
      isStale = true
    },
  }
}

const isImportWord = (text: string) => text === "from" || text === "import" || text === "require"

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
