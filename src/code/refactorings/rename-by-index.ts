import { DuckError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { Definition } from "../code-index.ts"
import { languageOf } from "../parse/languages.ts"
import { isQualified, looksBound } from "./local-bindings.ts"
import { isPrototype, parametersAt } from "./prototypes.ts"
import {
  offsetOf,
  placeOf,
  type Refactoring,
  type RefactoringTools,
  shownPlace,
  TypesNeededError,
} from "./refactoring.ts"
import type { RenameOptions } from "./rename-options.ts"
import { renameOf, type Use } from "./rename-uses.ts"
import type { Target } from "./target.ts"
import { type Word, wordsIn } from "./words.ts"

/** From here on the index is believed. */
const sureFrom = 0.9

/**
 * Renames by what the index knows of uses, in languages whose scopes are not understood here. A place that it is not sure
 * of, and a word of that name which it knows nothing of, is told and left, in whichever file of the language it stands.
 * Throws TypesNeededError for what the index knows nothing of (a local), and where the new name is a word of a file already.
 */
export async function renameByIndex(
  target: Target,
  to: string,
  options: RenameOptions,
  tools: RefactoringTools,
): Promise<Refactoring> {
  if (!/^[\p{ID_Start}_$@][\p{ID_Continue}$]*[?!]?$/u.test(to))
    throw new DuckError({ code: "INVALID_INPUT", message: `"${to.slice(0, 100)}" is no name.`, status: 400 })
  const { name, path, definition, offset } = await defined(target, tools)
  const { items } = await tools.index.references(`${[...definition.within, name].join(".")}@${path}`)
  // Of overloads one is meant; a prototype is the same thing as what it declares.
  const sites = items.filter(
    ({ to: { name: meant, path: where, nameLine } }) =>
      meant === name && (where !== path || nameLine === definition.nameLine || languageOf(path)?.id === "c"),
  )
  const declares = await prototypesOf(path, offset + name.length, definition, tools)
  const uses: Use[] = [{ path, edit: { start: offset, end: offset + name.length, text: to }, doubt: undefined }]
  let taken: string | undefined
  for (const one of await filesWith(name, path, tools)) {
    const { text } = await tools.read(one)
    const language = languageOf(one)?.id ?? ""
    const known = new Map<number, string | undefined>(one === path ? [[offset, undefined]] : [])
    for (const { line, column, path: where, confidence, reason } of sites) {
      const start = where === one ? offsetOf(text, line, column) : undefined
      if (start === undefined || !text.startsWith(name, start)) continue
      known.set(start, confidence >= sureFrom ? undefined : reason)
    }
    const words = [...wordsIn(text, name, language)]
    for (const { start } of words)
      if (!known.has(start) && declares(text, start, start + name.length)) known.set(start, undefined)
    const others = words.filter(({ start }) => one !== path || start !== offset)
    uses.push(...usesAmong(others, { path: one, text, language, name, known }, to, options))
    const isUsed = known.size > 0
    const there = isUsed ? [...wordsIn(text, to, language)].find(({ within }) => within === "code") : undefined
    if (there) taken ??= shownPlace(one, text, there.start)
  }
  const made = await renameOf(target, to, uses, options, tools)
  if (taken === undefined) return made
  const why = `${name} can't be renamed to ${to}: ${taken} has that word already, and whether they would meet can't be told.`
  throw new TypesNeededError(why, made)
}

interface Looked {
  readonly path: string
  readonly text: string
  readonly language: string
  readonly name: string
  /** What the index knows to be meant, by offset, with why it is not sure of it. */
  readonly known: ReadonlyMap<number, string | undefined>
}

/** What becomes of each word of the name in a file: renamed, or told with a doubt; in comments and strings where that is wanted. */
function* usesAmong(
  words: readonly Word[],
  { path, text, language, name, known }: Looked,
  to: string,
  { comments, strings }: RenameOptions,
): Generator<Use> {
  const bare = words.filter(({ start, within }) => within === "code" && !isQualified(text, start))
  const hasLocal = bare.some(({ start }) => looksBound(text, start, start + name.length, language))
  for (const { start, within } of words) {
    const edit = { start, end: start + name.length, text: to }
    if (within === "comment" || within === "string") {
      if (within === "comment" ? comments : strings) yield { path, edit, doubt: undefined }
      continue
    }
    const isLocal = hasLocal && !isQualified(text, start)
    const doubt = isLocal ? "a local of that name may be meant" : known.get(start)
    yield { path, edit, doubt: known.has(start) ? doubt : "a word of that name that the index knows nothing of" }
  }
}

/** Tells the prototypes of a function of C or C++ in a text. */
async function prototypesOf(
  path: string,
  nameEnd: number,
  { kind, within }: Definition,
  { read }: RefactoringTools,
): Promise<(text: string, start: number, end: number) => boolean> {
  if (kind !== "function" || familyOf(path) !== "c") return () => false
  const isC = /\.[ch]$/.test(path) && within.length === 0
  const parameters = isC ? undefined : parametersAt((await read(path)).text, nameEnd)
  if (!isC && parameters === undefined) return () => false
  return (text, start, end) => isPrototype(text, start, end, parameters)
}

/** What is named at a place where it is used is where it is declared, if the index is sure of that. */
async function defined(
  target: Target,
  { index, read }: RefactoringTools,
): Promise<Target & { readonly definition: Definition }> {
  const { name, path, offset, definition } = target
  if (definition) return { ...target, definition }
  const { text } = await read(path)
  const { line, column } = placeOf(text, offset)
  const outline = await index.outline(path)
  const own = outline.items.find((one) => one.name === name && one.nameLine === line)
  const first = [...wordsIn(text, name, languageOf(path)?.id ?? "")].find(
    (word) => placeOf(text, word.start).line === line,
  )
  const isDeclared = familyOf(path) === "c" && isPrototype(text, offset, offset + name.length)
  if (own && first?.start === offset && !isDeclared) return { ...target, definition: own }
  const { items } = await index.definitions(`${path}:${line}`)
  const candidates = items.filter((one) => one.name === name)
  for (const one of candidates) {
    const uses = await index.references(`${[...one.within, name].join(".")}@${one.path}`)
    const isUse = uses.items.some(
      (use) =>
        use.path === path &&
        use.line === line &&
        use.column === column &&
        use.to.nameLine === one.nameLine &&
        use.confidence >= sureFrom,
    )
    // The index takes a prototype for the function that it declares.
    const isMeant = isUse || isDeclared
    const start = isMeant ? offsetOf((await read(one.path)).text, one.nameLine) : undefined
    if (start === undefined) continue
    const [found] = [...wordsIn((await read(one.path)).text, name, languageOf(one.path)?.id ?? "")].filter(
      (word) => word.start >= start,
    )
    if (found) return { path: one.path, name, offset: found.start, definition: one }
  }
  throw new TypesNeededError(
    `What ${name} is at ${path}:${line}:${column} can't be told from the text: it is no definition that the index knows.`,
  )
}

/** Every file of the language is looked at: a place that is missing would not be told. The file of the definition is first. */
async function filesWith(name: string, home: string, { index, signal }: RefactoringTools): Promise<readonly string[]> {
  const family = familyOf(home)
  const found = [home]
  for (const path of index.files()) {
    throwIfAborted(signal)
    if (path === home || familyOf(path) !== family) continue
    if ((await index.text(path))?.includes(name)) found.push(path)
  }
  return found
}

/** A header may be of C or of C++. */
function familyOf(path: string): string | undefined {
  const language = languageOf(path)?.id
  return language === "cpp" ? "c" : language
}
