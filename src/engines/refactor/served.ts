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
} from "../../code/refactorings/refactoring.ts"
import { rename } from "../../code/refactorings/rename.ts"
import type { RenameOptions } from "../../code/refactorings/rename-options.ts"
import { openSources } from "../../code/refactorings/sources.ts"
import { nodeAt } from "../../code/refactorings/syntax-tree.ts"
import { findTarget } from "../../code/refactorings/target.ts"
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
    if (error instanceof RefactoringRefusedError && tools.servers) return error
    throw error
  })
  const isSure = !(own instanceof Error) && own.unsure.length === 0
  if (isSure || !tools.servers || isTaken(own)) {
    if (own instanceof Error) throw own
    return own
  }
  const served = await ask(target, to, tools).catch((error: unknown) => {
    if (tools.signal.aborted) throw error
    return asDuckError(error).message
  })
  if (typeof served === "object") return own instanceof Error ? served.refactoring : reconciled(own, served, tools.read)
  if (own instanceof Error) throw own
  return served === undefined ? own : { ...own, notes: [...own.notes, `No language server was of help: ${served}`] }
}

/** That a name is taken a server would not say. */
const isTaken = (own: Refactoring | RefactoringRefusedError): boolean =>
  own instanceof RefactoringRefusedError && !own.hint?.includes("language server")

async function ask(target: string, to: string, tools: ServedTools): Promise<ServedRename | undefined> {
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
  for (const { path, edits } of files) {
    const now = (await tools.read(path)).text
    // What it replaces is the name, or it inserts beside it; else it has seen another state of the file.
    const isStale = edits.some(({ start, end }) => end > start && !now.slice(start, end).includes(found.name))
    if (isStale) throw new LanguageServerError(server.name, `has not seen ${path} as it is now`)
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
  // One that hangs or has died is not asked about each of the other places.
  let isLost = false
  return {
    refactoring,
    async meant({ path, line, column }) {
      if (isLost || !server.can("definition")) return undefined
      const { text: there } = await tools.read(path)
      const start = offsetOf(there, line, column) ?? 0
      const end = start + found.name.length
      if (there.slice(start, end) !== found.name) return undefined
      const source = await sources.tryOpen(path)
      const isShort = source !== undefined && /^shorthand/.test(nodeAt(source.root, start, end).kind)
      try {
        const defined = await server.definition({ path, text: there, offset: start }, how)
        const isSame = defined.some((one) => one.path === found.path && one.startLine === home.line)
        // A shorthand is a variable as well, and the server may speak of that.
        if (!isSame) return defined.length === 0 || isShort ? undefined : "another"
      } catch (error) {
        if (signal.aborted) throw error
        isLost = true
        return undefined
      }
      return { start, end, text: isShort ? `${to}: ${found.name}` : to }
    },
  }
}
