import { isAbsolute } from "node:path"
import { asDuckError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import { LanguageServerError, type LanguageServers } from "../../code/language-servers/language-servers.ts"
import { languageOf } from "../../code/parse/languages.ts"
import {
  offsetOf,
  placeOf,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  TypesNeededError,
  type UnsurePlace,
  unsureAt,
} from "../../code/refactorings/refactoring.ts"
import { rename } from "../../code/refactorings/rename.ts"
import type { RenameOptions } from "../../code/refactorings/rename-options.ts"
import { grammarOf, openSources } from "../../code/refactorings/sources.ts"
import { nodeAt } from "../../code/refactorings/syntax-tree.ts"
import { findTarget } from "../../code/refactorings/target.ts"
import { wordsIn } from "../../code/refactorings/words.ts"
import { reconciled, type ServedRename } from "./reconciled.ts"

/** Later than that the index answers alone. */
export const answersWithinMs = 15_000

export interface ServedTools extends RefactoringTools {
  /** Without it only syntax and the index are asked. */
  readonly servers?: Pick<LanguageServers, "open"> | undefined
}

/**
 * Renames by syntax where that is sure. Where types are needed to tell (a member, a language whose scopes are not
 * understood here) a language server is asked that the user has, and what it says is taken when it comes in time.
 */
export async function renameServed(
  target: string,
  to: string,
  options: RenameOptions,
  tools: ServedTools,
): Promise<Refactoring> {
  const own = await rename(target, to, options, tools).catch((error: unknown) => {
    if (error instanceof TypesNeededError && tools.servers) return error
    throw error
  })
  // What the index takes for sure is that without types, too.
  const isSure = !(own instanceof Error) && own.unsure.length === 0 && isScoped(own)
  if (isSure || !tools.servers) {
    if (own instanceof Error) throw own
    return own
  }
  const served = await ask(target, to, tools).catch((error: unknown) => {
    if (tools.signal.aborted) throw error
    return asDuckError(error).message
  })
  if (typeof served === "object") {
    const { refactoring } = served
    const known = own instanceof Error ? (own.would ?? (await knownElsewhere(served, to, options, tools))) : own
    const both = known ? await reconciled(known, served, tools.read, { trusts: isScoped(known) }) : refactoring
    return own instanceof Error ? { ...both, unsure: [...both.unsure, ...(await taken(both, to, tools))] } : both
  }
  const helpless = served === undefined ? undefined : `No language server was of help: ${served}`
  if (own instanceof Error) throw helpless === undefined ? own : new RefactoringRefusedError(own.message, helpless)
  return helpless === undefined ? own : { ...own, notes: [...own.notes, helpless] }
}

/** What the index knows of the name where the server says that it is declared; nothing of a local. */
async function knownElsewhere(
  { declared }: AskedRename,
  to: string,
  options: RenameOptions,
  tools: ServedTools,
): Promise<Refactoring | undefined> {
  const place = await declared()
  if (place === undefined) return undefined
  return rename(place, to, options, tools).catch((error: unknown) => {
    if (error instanceof TypesNeededError) return error.would
    throw error
  })
}

const isScoped = ({ files }: Refactoring): boolean => files.every(({ path }) => grammarOf(path) !== undefined)

/** Files in which the new name is a word already: not every server minds when two names meet. */
async function taken({ files, by }: Refactoring, to: string, { read }: ServedTools): Promise<UnsurePlace[]> {
  const places: UnsurePlace[] = []
  for (const { path } of files) {
    const { text } = await read(path)
    const words = [...wordsIn(text, to, languageOf(path)?.id ?? "")].filter(({ within }) => within === "code")
    const [first] = words
    if (first)
      places.push(unsureAt(path, text, first.start, `${to} is a word of this file already; ${by} has no objection`))
  }
  return places
}

interface AskedRename extends ServedRename {
  /** "src/a.go:3:7", where what is used at the target is declared; undefined outside the project, and where it can't be told. */
  declared(): Promise<string | undefined>
}

async function ask(target: string, to: string, tools: ServedTools): Promise<AskedRename | undefined> {
  const { index, signal } = tools
  const sources = openSources(tools)
  const found = await findTarget(target, { ...tools, sources })
  const language = languageOf(found.path)?.id
  if (!tools.servers || language === undefined) return undefined
  const how = { timeoutMs: answersWithinMs, signal }
  const server = await tools.servers.open({ root: index.root, index }, language, how)
  if (!server?.can("rename")) return undefined
  const { text } = await tools.read(found.path)
  const files = await server.rename({ path: found.path, text, offset: found.offset }, to, how)
  if (files.length === 0) return undefined
  const same = new Set<string>()
  for (const { path, edits } of files) {
    const now = (await tools.read(path)).text
    // What it replaces is the name, or it inserts beside it; else it has seen another state of the file.
    const isStale = edits.some(({ start, end }) => end > start && !now.slice(start, end).includes(found.name))
    if (isStale) throw new LanguageServerError(server.name, `has not seen ${path} as it is now`)
    for (const { start } of edits) same.add(placeWords(path, placeOf(now, start)))
  }
  const places = files.reduce((sum, { edits }) => sum + edits.length, 0)
  const refactoring = {
    title: `Rename ${found.name} to ${to}`,
    notes: [`${count(places, "place")} in ${count(files.length, "file")}, as ${server.name} tells them.`],
    files: [...files],
    unsure: [],
    by: server.name,
  }
  const home = placeOf(text, found.offset)
  const hasPrototypes = language === "c" || language === "cpp"
  // One that hangs or has died is not asked about each of the other places.
  let isLost = false
  return {
    refactoring,
    async declared() {
      if (!server.can("definition")) return undefined
      const [one] = await server.definition({ path: found.path, text, offset: found.offset }, how).catch((error) => {
        if (signal.aborted) throw error
        return []
      })
      if (!one || isAbsolute(one.path)) return undefined
      return placeWords(one.path, { line: one.startLine, column: one.startColumn })
    },
    async meant({ path, line, column }, sure, doubtful) {
      if (isLost || !server.can("definition")) return undefined
      const { text: there } = await tools.read(path)
      const start = offsetOf(there, line, column) ?? 0
      const end = start + found.name.length
      if (there.slice(start, end) !== found.name) return undefined
      const source = await sources.tryOpen(path)
      const isShort = source !== undefined && /^shorthand/.test(nodeAt(source.root, start, end).kind)
      try {
        const defined = await server.definition({ path, text: there, offset: start }, how)
        const places = defined.map((one) => placeWords(one.path, { line: one.startLine, column: one.startColumn }))
        const itself = placeWords(path, { line, column })
        const isSame =
          defined.some((one) => one.path === found.path && one.startLine === home.line) ||
          // A prototype, or a method of an interface: it is renamed with the rest.
          places.some((one) => same.has(one) || (one !== itself && sure.has(one)))
        // A prototype stands for a definition that the server may not have seen.
        if (!isSame && hasPrototypes && places.some((one) => sure.has(one) || doubtful.has(one))) return undefined
        // A shorthand is a variable as well, and the server may speak of that.
        if (!isSame) return defined.length === 0 || isShort ? undefined : "another"
      } catch (error) {
        if (signal.aborted) throw error
        isLost ||= !(error instanceof LanguageServerError && error.isRefusal)
        return undefined
      }
      return { start, end, text: isShort ? `${to}: ${found.name}` : to }
    },
  }
}

const placeWords = (path: string, { line, column }: { readonly line: number; readonly column: number }): string =>
  `${path}:${line}:${column}`
