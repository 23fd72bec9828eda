import { didYouMean } from "../../base/suggest.ts"
import type { Manifest, ManifestArgument, ManifestCommand } from "../../commands/manifest.ts"
import { type GlobalOption, type Globals, globalOptions, outputFormats } from "./global-options.ts"
import { UsageError } from "./usage-error.ts"
import { durationMs, readBoolean, readValue, type Valued } from "./values.ts"

/** What a command line asks for. */
export interface CommandLine {
  readonly globals: Globals
  /** The words of the command that were recognised: ["index"] of `duck index`, [] of `duck`. */
  readonly words: readonly string[]
  /** Missing where the words name a group of commands, or nothing was said. */
  readonly command?: ManifestCommand
  /** The command's input, as far as the command line says it; the server validates the rest. */
  readonly input: Readonly<Record<string, unknown>>
}

type Raw = Record<string, unknown>

/**
 * Reads the words after `duck`. Global options may stand anywhere, those of a command after its words; `--` ends the
 * options. `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-ab` and `--no-flag` are understood.
 * Throws UsageError with a suggestion where something is mistyped; a missing argument is no error with --help.
 */
export function parseCommandLine(argv: readonly string[], manifest: Manifest): CommandLine {
  const globals: Raw = {}
  const words: string[] = []
  const isPrefix = (path: readonly string[]) =>
    manifest.commands.some(({ words: w }) => path.every((p, i) => w[i] === p))

  const rest = [...argv]
  while (rest.length > 0) {
    const token = rest[0] ?? ""
    if (isOption(token)) {
      if (!takeOption(rest, globalTable, globals)) break
    } else if (isPrefix([...words, token])) {
      words.push(token)
      rest.shift()
    } else break
  }
  const command = manifest.commands.find(
    ({ words: w }) => w.length === words.length && words.every((p, i) => w[i] === p),
  )
  if (!command) {
    // `duck nonsense --help` is a mistyped command, and so is `duck index nonsense`.
    const word = rest.find((token) => !isOption(token))
    if (rest.length > 0 && word === rest[0]) throw unknownCommand(words, word ?? "", manifest)
    if (rest.length > 0) throw unknownOption(rest[0] ?? "", globalTable, words)
    return { globals: globalsOf(globals), words, input: {} }
  }

  const input: Raw = {}
  const own = optionTable(command)
  const positional: string[] = []
  while (rest.length > 0) {
    const token = rest[0] ?? ""
    if (token === "--") {
      positional.push(...rest.slice(1))
      break
    }
    if (!isOption(token)) {
      positional.push(token)
      rest.shift()
    } else if (!takeOption(rest, own, input) && !takeOption(rest, globalTable, globals)) {
      throw unknownOption(token, new Map([...own, ...globalTable]), words)
    }
  }
  const known = globalsOf(globals)
  if (!known.help && !known.version) takePositionals(command, positional, input)
  return { globals: known, words, command, input }
}

/** A lone "-" and negative numbers are values. */
const isOption = (token: string) => /^-[^\d.]/.test(token)

interface Option extends Valued {
  readonly field: string
  readonly short?: string
}
type OptionTable = ReadonlyMap<string, Option>

const globalTable: OptionTable = tableOf(
  (globalOptions as readonly GlobalOption[]).map(({ flag, short, value, choices }) => ({
    field: flag,
    flag: `--${flag}`,
    type: value === undefined ? "boolean" : "string",
    ...(short === undefined ? {} : { short: `-${short}` }),
    ...(choices === undefined ? {} : { choices }),
  })),
)

function optionTable(command: ManifestCommand): OptionTable {
  return tableOf(command.arguments.map(({ name, ...argument }) => ({ field: name, ...argument })))
}

function tableOf(options: readonly Option[]): OptionTable {
  const table = new Map<string, Option>()
  for (const option of options) {
    table.set(option.flag, option)
    if (option.short) table.set(option.short, option)
  }
  return table
}

/** Takes the option at the head of `rest` (with its value) into `fields`; false when the table has none of that name. */
function takeOption(rest: string[], table: OptionTable, fields: Raw): boolean {
  const token = rest[0] ?? ""
  const { name, value } = token.startsWith("--") ? splitLong(token) : splitShort(token)
  const option = table.get(name)
  if (!option) {
    const negated = name.startsWith("--no-") ? table.get(`--${name.slice(5)}`) : undefined
    if (negated?.type !== "boolean" || value !== undefined) return false
    fields[negated.field] = false
    rest.shift()
    return true
  }
  rest.shift()
  if (option.type === "boolean") {
    if (value !== undefined && !token.startsWith("--")) {
      // -ab: the rest are switches of their own.
      rest.unshift(`-${value}`)
      fields[option.field] = true
    } else fields[option.field] = value === undefined ? true : readBoolean(value, option)
    return true
  }
  const given = value ?? rest.shift()
  if (given === undefined) throw new UsageError(`${option.flag} needs a value.`)
  const read = readValue(given, option)
  const before = fields[option.field]
  fields[option.field] = option.type === "string[]" && Array.isArray(before) ? [...before, read] : listed(read, option)
  return true
}

