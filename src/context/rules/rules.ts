import type { CodeIndex } from "../../code/code-index.ts"
import type { Critic, Finding } from "../../code/finding.ts"
import type { Project } from "../../code/project.ts"
import type { Position } from "../../fabric/ports.ts"
import type { Applicable, AppliedRule } from "./applicable.ts"
import type { Resting } from "./breakers.ts"
import type { CheckedFile } from "./check.ts"
import type { CompiledRule } from "./compile.ts"
import type { Conflict } from "./conflicts.ts"
import type { RuleExample } from "./examples.ts"
import type { RuleQuery } from "./rule-query.ts"
import type { RuleChange, RuleUse } from "./view.ts"

export type { Applicable, AppliedRule } from "./applicable.ts"

/** The rules that a project is under, in memory, kept up to what their files say. */
export interface Rules {
  /** What holds for a file and a task, and why. Never waits: for every prompt, and for every file that is touched. */
  applicable(query: RuleQuery): Applicable
  /** Holds files against the checks of the rules that hold for them. */
  critic(query: Pick<RuleQuery, "user" | "task" | "named">): Critic<CheckedFile>
  /** All of them, in their order, also those that hold for nothing. */
  all(): readonly CompiledRule[]
  /** What is wrong with files of rules, gravest first. */
  problems(): readonly Finding[]
  /** Between rules that surely meet, whatever the file. */
  conflicts(): readonly Conflict[]
  /** Reads everything again. */
  reload(): Promise<RulesChange>
  /** Reads again what is no more as it was, where no watcher looks; `all`: also what a watcher is about to tell. */
  look(how?: { readonly all?: boolean }): Promise<RulesChange>
  /** Hears of every change of what holds; returns the function that stops it. */
  subscribe(listener: (change: RulesChange) => void): () => void
  /** Counts rules that went into a prompt. */
  used(rules: readonly AppliedRule[]): void
  /** Places in the code that are about what a rule is about, the best first. Throws NotFoundError for an unknown id. */
  examples(id: string, index: Pick<CodeIndex, "search">, signal: AbortSignal): Promise<RuleExample[]>
  /** What became of the files, the newest change first; of one rule by id or path. */
  history(limit: number, rule?: string): Promise<RuleChange[]>
  /** Brings a file of the project back to what it was. Throws NotFoundError, InvalidInputError and what a write throws. */
  rollback(rule: string, how: RollbackOptions): Promise<Rollback>
  stats(): Promise<RuleStats>
  /** Resolves when everything seen so far is recorded. */
  settled(): Promise<void>
}

export interface RulesChange {
  /** Counts up with every change of what holds. */
  readonly generation: number
  readonly rules: number
  readonly problems: number
  readonly isChanged: boolean
  readonly tookMs: number
}

export interface RollbackOptions {
  /** Number of the change to go back before; by default the last one. */
  readonly change?: number | undefined
  readonly by: string
  /** Only says what would be written. */
  readonly dryRun: boolean
  /** Called before the file is written. */
  readonly before?: (() => Promise<void>) | undefined
}

export interface Rollback {
  readonly path: string
  /** The change that is taken back. */
  readonly change: number
  /** Unified; "" where the file says that already. */
  readonly diff: string
  readonly isWritten: boolean
  readonly position?: Position | undefined
}

export interface RuleStats {
  readonly rules: number
  /** By why: on, off, broken. */
  readonly on: number
  readonly off: number
  readonly brokenFiles: number
  readonly conflicts: number
  readonly byLayer: Readonly<Record<string, number>>
  readonly uses: readonly RuleUse[]
  readonly resting: readonly Resting[]
  readonly questions: {
    readonly asked: number
    readonly known: number
    readonly meanMs: number
    readonly mostMs: number
  }
  readonly generation: number
  readonly loadMs: number
  readonly lastReloadMs: number | null
}

/** The rules of every project that a server has open. */
export interface RuleBook {
  /** Those of a project, read with the first call; later ones look whether files outside of the watcher's reach changed. */
  of(project: Pick<Project, "id" | "root" | "index" | "watching">): Promise<Rules>
  close(): Promise<void>
}
