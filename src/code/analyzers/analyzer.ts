import type { CodeIndex, Definition, ImportEdge } from "../code-index.ts"
import type { Critic, Finding, Severity } from "../finding.ts"
import type { FlatTree } from "../parse/flat-tree.ts"
import type { FileFacts } from "./facts.ts"
import type { Limits } from "./limits.ts"

/** What an analyzer can find, for `--explain` and for people who have not met it before. */
export interface RuleAbout {
  /** `<area>/<name>`, as in its findings. */
  readonly id: string
  readonly severity: Severity
  /** Why it matters and what to do. */
  readonly explanation: string
}

/** One file as it is looked at on a worker thread. */
export interface ExaminedFile {
  readonly path: string
  /** The language's id, "text" where none is known. */
  readonly language: string
  readonly text: string
  /**
   * Undefined where the language has no grammar or its parser gave up. The next file takes its place: it must not be read
   * after an `await`.
   */
  readonly tree: FlatTree | undefined
  /** Offset of each line's start. */
  readonly starts: readonly number[]
}

/**
 * Looks at one file by itself. Its findings are kept until the file changes or `version` is raised; so they depend on
 * nothing but the file: no settings, no other files.
 */
export interface FileAnalyzer {
  readonly name: string
  readonly scope: "file"
  /** Raised when it would find something else in the same file. */
  readonly version: number
  readonly rules: readonly RuleAbout[]
  run(file: ExaminedFile): Iterable<Finding> | Promise<Iterable<Finding>>
}

/** What analyzers of a project look at: the facts of its files and how they hang together. */
export interface ExaminedProject {
  readonly index: CodeIndex
  /** By path, sorted; what the files say by themselves. */
  readonly facts: ReadonlyMap<string, FileFacts>
  readonly limits: Limits
  /** Imports of every file, by path; read once. */
  imports(): Promise<ReadonlyMap<string, readonly ImportEdge[]>>
  outline(path: string): Promise<readonly Definition[]>
  /** Lines as they stand, without what surrounds them; "" past the end. */
  line(path: string, line: number): Promise<string>
}

/** Looks at the whole, quickly: what it needs of the files is in their facts. */
export interface ProjectAnalyzer {
  readonly name: string
  readonly scope: "project"
  /** What it goes by: the facts of files alone, or the index as well, which knows files only as they are on disk. */
  readonly goesBy: "facts" | "index"
  readonly rules: readonly RuleAbout[]
  readonly run: Critic<ExaminedProject>
}

export type Analyzer = FileAnalyzer | ProjectAnalyzer
