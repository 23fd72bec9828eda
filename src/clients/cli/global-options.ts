import type { OutputFormat } from "../../base/wire.ts"

/** What every command takes besides its own arguments. Parsing, help and completion read this table. */
export interface GlobalOption {
  readonly flag: string
  readonly short?: string
  /** Placeholder of its value; without one it is a switch. */
  readonly value?: string
  readonly choices?: readonly string[]
  readonly description: string
}

export const outputFormats = ["text", "table", "markdown", "json"] as const satisfies readonly OutputFormat[]

export const globalOptions = [
  { flag: "help", short: "h", description: "Show help for the command" },
  { flag: "version", short: "V", description: "Print the version" },
  { flag: "json", description: 'Print JSON; an error is printed as {"error": ...}' },
  { flag: "format", value: "format", choices: outputFormats, description: "How to print the result" },
  { flag: "color", description: "Colours even when nobody looks (--no-color: none; also NO_COLOR, FORCE_COLOR)" },
  { flag: "quiet", short: "q", description: "Nothing on standard error but errors" },
  { flag: "debug", description: "Say what happens, and print the stack of an error" },
  { flag: "timeout", value: "time", description: "Give up after this long: 30 (seconds), 500ms, 2m" },
  { flag: "project", short: "C", value: "folder", description: "Work in this folder instead of the current one" },
  { flag: "server", value: "url", description: "Use this server (DUCK_SERVER); its token comes from DUCK_TOKEN" },
  { flag: "data", value: "folder", description: "Keep and look for data here (DUCK_HOME)" },
] as const satisfies readonly GlobalOption[]

/** The values of the global options of one command line. */
export interface Globals {
  readonly help: boolean
  readonly version: boolean
  readonly json: boolean
  readonly format?: OutputFormat
  readonly color?: boolean
  readonly quiet: boolean
  readonly debug: boolean
  readonly timeoutMs?: number
  readonly project?: string
  readonly server?: string
  readonly data?: string
}
