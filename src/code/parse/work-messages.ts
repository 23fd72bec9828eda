import type { ErrorBody } from "../../base/errors.ts"
import type { FileFacts } from "../analyzers/facts.ts"
import type { AnalysedFile } from "../index/analyse.ts"
import type { ParsedFile } from "../types.ts"

/** A file for a parse worker; as bytes its encoding is found, and what is no text gives null. */
export type FileToParse = { readonly path: string } & (
  | { readonly bytes: Uint8Array; readonly text?: never }
  | { readonly text: string; readonly bytes?: never }
)

export interface ParseTask {
  readonly id: number
  /**
   * "parsed": the ParsedFile itself; "analysed": what the index stores of it, which is far smaller; "examined": what the
   * analyzers say of it.
   */
  readonly want: "parsed" | "analysed" | "examined"
  readonly file: FileToParse
  /** Its syntax brought a worker down once: take it as text. */
  readonly asText: boolean
}

export type ParseResult =
  | { readonly id: number; readonly parsed: ParsedFile | null }
  | { readonly id: number; readonly analysed: AnalysedFile | null }
  | { readonly id: number; readonly examined: FileFacts | null }
  | { readonly id: number; readonly failed: string }

export interface ParseReply {
  readonly results: readonly ParseResult[]
  /** WebAssembly memory that the worker holds. */
  readonly memoryBytes: number
}

/** What a worker is started with: one number, the id of the task it is at, -1 before the first. */
export interface WorkerSetup {
  readonly progress: Int32Array
}

/** What the parser's process is asked, in batches. */
export type HostTask = Omit<ParseTask, "asText">

/** What it answers, in any order. */
export type HostReply = (
  | Exclude<ParseResult, { failed: string }>
  | { readonly id: number; readonly error: ErrorBody }
)[]
