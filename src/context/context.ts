import type { LineRange } from "../code/code-index.ts"

/** A file that somebody has before them, in an editor. */
export interface OpenFile {
  /** Relative to the root. */
  readonly path: string
  /** Where the cursor is, 1-based. */
  readonly line?: number | undefined
}

/** What a prompt is to be made for. Sources look here for what could matter. */
export interface ContextNeed {
  /** What is to be done, in the user's words or the engine's. */
  readonly task: string
  /** The engine or command: "explain", "generate", "chat"... */
  readonly engine: string
  /** Files that the task is about, relative to the root, the most important first. */
  readonly paths: readonly string[]
  /** Folders that it is confined to, relative to the root: code elsewhere stays out. Without it nothing does. */
  readonly under?: readonly string[] | undefined
  /** Names that the task is about, as `CodeIndex.definitions` takes them. */
  readonly symbols: readonly string[]
  /** The place that it is about, where there is one. */
  readonly focus?: (LineRange & { readonly path: string }) | undefined
  /** Files that whoever asks has open, the one in front first. */
  readonly open?: readonly OpenFile[] | undefined
  /** Whether what the project's own type checkers and linters say is worth waiting for: they take seconds. */
  readonly wantsDiagnostics?: boolean | undefined
  /** The language of what is to be written or explained, as the index names it. */
  readonly language?: string | undefined
  /** How files are cut into items; by default not at all. */
  readonly chunking?:
    | { readonly unit: "symbol" | "file" | "section"; readonly maxTokens?: number | undefined }
    | undefined
  /** Id of the person asked for. */
  readonly user: string
  /** The conversation it belongs to. */
  readonly session?: string | undefined
  /** Names of sources to ask; without it all. */
  readonly sources?: readonly string[] | undefined
}

/** How much of an item is shown: all, or ever less. */
export type Form = "whole" | "outline" | "signatures" | "excerpt" | "truncated"

/** Something that may enter a prompt. */
export interface ContextItem {
  /** Unique among the items of one gathering; equal ids of two sources are the same thing. */
  readonly id: string
  /** Name of the source. */
  readonly source: string
  /** What a reader calls it: `src/a.ts:10-42`, "rule: tests first". */
  readonly title: string
  readonly place?: (LineRange & { readonly path: string }) | undefined
  readonly text: string
  /** 0 to 1: how much it matters for the need. 1 is what the task is about itself. */
  readonly score: number
  /** One phrase: "calls `retry`", "changed since the last commit". */
  readonly why: string
  /** It goes in whatever else stays out; too large a sum of these is an error. */
  readonly isPinned?: boolean | undefined
  /**
   * Shorter forms, the fullest first; made only when they are needed. The packer takes the fullest that fits.
   */
  readonly shorter?: readonly { readonly form: Exclude<Form, "whole">; text(): string | Promise<string> }[] | undefined
}

/** What engines ask, in the order in which prompts have it: what changes least stands first. */
export const sourceNames = [
  "memory",
  "search",
  "symbols",
  "files",
  "open",
  "changes",
  "diagnostics",
  "conversation",
] as const
export type SourceName = (typeof sourceNames)[number]

/** One kind of thing that may enter prompts: code, rules, memory, git changes, diagnostics... */
export interface ContextSource {
  /** As a message's `section`, so that tokens are counted by it. */
  readonly name: string
  /**
   * Items for the need, in any order. One that fails or is late is left out, and said so; it must stop when the signal
   * fires.
   */
  gather(need: ContextNeed, signal: AbortSignal): Promise<readonly ContextItem[]>
}

export interface PackOptions {
  /** Most tokens of all that is packed. */
  readonly budgetTokens: number
  /** Most milliseconds for all sources together; what has not come by then is left out. */
  readonly withinMs: number
  readonly signal: AbortSignal
}

/** An item that went in, in the form it did. */
export interface PackedItem {
  readonly id: string
  readonly source: string
  readonly title: string
  readonly place?: ContextItem["place"]
  readonly score: number
  readonly why: string
  readonly form: Form
  readonly text: string
  readonly tokens: number
}

/** One that did not. */
export interface LeftItem {
  readonly id: string
  readonly source: string
  readonly title: string
  readonly score: number
  readonly tokens: number
  /** "over the budget", "the same as src/a.ts:10-42", "below the least score"... */
  readonly reason: string
}

export interface PackedContext {
  /** Sources in a stable order, in each the most important first. */
  readonly items: readonly PackedItem[]
  readonly left: readonly LeftItem[]
  readonly tokens: number
  readonly budgetTokens: number
  readonly sources: readonly {
    readonly name: string
    readonly items: number
    readonly tookMs: number
    /** Why it gave nothing, where that is not for want of anything. */
    readonly problem?: string | undefined
  }[]
  readonly tookMs: number
}

/** Gathers from every source and packs. Throws ContextTooSmallError where the pinned items alone pass the budget. */
export type Gather = (need: ContextNeed, options: PackOptions) => Promise<PackedContext>
