import { isAbsolute, relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { z } from "zod"
import { isInside } from "../../workspace/contain.ts"
import type { ServedCompletion, ServedDiagnostic, ServedRange } from "./language-servers.ts"
import type { Range } from "./positions.ts"

// What servers send, as far as it is used (LSP 3.17). Fields that are wrong make the whole answer wrong.

const Position = z.object({ line: z.int().min(0), character: z.int().min(0) })
const LspRange = z.object({ start: Position, end: Position })
const Location = z.object({ uri: z.string(), range: LspRange })
const LocationLink = z.object({ targetUri: z.string(), targetSelectionRange: LspRange })
const LspTextEdit = z.object({ range: LspRange, newText: z.string() })
type LspTextEdit = z.infer<typeof LspTextEdit>

export const Locations = z
  .union([z.array(z.union([Location, LocationLink])), Location, z.null()])
  .transform((found) => (found === null ? [] : Array.isArray(found) ? found : [found]))
  .transform((all) => all.map((one) => ("uri" in one ? one : { uri: one.targetUri, range: one.targetSelectionRange })))

/** Creating, renaming and deleting files is not what any of our questions ask for: such an edit is wrong as a whole. */
export const WorkspaceEdit = z.object({
  changes: z.record(z.string(), z.array(LspTextEdit)).optional(),
  documentChanges: z
    .array(z.object({ textDocument: z.object({ uri: z.string() }), edits: z.array(LspTextEdit) }))
    .optional(),
})

/** Edits by file; a file may come several times. */
export function editsIn({ changes, documentChanges }: z.infer<typeof WorkspaceEdit>): Map<string, LspTextEdit[]> {
  const byUri = new Map<string, LspTextEdit[]>()
  const add = (uri: string, edits: readonly LspTextEdit[]) => byUri.set(uri, [...(byUri.get(uri) ?? []), ...edits])
  // Servers that send both send the same twice; the protocol prefers this one.
  if (documentChanges) for (const { textDocument, edits } of documentChanges) add(textDocument.uri, edits)
  else for (const [uri, edits] of Object.entries(changes ?? {})) add(uri, edits)
  return byUri
}

const CompletionItem = z.object({
  label: z.string(),
  kind: z.int().optional(),
  detail: z.string().optional(),
  sortText: z.string().optional(),
  insertText: z.string().optional(),
  /** 2: a snippet. */
  insertTextFormat: z.int().optional(),
  textEdit: z.object({ newText: z.string() }).optional(),
})

export const Completions = z
  .union([z.object({ items: z.array(CompletionItem) }), z.array(CompletionItem), z.null()])
  .transform((found) => (found === null ? [] : "items" in found ? found.items : found))
  .transform((items): ServedCompletion[] =>
    items.map(({ label, kind = 1, detail = "", sortText = label, insertText, insertTextFormat, textEdit }) => ({
      ...{ label, kind, detail, sortText },
      insert: insertTextFormat === 2 ? label : (textEdit?.newText ?? insertText ?? label),
    })),
  )

const Marked = z.union([z.string(), z.object({ value: z.string() })])
const wordsOf = (marked: z.infer<typeof Marked>) => (typeof marked === "string" ? marked : marked.value)

export const Hover = z
  .union([z.object({ contents: z.union([Marked, z.array(Marked)]) }), z.null()])
  .transform((hover) => {
    if (hover === null) return ""
    return (Array.isArray(hover.contents) ? hover.contents : [hover.contents]).map(wordsOf).join("\n\n")
  })

const CodeAction = z.object({ title: z.string(), kind: z.string().default(""), edit: WorkspaceEdit.optional() })
const Command = z.object({ title: z.string(), command: z.string() })

export const CodeActions = z
  .union([z.array(z.union([CodeAction.loose(), Command])), z.null()])
  .transform((found) => (found ?? []).map((raw) => ({ raw, action: CodeAction.safeParse(raw).data })))

export const ResolvedAction = CodeAction

const LspDiagnostic = z.object({
  range: LspRange,
  severity: z.int().optional(),
  code: z.union([z.string(), z.number()]).optional(),
  source: z.string().optional(),
  message: z.string(),
})

export const Pulled = z.object({ items: z.array(LspDiagnostic).default([]) })
export const Pushed = z.object({
  uri: z.string(),
  version: z.int().nullish(),
  diagnostics: z.array(LspDiagnostic),
})

export const diagnosticOf = (
  path: string,
  { range, severity = 1, code = "", source = "", message }: z.infer<typeof LspDiagnostic>,
): ServedDiagnostic => ({
  ...rangeAt(path, range),
  severity: severity === 1 ? "error" : severity === 2 ? "warning" : "note",
  ...{ code: String(code), source, message },
})

export const rangeAt = (path: string, { start, end }: Range): ServedRange => ({
  path,
  startLine: start.line + 1,
  startColumn: start.character + 1,
  endLine: end.line + 1,
  endColumn: end.character + 1,
})

export const uriOf = (root: string, path: string): string => pathToFileURL(resolve(root, path)).href

/** Relative to the root with "/" in it, absolute outside; undefined for what is no file. */
export function pathOf(root: string, uri: string): string | undefined {
  try {
    const path = fileURLToPath(uri)
    return isAbsolute(path) && isInside(root, path) ? relative(root, path).replaceAll("\\", "/") : path
  } catch {
    return undefined
  }
}
