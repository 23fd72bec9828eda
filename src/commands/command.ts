import type { z } from "zod"
import type { Document } from "./document.ts"
import type { CommandContext } from "./context.ts"

/** Who may run a command. Each includes the ones before it. */
export type Permission = "read" | "write" | "admin"

export interface Example {
  /** The whole line as a user types it: `duck search "retry with backoff" --limit 5`. */
  readonly line: string
  readonly says: string
}

/**
 * Everything a user can do is one of these. The command line, its help and shell completion, HTTP and OpenAPI,
 * JSON-RPC, and later MCP tools, slash commands and palettes are derived from it; nothing is written twice.
 */
export interface Command<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  /** Words joined by dots: `index.status` is `duck index status`. */
  readonly name: string
  /** One line, a verb first, no full stop: what help lists. */
  readonly summary: string
  readonly description?: string
  readonly examples: readonly [Example, ...Example[]]
  /** Field descriptions are the help texts of the arguments. */
  readonly input: Input
  readonly output: Output
  /** Input fields that the command line takes by position, in order; the last may be an array or a "rest of the line". */
  readonly positionals?: readonly (keyof z.input<Input> & string)[]
  readonly permission: Permission
  /** Most milliseconds it may run, unless the caller says otherwise; default 120,000. */
  readonly timeoutMs?: number
  run(input: z.output<Input>, context: CommandContext): Promise<z.input<Output>>
  /** How a person sees the result; without it the output is shown as fields and tables. */
  present?(output: z.output<Output>): Document
  /** Exit code of the command line for this output; default 0. 1: findings, or the answer is no. */
  exitCode?(output: z.output<Output>): 0 | 1
}

/** Keeps the types of a command's schemas in the registry, from which the client SDK is typed. */
export function defineCommand<Input extends z.ZodObject, Output extends z.ZodType>(
  command: Command<Input, Output>,
): Command<Input, Output> {
  return command
}
