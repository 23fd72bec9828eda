import { InvalidInputError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import { parseCommandLine } from "../cli/command-line.ts"

/** What a line that begins with a slash asks for: something of the terminal's own, or a command of the registry. */
export type Slash =
  | { readonly kind: "own"; readonly name: OwnName; readonly rest: string }
  | { readonly kind: "command"; readonly command: ManifestCommand; readonly input: Readonly<Record<string, unknown>> }

/** What only this terminal can do. */
const ownCommands = {
  help: "what can be typed",
  new: "begin another conversation",
  clear: "begin another on an empty screen",
  resume: "go on with another: /resume <id>, without it the one before",
  mode: "what it may do: /mode plan, ask, accept-edits or auto (Shift+Tab goes round)",
  model: "the model it asks: /model provider/name",
  exit: "leave; the conversation is kept",
} as const
type OwnName = keyof typeof ownCommands
const ownAliases: Readonly<Record<string, OwnName>> = {
  quit: "exit",
  q: "exit",
  switch: "resume",
  "?": "help",
  h: "help",
}

/** Short names for commands of the registry, where it has them. */
const shortNames: Readonly<Record<string, readonly string[]>> = {
  recent: ["session", "list"],
  history: ["session", "show"],
  cost: ["session", "info"],
  context: ["session", "info"],
  ledger: ["session", "info"],
  undo: ["checkpoint", "undo"],
  redo: ["checkpoint", "redo"],
  diff: ["checkpoint", "diff"],
}
const isUsable = ({ runsIn, tells }: ManifestCommand) => runsIn === "server" && tells === undefined

/** Names to complete a slash with, and what they do. */
export function slashNames({ commands }: Manifest): ReadonlyMap<string, string> {
  const usable = commands.filter(isUsable)
  const named = (words: readonly string[]) => usable.find(({ name }) => name === words.join("."))
  const names = new Map<string, string>(Object.entries(ownCommands))
  for (const [name, words] of Object.entries(shortNames)) {
    const command = named(words)
    if (command) names.set(name, command.summary)
  }
  for (const { words, summary } of usable) {
    const [group = "", verb] = words
    if (verb === undefined) names.set(group, summary)
    else {
      if (group === "session" && !names.has(verb)) names.set(verb, summary)
      if (!names.has(group)) names.set(group, `${group} ...`)
    }
  }
  return names
}

/** Reads `/name arguments`. Throws InvalidInputError, with a suggestion for a name that is mistyped. */
export function readSlash(line: string, manifest: Manifest, session: string): Slash {
  const [, word = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? []
  const own = ownAliases[word] ?? (Object.hasOwn(ownCommands, word) ? (word as OwnName) : undefined)
  if (own) return { kind: "own", name: own, rest: rest.trim() }
  const usable = manifest.commands.filter(isUsable)
  const has = (words: readonly string[]) => usable.some(({ words: w }) => words.every((one, at) => w[at] === one))
  const short = shortNames[word] ?? (has([word]) ? undefined : ["session", word])
  const words = short ?? [word]
  if (!has(words)) {
    throw new InvalidInputError({
      message: `There is no /${word}.`,
      hint: didYouMean(word, [...slashNames(manifest).keys()], (name) => `/${name}`) ?? "/help lists what there is.",
    })
  }
  // A short name is about this conversation.
  const commands = short ? usable.map((command) => aboutThis(command, words)) : usable
  const { command, input } = parseCommandLine([...words, ...splitWords(rest)], { ...manifest, commands })
  if (!command)
    throw new InvalidInputError({
      message: `/${word} needs to know what.`,
      hint: `duck help ${word} lists its commands.`,
    })
  const takesSession = usable.some(({ name, arguments: all }) => name === command.name && all.some(isSession))
  return { kind: "command", command, input: short && takesSession ? { ...input, session } : input }
}

const isSession = ({ name }: { readonly name: string }) => name === "session"

/** The command without its argument `session`. */
function aboutThis(command: ManifestCommand, words: readonly string[]): ManifestCommand {
  if (command.name !== words.join(".") || !command.arguments.some(isSession)) return command
  const place = command.arguments.find(isSession)?.positional
  const rest = command.arguments.filter((one) => !isSession(one))
  return {
    ...command,
    arguments: rest.map((one) =>
      one.positional !== undefined && place !== undefined && one.positional > place
        ? { ...one, positional: one.positional - 1 }
        : one,
    ),
  }
}

/** Words as a shell tells them apart, with quotes and backslashes. */
function splitWords(text: string): string[] {
  return Array.from(text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'])+|["']/g), ([word]) =>
    word.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_all, double, single, escaped) =>
      double !== undefined ? double.replaceAll(/\\(["\\])/g, "$1") : (single ?? escaped),
    ),
  )
}
