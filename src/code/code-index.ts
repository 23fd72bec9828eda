import type { ReferenceKind, SymbolKind } from "./types.ts"

/**
 * What RubberDuck knows of one worktree: syntax, names, references, history and text, kept up to date in the background.
 * Every answer carries the freshness of the tree it was read from. Paths are posix and relative to `root`; lines are
 * 1-based and inclusive. A path or name that is not there gives an empty answer, not an error.
 */
export interface CodeIndex {
  readonly root: string

  /**
   * Brings the index to what is on disk: everything, or only `paths` (files or folders). Updates run one after another;
   * what an interrupted one has stored is kept, and the next goes on from there.
   */
  update(options?: UpdateOptions): Promise<UpdateReport>
  /** Says that these paths changed on disk and are not indexed yet; `update` clears them. */
  markDirty(paths: readonly string[]): void
  freshness(): Freshness
  stats(): IndexStats

  /** How far the vectors for search by meaning are; null where no model is chosen for it. Nobody is asked. */
  meaning(): MeaningStatus | null
  /** Looks at once whether passages have no vector yet, also where it waits after a failure; they come in the background. */
  embed(): void

  search(query: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer>

  /** Of a name (`parse`, `Parser.parse`), of `path:line` (the name used there, else what encloses it). */
  definitions(target: string): Promise<Answer<Definition>>
  outline(path: string): Promise<Answer<Definition>>
  symbolAt(path: string, line: number): Promise<Definition | null>
  /** Calls of what `target` names (a name, `Class.method`, `path:line`, or a whole `path`). */
  callers(target: string): Promise<Answer<UseSite>>
  /** What the body of `target` calls. */
  callees(target: string): Promise<Answer<Callee>>
  /** Every use: calls, types, inheritance, plain uses. */
  references(target: string): Promise<Answer<UseSite>>
  importsOf(path: string): Promise<Answer<ImportEdge>>
  importersOf(path: string): Promise<Answer<ImportEdge>>
  testsOf(target: string): Promise<Answer<TestOf>>
  /** Commits that touched the path (through its renames), newest first; with lines, those that touched these lines. */
  historyOf(path: string, options?: HistoryOptions): Promise<Answer<CommitOf>>
  /** What depends on the target, directly and through others, with the edge that explains each, and its tests. */
  impact(target: string, options?: ImpactOptions): Promise<ImpactAnswer>

  /** Paths of all indexed files, sorted; `prefix` narrows to a folder. */
  files(prefix?: string): readonly string[]
  /** Text of an indexed file as it was when indexed; undefined where the path is not indexed. */
  text(path: string, lines?: LineRange): Promise<string | undefined>

  /** Hears of every finished batch and update; returns the function that stops it. */
  subscribe(listener: (change: IndexChange) => void): () => void
  /**
   * Resolves when nothing runs any more: no update, no background merge or rank, no vectors that could be made now (after
   * a failure the next try is not waited for).
   */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface LineRange {
  readonly startLine: number
  readonly endLine: number
}

export interface UpdateOptions {
  readonly paths?: readonly string[]
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: IndexProgress) => void
}

export interface IndexProgress {
  readonly phase: "scan" | "parse" | "history" | "rank" | "done"
  /** Files looked at, or commits in the history phase. */
  readonly done: number
  /** 0 while it is not known yet. */
  readonly total: number
  readonly path?: string
}

export interface UpdateReport {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly unchanged: number
  /** Of the added and changed: whose content had to be parsed (the others were known by their hash). */
  readonly parsed: number
  /** Files that are not indexed, and why: binary, too large, unreadable. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  readonly commits: number
  readonly tookMs: number
  readonly freshness: Freshness
}

/** Which tree an answer is valid for. */
export interface Freshness {
  /** Names the indexed tree: equal for equal paths and contents, whatever the order in which it was indexed. */
  readonly tree: string
  /** HEAD when last updated; null without git or without a commit. */
  readonly head: string | null
  /** Known to have changed on disk since they were indexed. */
  readonly dirtyFiles: readonly string[]
  readonly files: number
  readonly chunks: number
  readonly symbols: number
  /** ISO time of the last stored change, null before the first. */
  readonly indexedAt: string | null
  /** Files still to be indexed by the running update. */
  readonly pending: number
  /** At least one whole update has finished and nothing is dirty or pending. */
  readonly isComplete: boolean
}

export interface IndexStats {
  readonly files: number
  readonly lines: number
  readonly sizeBytes: number
  readonly chunks: number
  readonly symbols: number
  readonly commits: number
  readonly languages: readonly { readonly language: string; readonly files: number; readonly lines: number }[]
  /** Of the database on disk. */
  readonly databaseBytes: number
}

export interface Answer<T> {
  readonly items: readonly T[]
  readonly freshness: Freshness
}

/** A definition in the tree. */
export interface Definition extends LineRange {
  readonly path: string
  readonly name: string
  readonly kind: SymbolKind
  /** Names of the enclosing definitions, outermost first. */
  readonly within: readonly string[]
  readonly nameLine: number
  readonly signature: string
  readonly doc: string
  readonly isExported: boolean
}

/** How sure an edge is, and by which rule it was found. */
export interface Evidence {
  /** 0 to 1. */
  readonly confidence: number
  /** One phrase: "imported from src/base/log.ts", "the only definition of that name". */
  readonly reason: string
}

export interface UseSite extends Evidence {
  readonly path: string
  readonly line: number
  readonly column: number
  readonly kind: ReferenceKind
  /** The line itself, trimmed. */
  readonly text: string
  /** The innermost definition around it; null at the top of a file. */
  readonly from: Definition | null
  /** What it is taken to refer to. */
  readonly to: Definition
}

export interface Callee extends Evidence {
  readonly name: string
  readonly qualifier: string
  readonly kind: ReferenceKind
  readonly line: number
  /** null where it is not defined in this tree (a library, a builtin) or can't be told; the reason says which. */
  readonly to: Definition | null
}

export interface ImportEdge {
  readonly path: string
  readonly line: number
  /** As written. */
  readonly module: string
  readonly names: readonly string[]
  /** The files of this tree it names; empty for a module from outside. */
  readonly to: readonly string[]
}

export interface TestOf extends Evidence {
  readonly path: string
  /** The test definitions that use it, where known. */
  readonly tests: readonly Definition[]
}

export interface HistoryOptions {
  readonly lines?: LineRange
  readonly limit?: number
  readonly signal?: AbortSignal
}

export interface CommitOf {
  readonly sha: string
  readonly authorName: string
  /** ISO. */
  readonly authoredAt: string
  readonly subject: string
  /** The rest of the message: the why, in the author's words. */
  readonly body: string
  /** How many files the commit changed. */
  readonly filesChanged: number
}

export interface ImpactOptions {
  /** How many steps to follow; default 3. */
  readonly depth?: number
  /** Most dependants; default 200. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

export interface Dependant {
  readonly path: string
  /** The dependent definition; null where the file depends as a whole (an import, code at its top). */
  readonly definition: Definition | null
  /** 1: uses the target itself. */
  readonly depth: number
  /** The edge by which it was reached; `on` is what it uses: the target or a dependant of a lower depth. */
  readonly via: Evidence & {
    readonly kind: ReferenceKind | "import"
    readonly line: number
    readonly text: string
    readonly on: string
  }
}

export interface ImpactAnswer {
  /** What the target was taken to be. */
  readonly targets: readonly Definition[]
  readonly targetPaths: readonly string[]
  readonly dependants: readonly Dependant[]
  readonly tests: readonly TestOf[]
  readonly isTruncated: boolean
  readonly freshness: Freshness
}

export type SearchMode = "hybrid" | "text" | "regex" | "symbol"

export interface SearchFilters {
  /** Globs or path fragments, any of which must match; with a leading "-" none may. */
  readonly path?: readonly string[]
  readonly lang?: readonly string[]
  readonly kind?: readonly string[]
  /** Only files changed within: "7d", "24h", "2w", an ISO date, or "head" (uncommitted). */
  readonly changed?: string
}

export interface SearchQuery {
  /** May hold filters: `retry path:src/ lang:go kind:function changed:7d "exact phrase"`. */
  readonly text: string
  /** Default 10, at most 200. */
  readonly limit?: number
  readonly filters?: SearchFilters
  /** Default "hybrid". */
  readonly mode?: SearchMode
  /** "file": one hit a file, its best chunk. Default "chunk". */
  readonly unit?: "chunk" | "file"
  readonly caseSensitive?: boolean
}

export type SignalName = "words" | "name" | "path" | "file" | "text" | "history" | "rank" | "vector"

/** One reason for a hit: how much of its score came from which evidence. */
export interface Why {
  readonly signal: SignalName
  /** Part of the score; the contributions of a hit add up to its score. */
  readonly contribution: number
  /** For a person: "retry, backoff in the body; retry in the name". */
  readonly detail: string
}

export interface SearchHit extends LineRange {
  readonly path: string
  /** A symbol kind, "preamble" or "text". */
  readonly kind: string
  readonly name: string
  readonly within: readonly string[]
  readonly signature: string
  readonly doc: string
  /** The passage; of a long chunk the lines around the best match. */
  readonly text: string
  /** First line of `text`. */
  readonly textLine: number
  /** Matching lines, for text and regex searches and where words matched. */
  readonly matches: readonly number[]
  readonly language: string
  readonly tokens: number
  readonly score: number
  readonly why: readonly Why[]
  /** Commits whose messages speak of the query and touched this file. */
  readonly commits?: readonly CommitOf[]
}

/** Vectors of a tree's passages, for search by meaning. */
export interface MeaningStatus {
  /** The model that makes them. */
  readonly model: string
  /** Passages with words in them, and how many of these have a vector; 0 and 0 before the first look. */
  readonly chunks: number
  readonly embedded: number
  /** `waiting`: for the index, or after `problem`. */
  readonly state: "embedding" | "waiting" | "done"
  readonly problem: {
    readonly code: string
    readonly message: string
    readonly hint?: string
    /** ISO 8601: when it is tried again. */
    readonly retryAt: string
  } | null
}

/** What meaning did for a search. */
export interface MeaningNote {
  readonly model: string
  readonly isUsed: boolean
  /** How many passages, or why none. */
  readonly detail: string
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[]
  /** When nothing (or nothing good) was found: names close to what was asked for. */
  readonly nearest: readonly { readonly name: string; readonly path: string; readonly line: number }[]
  /** What was taken from the query text: the words searched for and those too common to count. */
  readonly understood: {
    readonly words: readonly string[]
    readonly ignored: readonly string[]
    readonly phrases: readonly string[]
    readonly filters: SearchFilters
    readonly mode: SearchMode
  }
  /** Null where no model is chosen for it, and in searches that look for letters or names. */
  readonly meaning: MeaningNote | null
  /** The search stopped at its time or size limit; there may be more. */
  readonly isTruncated: boolean
  readonly freshness: Freshness
  readonly tookMs: number
}

export type IndexChange =
  | { readonly kind: "batch"; readonly paths: readonly string[]; readonly freshness: Freshness }
  | { readonly kind: "updated"; readonly report: UpdateReport }
  | { readonly kind: "failed"; readonly error: unknown }
