import { z } from "zod"
import type { Permission } from "../access/actor.ts"
import { version } from "../base/version.ts"
import { type Command, type CommandSet, defaultTimeoutMs, type Example, TextItem } from "./command.ts"
import { sessionItem } from "./session/item.ts"

/** The registry as plain JSON, for clients that must not load zod: arguments, help and completion come from it. */
export interface Manifest {
  readonly version: string
  readonly commands: readonly ManifestCommand[]
}

export interface ManifestCommand {
  /** "index.status" */
  readonly name: string
  /** ["index", "status"] */
  readonly words: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly examples: readonly Example[]
  readonly permission: Permission
  /** "server": over the wire; "process": `duck-local.js`; "client": the client renders it itself. See base/wire.ts. */
  readonly runsIn: "server" | "process" | "client"
  /** `runsIn` is not "server". */
  readonly isLocal: boolean
  /** False: with no server running the client says so instead of starting one. */
  readonly startsServer: boolean
  /** Most milliseconds it may run by default; 0: no limit. */
  readonly timeoutMs: number
  /** It tells items while it runs: what happens in a conversation, the pieces of a text, or whole lines. */
  readonly tells?: "conversation" | "text" | "lines"
  /** The field that takes what is piped in. */
  readonly stdin?: string
  readonly arguments: readonly ManifestArgument[]
}

export interface ManifestArgument {
  /** The field of the input: "maxDepth". */
  readonly name: string
  /** "--max-depth"; also given for positionals. */
  readonly flag: string
  /** "-n" */
  readonly short?: string
  readonly type: "string" | "number" | "boolean" | "string[]" | "json"
  /** Place among the positional arguments, from 0; missing for a mere option. */
  readonly positional?: number
  /** The positional takes all the words that are left, as an array. */
  readonly isVariadic: boolean
  /** The positional takes all the words that are left, joined by spaces: `duck ask where is the token read`. */
  readonly isRest: boolean
  readonly isRequired: boolean
  readonly default?: unknown
  readonly choices?: readonly string[]
  readonly description: string
}

/** Throws when a command's input has a field that a command line can't give: a mistake of the program. */
export function manifestOf(commands: CommandSet): Manifest {
  return { version, commands: Object.values(commands).map(commandEntry) }
}

function commandEntry(command: Command): ManifestCommand {
  const { name, summary, description, examples, permission, runsIn = "server" } = command
  return {
    name,
    words: name.split("."),
    summary,
    ...(description === undefined ? {} : { description }),
    examples,
    permission,
    runsIn,
    isLocal: runsIn !== "server",
    startsServer: command.startsServer ?? true,
    timeoutMs: command.timeoutMs ?? defaultTimeoutMs,
    ...(command.item ? { tells: toldBy(command.item) } : {}),
    ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
    arguments: argumentsOf(command),
  }
}

const toldBy = (item: NonNullable<Command["item"]>) =>
  item === TextItem ? "text" : item === sessionItem ? "conversation" : "lines"

/** What is read of the JSON Schema that zod makes of a field. */
const fieldSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  items: z.looseObject({ type: z.string().optional(), enum: z.array(z.string()).optional() }).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
})

function argumentsOf(command: Command): ManifestArgument[] {
  const schema = z.toJSONSchema(command.input, { io: "input" })
  const positionals: readonly string[] = command.positionals ?? []
  const shorts: Readonly<Record<string, string | undefined>> = command.shorts ?? {}
  for (const name of [...positionals, ...Object.keys(shorts)]) {
    if (!(name in (schema.properties ?? {}))) throw new Error(`${command.name} has no field ${name}.`)
  }
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const field = fieldSchema.parse(property)
    const type = typeOf(field)
    const place = positionals.indexOf(name)
    const isLast = place >= 0 && place === positionals.length - 1
    if (!field.description) throw new Error(`The field ${name} of ${command.name} has no description.`)
    const choices = field.enum ?? field.items?.enum
    const short = shorts[name]
    return {
      name,
      flag: `--${name.replace(/[A-Z]/g, "-$&").toLowerCase()}`,
      ...(short === undefined ? {} : { short: `-${short}` }),
      type,
      ...(place < 0 ? {} : { positional: place }),
      isVariadic: isLast && type === "string[]",
      isRest: isLast && type === "string" && command.takesRest === true,
      isRequired: schema.required?.includes(name) ?? false,
      ...(field.default === undefined ? {} : { default: field.default }),
      ...(choices === undefined ? {} : { choices }),
      description: field.description,
    }
  })
}

function typeOf({ type, items }: z.output<typeof fieldSchema>): ManifestArgument["type"] {
  if (type === "boolean") return "boolean"
  if (type === "number" || type === "integer") return "number"
  if (type === "string") return "string"
  if (type === "array" && items?.type === "string") return "string[]"
  return "json"
}
