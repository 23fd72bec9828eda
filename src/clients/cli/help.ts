import type { Manifest, ManifestArgument, ManifestCommand } from "../../commands/manifest.ts"
import { placeholder } from "./command-line.ts"
import { type GlobalOption, globalOptions } from "./global-options.ts"
import type { Paints } from "./terminal.ts"

export interface HelpLook {
  readonly paints: Paints
  /** Columns to fold at; 0 is taken as 100. */
  readonly width: number
}

/** `duck` and `duck help`: every command with its summary. */
export function overviewHelp(manifest: Manifest, look: HelpLook): string {
  const groups = new Map<string, ManifestCommand[]>()
  for (const command of manifest.commands) {
    const head = command.words[0] ?? ""
    groups.set(head, [...(groups.get(head) ?? []), command])
  }
  const rows = [...groups].map(([head, commands]): Row => {
    const alone = commands.find(({ words }) => words.length === 1)
    const verbs = commands.filter(({ words }) => words.length > 1).map(({ words }) => words.slice(1).join(" "))
    if (alone) return [head, verbs.length > 0 ? `${alone.summary}; also ${verbs.join(", ")}` : alone.summary]
    return [head, commands.length === 1 ? `${verbs[0]}: ${commands[0]?.summary}` : `${verbs.join(", ")}`]
  })
  return page(look, [
    ["", ["RubberDuck answers questions about the repository you stand in, and works on it with you.", ""]],
    ["Usage", ["duck <command> [arguments] [options]"]],
    ["Commands", table(rows, look)],
    ["Options", table(globalRows(), look)],
    [
      "Examples",
      manifest.commands
        .flatMap(({ examples }) => examples.slice(0, 1))
        .slice(0, 3)
        .map(({ line }) => line),
    ],
    ["", ["`duck help <command>` or `duck <command> --help` shows one with its arguments and examples."]],
  ])
}

/** `duck index`: the commands of a group. */
export function groupHelp(words: readonly string[], manifest: Manifest, look: HelpLook): string {
  const commands = manifest.commands.filter((command) => isUnder(command.words, words))
  const line = words.join(" ")
  return page(look, [
    ["Usage", [`duck ${line} <command> [arguments] [options]`]],
    [
      "Commands",
      table(
        commands.map(({ words: w, summary }): Row => [w.slice(words.length).join(" "), summary]),
        look,
      ),
    ],
    ["Examples", commands.flatMap(({ examples }) => examples.slice(0, 1).map((example) => example.line))],
    ["", [`\`duck help ${line} <command>\` shows one with its arguments.`]],
  ])
}

/** One command; those that its words begin (`duck refactor rename`) are named with it. */
export function commandHelp(command: ManifestCommand, { commands }: Manifest, look: HelpLook): string {
  const under = commands.filter(({ words }) => words.length > command.words.length && isUnder(words, command.words))
  const positionals = command.arguments
    .filter(({ positional }) => positional !== undefined)
    .sort((a, b) => (a.positional ?? 0) - (b.positional ?? 0))
  const options = command.arguments.filter(({ positional }) => positional === undefined)
  const usage = [
    "duck",
    ...command.words,
    ...positionals.map(placeholder),
    ...(options.length > 0 ? ["[options]"] : []),
  ]
  const about = [`${command.summary}.`, ...(command.description ? ["", command.description] : []), ""]
  return page(look, [
    ["", about],
    ["Usage", [usage.join(" ")]],
    [
      "Commands",
      table(
        under.map(({ words, summary }): Row => [words.slice(command.words.length).join(" "), summary]),
        look,
      ),
    ],
    [
      "Arguments",
      table(
        positionals.map((each): Row => [placeholder(each), described(each)]),
        look,
      ),
    ],
    ["Options", table([...options.map((each): Row => [optionName(each), described(each)])], look)],
    ["Options of every command", folded(`${globalNames} (\`duck help\` explains them)`, widthOf(look) - 2)],
    ["Examples", command.examples.flatMap(({ line, says }) => [line, look.paints.dim(`  ${says}`)])],
  ])
}

const isUnder = (words: readonly string[], head: readonly string[]) => head.every((word, at) => words[at] === word)

type Row = readonly [name: string, description: string]
type Section = readonly [title: string, lines: readonly string[]]

const widthOf = ({ width }: HelpLook) => Math.min(width || 100, 110)

function page(look: HelpLook, sections: readonly Section[]): string {
  const blocks = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => {
      if (title === "") return lines.flatMap((line) => folded(line, widthOf(look))).join("\n")
      return [look.paints.bold(`${title}:`), ...lines.map((line) => (line === "" ? "" : `  ${line}`)), ""].join("\n")
    })
  return `${blocks.join("\n").trimEnd()}\n`
}

function globalRows(): Row[] {
  return (globalOptions as readonly GlobalOption[]).map(({ flag, short, value, description, choices }) => [
    `${short ? `-${short}, ` : "    "}--${flag}${value ? ` <${value}>` : ""}`,
    choices ? `${description}: ${choices.join(", ")}` : description,
  ])
}

const globalNames = (globalOptions as readonly GlobalOption[])
  .map(({ flag, value }) => `--${flag}${value ? ` <${value}>` : ""}`)
  .join(", ")

function optionName({ flag, short, type, default: preset }: ManifestArgument): string {
  const value = type === "boolean" ? "" : ` <${type === "string[]" ? "text..." : type === "string" ? "text" : type}>`
  const shown = type === "boolean" && preset === true ? flag.replace(/^--/, "--[no-]") : flag
  return `${short ? `${short}, ` : "    "}${shown}${value}`
}

function described(argument: ManifestArgument): string {
  const { description, choices, isRequired, positional } = argument
  const preset = presetOf(argument)
  const facts = [
    ...(choices ? [`one of ${choices.join(", ")}`] : []),
    ...(preset === undefined ? [] : [preset]),
    ...(isRequired && positional === undefined ? ["required"] : []),
  ]
  return facts.length > 0 ? `${description} (${facts.join("; ")})` : description
}

/** What holds where the argument is not given, as far as that is worth saying. */
function presetOf({ default: preset, flag }: ManifestArgument): string | undefined {
  if (preset === true) return `on unless ${flag.replace(/^--/, "--no-")}`
  const isNothing =
    preset === undefined || preset === false || preset === "" || (Array.isArray(preset) && !preset.length)
  return isNothing ? undefined : `default ${JSON.stringify(preset)}`
}

/** Two columns, the second folded to the width; a name too long for its column gets a line of its own. */
function table(rows: readonly Row[], look: HelpLook): string[] {
  if (rows.length === 0) return []
  const nameWidth = Math.min(32, Math.max(...rows.map(([name]) => name.length)))
  const room = Math.max(24, widthOf(look) - nameWidth - 4)
  return rows.flatMap(([name, description]) => {
    const [first = "", ...more] = folded(description, room)
    const indent = " ".repeat(nameWidth + 2)
    const head = look.paints.cyan(name)
    const padding = " ".repeat(Math.max(0, nameWidth - name.length))
    const start = name.length > nameWidth ? [head, `${indent}${first}`] : [`${head}${padding}  ${first}`]
    return [...start, ...more.map((line) => `${indent}${line}`)]
  })
}

/** `text` in lines of at most `width` characters, broken at spaces; a longer word keeps a line of its own. */
export function folded(text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split("\n")) {
    let line = ""
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === "" ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}
