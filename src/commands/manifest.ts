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
  readonly examples: readonly { readonly line: string; readonly says: string }[]
  readonly permission: "read" | "write" | "admin"
  /** "server": over the wire; "process": `duck-local.js`; "client": the client renders it itself. See base/wire.ts. */
  readonly runsIn: "server" | "process" | "client"
  /** `runsIn` is not "server". */
  readonly isLocal: boolean
  /** False: with no server running the client says so instead of starting one. */
  readonly startsServer: boolean
  /** Most milliseconds it may run by default; 0: no limit. */
  readonly timeoutMs: number
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
