import { InvalidInputError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import { parseCommandLine } from "../cli/command-line.ts"

/** What a line that begins with a slash asks for: the terminal's own, a command of the registry, or one of the user's. */
export type Slash =
  | { readonly kind: "own"; readonly name: OwnName; readonly rest: string }
  | { readonly kind: "command"; readonly command: ManifestCommand; readonly input: Readonly<Record<string, unknown>> }
  /** No other: `skills.expand` knows it, or nobody does. */
  | { readonly kind: "unknown"; readonly name: string; readonly rest: string }

/** What only this terminal can do. */
const ownCommands = {
  help: "what can be typed",
  new: "begin another conversation",
  clear: "begin another on an empty screen",
  resume: "go on with another: /resume <id>, without it the one before",
  rewind: "go back to before one of your messages: the conversation, files, or both (Esc Esc)",
  save: "write the conversation to a file: /save talk.md to read, talk.json to import again",
  mode: "what it may do: /mode plan, ask, accept-edits or auto (Shift+Tab goes round)",
  model: "the model it asks: /model provider/name",
  exit: "leave; the conversation is kept",
} as const
export const modes: readonly string[] = ["ask", "accept-edits", "auto", "plan"]
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
  context: ["session", "context"],
  ledger: ["session", "info"],
  undo: ["checkpoint", "undo"],
  redo: ["checkpoint", "redo"],
  diff: ["checkpoint", "diff"],
  fork: ["session", "branch"],
}
const isUsable = ({ runsIn, tells }: ManifestCommand) => runsIn === "server" && tells !== "conversation"

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
  const { words, commands } = meaning(word, manifest)
  if (words === undefined) return { kind: "unknown", name: word, rest: rest.trim() }
  const isGroup = !commands.some((one) => one.name === words.join("."))
  const listed = isGroup && rest.trim() === "" && commands.some((one) => one.name === [...words, "list"].join("."))
  const whole = [...words, ...(listed ? ["list"] : []), ...splitWords(rest)]
  const { command, input } = parseCommandLine(whole, { ...manifest, commands })
  if (!command)
    throw new InvalidInputError({
      message: `/${word} needs to know what.`,
      hint: `duck help ${word} lists its commands.`,
    })
  const original = manifest.commands.find(({ name }) => name === command.name)
  const isAboutThis = original !== command || command.arguments.some(belongsTo)
  return { kind: "command", command, input: isAboutThis ? { session, ...input } : input }
}

/** What to say of a name that nobody knows. `more`: the user's own. */
export const noSuchSlash = (word: string, manifest: Manifest, more: Iterable<string>): InvalidInputError =>
  new InvalidInputError({
    message: `There is no /${word}.`,
    hint:
      didYouMean(word, [...slashNames(manifest).keys(), ...more], (name) => `/${name}`) ?? "/help lists what there is.",
  })

/**
 * The words of the registry that the first word after a slash stands for, and the commands to read what follows with: a
 * short name is about the conversation one is in, and a group alone lists what is in it.
 */
export function meaning(
  word: string,
  manifest: Manifest,
): { readonly words: readonly string[] | undefined; readonly commands: readonly ManifestCommand[] } {
  const usable = manifest.commands.filter(isUsable)
  const has = (words: readonly string[]) => usable.some(({ words: w }) => words.every((one, at) => w[at] === one))
  const short = shortNames[word] ?? (has([word]) ? undefined : ["session", word])
  const words = short ?? [word]
  if (word === "" || !has(words)) return { words: undefined, commands: usable }
  return { words, commands: short ? usable.map((command) => aboutThis(command, words)) : usable }
}

const isSession = ({ name }: { readonly name: string }) => name === "session"

/** An engine takes what was said in a conversation as context. Whoever wants another one names it: `--session`. */
const belongsTo = (argument: ManifestCommand["arguments"][number]) =>
  isSession(argument) && argument.positional === undefined && !argument.isRequired

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
