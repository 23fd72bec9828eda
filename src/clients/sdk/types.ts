import type { z } from "zod"
import type { Clock } from "../../base/clock.ts"
import type { CommandAnswer, Progress, Rendering } from "../../base/wire.ts"
import type { Registry } from "../../commands/registry.ts"

/** "search", "index.status", ... */
export type CommandName = keyof Registry & string
/** What a command takes: defaults may be left out. */
export type InputOf<Name extends CommandName> = z.input<Registry[Name]["input"]>
/** What a command gives. */
export type OutputOf<Name extends CommandName> = z.output<Registry[Name]["output"]>
export type AnswerOf<Name extends CommandName> = CommandAnswer<OutputOf<Name>>

/** Where a server listens, and its token. */
export interface Address {
  /** "http://127.0.0.1:4711" */
  readonly url: string
  readonly token: string
}

export interface ClientOptions {
  /** A function is asked again before each new connection: a server that was started anew may listen elsewhere. */
  readonly address: Address | (() => Address | Promise<Address>)
  /** Absolute path of the folder to work in, unless a call says otherwise. */
  readonly project?: string
  readonly fetch?: typeof globalThis.fetch
  readonly WebSocket?: typeof globalThis.WebSocket
  readonly clock?: Clock
  /** In [0, 1), for the jitter of reconnections. */
  readonly random?: () => number
}

export interface CallOptions {
  /** Aborting it cancels the command on the server. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Hears of what the command tells while it runs, each item in order. */
  readonly onItem?: (item: unknown) => void
  readonly project?: string
  /** Adds `rendered` to the answer of `run`. */
  readonly rendering?: Rendering
  /** Most milliseconds on the server; 0: no limit. */
  readonly timeoutMs?: number
}

/** The input may be left out where a command needs none. */
export type CallArguments<Name extends CommandName> =
  Record<string, never> extends InputOf<Name>
    ? [input?: InputOf<Name>, options?: CallOptions]
    : [input: InputOf<Name>, options?: CallOptions]

/** Calls of commands. Each throws a DuckError with the server's `code`, `message`, `hint` and `details`. */
export interface Calls {
  call<Name extends CommandName>(name: Name, ...args: CallArguments<Name>): Promise<OutputOf<Name>>
  /** As `call`, with the exit code and the rendered text. */
  run<Name extends CommandName>(name: Name, ...args: CallArguments<Name>): Promise<AnswerOf<Name>>
}
