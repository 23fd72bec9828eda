import { readFile } from "node:fs/promises"
import { isAbsolute, resolve } from "node:path"
import type { z } from "zod"
import {
  CodeActions,
  Completions,
  diagnosticOf,
  editsIn,
  Hover,
  Locations,
  Pulled,
  pathOf,
  ResolvedAction,
  rangeAt,
  uriOf,
  WorkspaceEdit,
} from "./answers.ts"
import { canDo, hasOption, pullsDiagnostics } from "./capabilities.ts"
import {
  type Ability,
  type AskOptions,
  type LanguageServer,
  LanguageServerError,
  type ServedEdits,
  type ServedFile,
  type ServedPlace,
  type ServedRange,
} from "./language-servers.ts"
import { positionsIn } from "./positions.ts"
import type { Session } from "./session.ts"

const defaultTimeoutMs = 10_000

/** The questions that can be put to a session. */
export function languageServer(root: string, session: Session): LanguageServer {
  const { name, capabilities } = session
  const can = (ability: Ability) => canDo(capabilities, ability)
  const need = (ability: Ability) => {
    if (!can(ability)) throw new LanguageServerError(name, `has no ${ability}`)
  }
  const documentOf = (path: string) => ({ textDocument: { uri: uriOf(root, path) } })

  async function ask<T>(
    file: ServedFile | undefined,
    method: string,
    params: object,
    schema: z.ZodType<T>,
    { timeoutMs = defaultTimeoutMs, signal }: AskOptions = {},
  ): Promise<T> {
    const answered = await session.ask(file, method, params, { timeoutMs, signal })
    const checked = schema.safeParse(answered ?? null)
    if (checked.success) return checked.data
    throw new LanguageServerError(name, `answered ${method} with what it can't be answered with`, {
      cause: checked.error,
    })
  }
  const at = ({ path, text, offset }: ServedPlace) => ({ ...documentOf(path), position: positionsIn(text).at(offset) })

  const places = (found: z.infer<typeof Locations>): readonly ServedRange[] =>
    found.flatMap(({ uri, range }) => {
      const path = pathOf(root, uri)
      return path === undefined ? [] : [rangeAt(path, range)]
    })

  /** Offsets in the text that was shown, or on disk. An edit outside the project is refused. */
  async function servedEdits(edit: z.infer<typeof WorkspaceEdit> | null, shown: ServedFile): Promise<ServedEdits[]> {
    if (edit === null) return []
    const files: ServedEdits[] = []
    for (const [uri, edits] of editsIn(edit)) {
      if (edits.length === 0) continue
      const path = pathOf(root, uri)
      if (path === undefined || isAbsolute(path))
        throw new LanguageServerError(name, "wants to change what is outside the project")
      const text = path === shown.path ? shown.text : await readFile(resolve(root, path), "utf8")
      const positions = positionsIn(text)
      files.push({
        path,
        edits: edits.map(({ range: { start, end }, newText }) => ({
          start: positions.offset(start),
          end: positions.offset(end),
          text: newText,
        })),
      })
    }
    return files
  }

  async function actions(
    file: ServedFile,
    range: { readonly start: number; readonly end: number },
    only: readonly string[],
    options?: AskOptions,
  ) {
    need("codeActions")
    const positions = positionsIn(file.text)
    const lspRange = { start: positions.at(range.start), end: positions.at(range.end) }
    const params = { ...documentOf(file.path), range: lspRange, context: { diagnostics: [], only } }
    const found = await ask(file, "textDocument/codeAction", params, CodeActions, options)
    const isLazy = hasOption(capabilities, "codeActionProvider", "resolveProvider")
    const taken = []
    for (const { raw, action } of found) {
      if (!action) continue
      const whole =
        action.edit || !isLazy ? action : await ask(undefined, "codeAction/resolve", raw, ResolvedAction, options)
      if (whole.edit) taken.push({ title: whole.title, kind: whole.kind, files: await servedEdits(whole.edit, file) })
    }
    return taken
  }

  return {
    name,
    can,
    async definition(place, options) {
      need("definition")
      return places(await ask(place, "textDocument/definition", at(place), Locations, options))
    },
    async references(place, options) {
      need("references")
      const params = { ...at(place), context: { includeDeclaration: true } }
      return places(await ask(place, "textDocument/references", params, Locations, options))
    },
    async rename(place, to, options) {
      need("rename")
      const edit = await ask(
        place,
        "textDocument/rename",
        { ...at(place), newName: to },
        WorkspaceEdit.nullable(),
        options,
      )
      const files = await servedEdits(edit, place)
      if (files.length === 0) throw new LanguageServerError(name, "finds nothing there that can be renamed")
      return files
    },
    async completion(place, options) {
      need("completion")
      const params = { ...at(place), context: { triggerKind: 1 } }
      return ask(place, "textDocument/completion", params, Completions, options)
    },
    async hover(place, options) {
      need("hover")
      return ask(place, "textDocument/hover", at(place), Hover, options)
    },
    codeActions: actions,
    async organizeImports(file, options) {
      const all = await actions(file, { start: 0, end: file.text.length }, ["source.organizeImports"], options)
      return all.find(({ kind }) => kind.startsWith("source.organizeImports"))?.files ?? []
    },
    async diagnostics(file, options = {}) {
      const { timeoutMs = defaultTimeoutMs, signal } = options
      const found = pullsDiagnostics(capabilities)
        ? (await ask(file, "textDocument/diagnostic", documentOf(file.path), Pulled, options)).items
        : await session.pushed(file, { timeoutMs, signal })
      return found.map((one) => diagnosticOf(file.path, one))
    },
  }
}