function splitLong(token: string) {
  const equals = token.indexOf("=")
  return equals < 0 ? { name: token } : { name: token.slice(0, equals), value: token.slice(equals + 1) }
}

function splitShort(token: string) {
  const value = token.slice(2)
  return value === "" ? { name: token } : { name: token.slice(0, 2), value: value.replace(/^=/, "") }
}

const listed = (value: unknown, option: Option) => (option.type === "string[]" ? [value] : value)

function takePositionals(command: ManifestCommand, given: readonly string[], input: Raw): void {
  const slots = command.arguments
    .filter(({ positional }) => positional !== undefined)
    .sort((a, b) => (a.positional ?? 0) - (b.positional ?? 0))
  const left = [...given]
  for (const argument of slots) {
    const option = { field: argument.name, ...argument, flag: placeholder(argument) }
    if (left.length === 0 || input[argument.name] !== undefined) continue
    if (argument.isRest) input[argument.name] = readValue(left.splice(0).join(" "), option)
    else if (argument.isVariadic) input[argument.name] = left.splice(0).map((word) => readValue(word, option))
    else input[argument.name] = listed(readValue(left.shift() ?? "", option), option)
  }
  const line = command.words.join(" ")
  if (left.length > 0) {
    throw new UsageError(
      `\`duck ${line}\` takes ${slots.length === 0 ? "no arguments" : `no more than ${slots.length}`}: "${left[0]}" is too much.`,
      `\`duck ${line} --help\` shows what it takes.`,
    )
  }
  for (const argument of command.arguments) {
    if (!argument.isRequired || input[argument.name] !== undefined) continue
    const what = argument.positional === undefined ? argument.flag : placeholder(argument)
    const example = command.examples[0]?.line
    throw new UsageError(
      `\`duck ${line}\` needs ${what}: ${lowerFirst(argument.description)}.`,
      example ? `For example: ${example}` : `\`duck ${line} --help\` shows what it takes.`,
    )
  }
}

/** `<question...>`, `[path]`: how help and errors show a positional. */
export function placeholder({ name, isRequired, isRest, isVariadic }: ManifestArgument): string {
  const inner = `${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}${isRest || isVariadic ? "..." : ""}`
  return isRequired ? `<${inner}>` : `[${inner}]`
}

function globalsOf(raw: Raw): Globals {
  const text = (name: string) => (typeof raw[name] === "string" ? { [name]: raw[name] } : {})
  const format = raw.json === true ? "json" : outputFormats.find((each) => each === raw.format)
  return {
    help: raw.help === true,
    version: raw.version === true,
    json: format === "json",
    quiet: raw.quiet === true,
    debug: raw.debug === true,
    ...(format === undefined ? {} : { format }),
    ...(typeof raw.color === "boolean" ? { color: raw.color } : {}),
    ...(typeof raw.timeout === "string" ? { timeoutMs: durationMs(raw.timeout) } : {}),
    ...text("project"),
    ...text("server"),
    ...text("data"),
  }
}

function unknownCommand(words: readonly string[], word: string, manifest: Manifest): UsageError {
  const near = didYouMean([...words, word].join("."), namesIn(manifest), (name) => `duck ${name.replaceAll(".", " ")}`)
  return new UsageError(
    `There is no command \`${["duck", ...words, word].join(" ")}\`.`,
    `${near ? `${near} ` : ""}\`${["duck", "help", ...words].join(" ")}\` lists the commands.`,
  )
}

/** Commands and groups of them: "index", "index.status". */
export function namesIn({ commands }: Manifest): string[] {
  return [...new Set(commands.flatMap(({ name, words }) => [words[0] ?? name, name]))]
}

function unknownOption(token: string, table: OptionTable, words: readonly string[]): UsageError {
  const name = token.split("=")[0] ?? token
  const line = ["duck", ...words].join(" ")
  const flags = [...table.keys()].filter((flag) => flag.startsWith("--"))
  const near = didYouMean(name, flags)
  return new UsageError(
    `\`${line}\` has no option ${name}.`,
    `${near ? `${near} ` : ""}\`${line} --help\` shows them${name.startsWith("-") ? "; put `--` before words that begin with a dash" : ""}.`,
  )
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "")
