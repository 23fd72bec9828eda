import { z } from "zod"
import type { Permission } from "../access/actor.ts"
import type { Choice } from "../base/wire.ts"
import type { CommandContext } from "./context.ts"
import type { Document } from "./document.ts"

export interface Example {
  /** The whole line as a user types it: `duck search "retry with backoff" --limit 5`. */
  readonly line: string
  readonly says: string
}

/** The names of an input's fields. */
export type FieldOf<Input extends z.ZodType> = keyof z.input<Input> & string

/**
 * Everything a user can do is one of these. The command line, its help and shell completion, HTTP and OpenAPI,
 * JSON-RPC, and later MCP tools, slash commands and palettes are derived from it; nothing is written twice.
 */
export interface Command<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
> {
  /** Words joined by dots: `index.status` is `duck index status`. */
  readonly name: Name
  /** One line, a verb first, no full stop: what help lists. */
  readonly summary: string
  readonly description?: string
  readonly examples: readonly [Example, ...Example[]]
  /** Field descriptions are the help texts of the arguments. Unknown fields are refused. */
  readonly input: Input
  readonly output: Output
  /**
   * What `context.tell` is given while it runs: `TextItem`, a conversation's items, or else objects with a `text` of whole
   * lines, which the command line prints as they come, instead of the answer.
   */
  readonly item?: z.ZodType
  /** The command line puts what is piped into it into this field. */
  readonly stdin?: FieldOf<Input>
  /** Input fields that the command line takes by position, in order; the last may be an array. */
  readonly positionals?: readonly FieldOf<Input>[]
  /** The last positional takes the rest of the line, joined by spaces. */
  readonly takesRest?: boolean
  /** One-letter options: `{ limit: "n" }`. */
  readonly shorts?: Readonly<Partial<Record<FieldOf<Input>, string>>>
  readonly permission: Permission
  /** Where it runs, see base/wire.ts; default "server". */
  readonly runsIn?: "server" | "process" | "client"
  /** Default true; false where a missing server is itself an answer. */
  readonly startsServer?: boolean
  /** Most milliseconds it may run, unless the caller says otherwise; default 120,000; 0: no limit. */
  readonly timeoutMs?: number
  run(input: z.output<Input>, context: CommandContext): Promise<z.input<Output>>
  /** What is printed as it stands, where the result is a file; undefined: it is shown as `present` says. */
  print?(output: z.output<Output>): string | undefined
  /** How a person sees the result; without it the output is shown as fields and tables. */
  present?(output: z.output<Output>): Document
  /** What a person may be asked afterwards, the answer to which is another run of this command. */
  choice?(output: z.output<Output>): Choice | undefined
  /**
   * What of its input the audit keeps beside its name: what it was done to. Never a secret; default: nothing. Null: with
   * this input it only looks, and is not audited at all.
   */
  audited?(input: z.output<Input>): Readonly<Record<string, string>> | null
  /** Exit code of the command line for this output; default 0. 1: findings, or the answer is no. */
  exitCode?(output: z.output<Output>): 0 | 1
}

/** The `item` of commands that tell an answer while it is written: its next piece, not checked yet. */
export const TextItem = z.object({ text: z.string() })

export const defaultTimeoutMs = 120_000

/** Keeps the types of a command's schemas in the registry, from which the client SDK is typed. */
export function defineCommand<const Name extends string, Input extends z.ZodObject, Output extends z.ZodType>(
  command: Command<Name, Input, Output>,
): Command<Name, Input, Output> {
  return command
}

/** Commands by name. */
export type CommandSet = Readonly<Record<string, Command>>

/** A set with one entry a command; a name that is given twice is a mistake of the program. */
export function commandSet<const C extends readonly Command[]>(
  commands: C,
): { readonly [One in C[number] as One["name"]]: One } {
  const set: Record<string, Command> = Object.create(null)
  for (const command of commands) {
    if (command.name in set) throw new Error(`Two commands are called ${command.name}.`)
    set[command.name] = command
  }
  return set as { readonly [One in C[number] as One["name"]]: One }
}
