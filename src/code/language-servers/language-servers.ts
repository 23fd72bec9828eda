import { DuckError } from "../../base/errors.ts"
import type { CodeIndex } from "../code-index.ts"
import type { TextEdit } from "../refactorings/refactoring.ts"

/** A file as its server is to see it: an editor's buffer, or what stands on disk. The path is posix, relative to the root. */
export interface ServedFile {
  readonly path: string
  readonly text: string
}

/** A file and an offset in its text, in UTF-16 code units. */
export interface ServedPlace extends ServedFile {
  readonly offset: number
}

/** Lines and columns are 1-based, as everywhere; columns count UTF-16 code units; the end is the first column after it. */
export interface ServedRange {
  /** Relative to the root; absolute where it lies outside (a standard library). */
  readonly path: string
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
}

/** What a server would do to one file. */
export interface ServedEdits {
  readonly path: string
  /** Offsets in the text that the server was shown, or in the file on disk. They do not overlap. */
  readonly edits: readonly TextEdit[]
}

export interface ServedCompletion {
  readonly label: string
  /** As LSP numbers them: 2 method, 3 function, 5 field, 6 variable, 7 class... */
  readonly kind: number
  /** What is put in for it; never a snippet with places to fill. */
  readonly insert: string
  readonly detail: string
  /** The server's own order. */
  readonly sortText: string
}

export interface ServedAction {
  readonly title: string
  readonly kind: string
  readonly files: readonly ServedEdits[]
}

export interface ServedDiagnostic extends ServedRange {
  readonly severity: "error" | "warning" | "note"
  readonly code: string
  readonly source: string
  readonly message: string
}

export interface AskOptions {
  /** Default 10 seconds. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export const abilities = [
  "definition",
  "references",
  "rename",
  "completion",
  "hover",
  "codeActions",
  "diagnostics",
] as const
export type Ability = (typeof abilities)[number]

/**
 * A language server that runs for one project. Every question shows it the file as it is given. Questions throw
 * LanguageServerError (it has no such ability, it died, it said something that can't be understood), TimeoutError, and
 * the signal's reason.
 */
export interface LanguageServer {
  /** Its program and version: "typescript-go 7.0.2". */
  readonly name: string
  can(ability: Ability): boolean
  definition(place: ServedPlace, options?: AskOptions): Promise<readonly ServedRange[]>
  /** The definition among them. */
  references(place: ServedPlace, options?: AskOptions): Promise<readonly ServedRange[]>
  /** Throws LanguageServerError where the server does not want to rename what stands there. */
  rename(place: ServedPlace, to: string, options?: AskOptions): Promise<readonly ServedEdits[]>
  completion(place: ServedPlace, options?: AskOptions): Promise<readonly ServedCompletion[]>
  /** Markdown or plain text; "" where it has nothing to say. */
  hover(place: ServedPlace, options?: AskOptions): Promise<string>
  /** Only those that are edits; commands are not run. `only`: kinds, such as "quickfix". */
  codeActions(
    file: ServedFile,
    range: { readonly start: number; readonly end: number },
    only: readonly string[],
    options?: AskOptions,
  ): Promise<readonly ServedAction[]>
  /** Empty where there is nothing to do. */
  organizeImports(file: ServedFile, options?: AskOptions): Promise<readonly ServedEdits[]>
  diagnostics(file: ServedFile, options?: AskOptions): Promise<readonly ServedDiagnostic[]>
}

/** A project that servers work for. */
export interface ServedProject {
  readonly root: string
  readonly index: Pick<CodeIndex, "files" | "subscribe">
}

export interface ServerStatus {
  /** As the catalogue calls it: "typescript-language-server". */
  readonly name: string
  readonly languages: readonly string[]
  /** The words it is started with; empty where it is not found. */
  readonly command: readonly string[]
  /** "set" by the user, in the "project", on the "path". */
  readonly from: "set" | "project" | "path" | null
  readonly state: "missing" | "found" | "starting" | "running" | "resting" | "refused"
  /** Why it rests or is not run. */
  readonly problem: string | null
  readonly pid: number | null
  readonly openFiles: number
  readonly restarts: number
  readonly isSandboxed: boolean | null
}

/**
 * The language servers that the user has. Nothing is installed or downloaded, and nothing is started before somebody
 * asks; what nobody asks for some minutes is ended.
 */
export interface LanguageServers {
  /**
   * The server for files of a language, by the index's name, started if need be; undefined where none is found or may be
   * run. Throws LanguageServerError where it can't be started, or died and is not started again yet.
   */
  open(project: ServedProject, language: string, options?: AskOptions): Promise<LanguageServer | undefined>
  /** One that is ready to answer now; starts nothing. */
  running(root: string, language: string): LanguageServer | undefined
  /** What is found for a project and what runs. Nothing is started. */
  status(root: string): Promise<readonly ServerStatus[]>
  close(): Promise<void>
}

/** A language server can't do what it was asked for. Whoever asks has the index to fall back on. */
export class LanguageServerError extends DuckError {
  /** It lives and said no to this one question. */
  readonly isRefusal: boolean
  constructor(
    server: string,
    why: string,
    { isRefusal = false, ...options }: { readonly cause?: unknown; readonly isRefusal?: boolean } = {},
  ) {
    super({
      code: "LANGUAGE_SERVER",
      message: `The language server ${server} ${why}.`,
      hint: "`duck lsp status` shows what runs. Without it the index answers.",
      status: 503,
      ...options,
    })
    this.isRefusal = isRefusal
  }
}
