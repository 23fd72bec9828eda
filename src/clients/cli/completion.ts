import type { Manifest, ManifestArgument } from "../../commands/manifest.ts"
import { type GlobalOption, globalOptions } from "./global-options.ts"

export interface Candidate {
  readonly word: string
  readonly says: string
}

/** What may stand at the cursor. `files`: the shell should offer paths as well. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  readonly files: boolean
}

/**
 * Candidates for the last of `words` (what stands after `duck`, up to the cursor; the last is the one begun, maybe "").
 * From the manifest alone, so that a press of Tab needs no server.
 */
export function completionsFor(words: readonly string[], manifest: Manifest): Completion {
  const current = words.at(-1) ?? ""
  const before = words.slice(0, -1)
  const path: string[] = []
  let pending: Option | undefined
  let ended = false
  let positionals = 0
  const commandOf = () =>
    manifest.commands.find(({ words: w }) => w.length === path.length && path.every((p, i) => w[i] === p))
  const optionsNow = () => [...(commandOf()?.arguments ?? []).map(fromArgument), ...globals]

  for (const word of before) {
    if (pending) pending = undefined
    else if (ended) positionals++
    else if (word === "--") ended = true
    else if (word.startsWith("-")) {
      const option = optionsNow().find(({ flag, short }) => flag === word || short === word)
      if (option?.takesValue) pending = option
    } else if (nextWords([...path, word], manifest).length > 0 || isCommand([...path, word], manifest)) path.push(word)
    else positionals++
  }

  const command = commandOf()
  const keep = (all: readonly Candidate[], files = false): Completion => ({
    candidates: all.filter(({ word }) => word.startsWith(current)),
    files,
  })
  if (pending) return keep(plain(pending.choices), pending.choices.length === 0)
  const equals = current.indexOf("=")
  if (!ended && current.startsWith("--") && equals > 0) {
    const option = optionsNow().find(({ flag }) => flag === current.slice(0, equals))
    return keep(plain((option?.choices ?? []).map((choice) => `${option?.flag}=${choice}`)))
  }
  if (!ended && current.startsWith("-")) {
    const given = new Set(before)
    return keep(
      optionsNow()
        .filter(({ flag, isRepeatable }) => isRepeatable || !given.has(flag))
        .map(({ flag, says }) => ({ word: flag, says })),
    )
  }
  // `duck help ind<TAB>` completes commands: help takes the words of one.
  const under = command?.name === "help" ? before.slice(before.indexOf("help") + 1) : path
  const next = positionals === 0 || command?.name === "help" ? nextWords(under, manifest) : []
  const slot =
    command?.arguments.find(({ positional }) => positional === positionals) ?? lastList(command?.arguments ?? [])
  const files = command !== undefined && slot !== undefined && !slot.choices && slot.type !== "number" && !next.length
  return keep([...next, ...plain(slot?.choices ?? [])], files)
}

interface Option {
  readonly flag: string
  readonly short?: string
  readonly takesValue: boolean
  readonly isRepeatable: boolean
  readonly choices: readonly string[]
  readonly says: string
}

const globals: readonly Option[] = (globalOptions as readonly GlobalOption[]).map((option) => ({
  flag: `--${option.flag}`,
  ...(option.short ? { short: `-${option.short}` } : {}),
  takesValue: option.value !== undefined,
  isRepeatable: false,
  choices: option.choices ?? [],
  says: option.description,
}))

const fromArgument = ({ flag, short, type, choices, description }: ManifestArgument): Option => ({
  flag,
  ...(short ? { short } : {}),
  takesValue: type !== "boolean",
  isRepeatable: type === "string[]",
  choices: choices ?? [],
  says: description,
})

/** The words that can follow `path`, each with the summary of its command or of its group. */
function nextWords(path: readonly string[], manifest: Manifest): Candidate[] {
  const next = new Map<string, string>()
  for (const { words, summary } of manifest.commands) {
    const word = words[path.length]
    if (word === undefined || !path.every((p, i) => words[i] === p)) continue
    const isGroup = words.length > path.length + 1
    next.set(
      word,
      isGroup ? [next.get(word), words.slice(path.length + 1).join(" ")].filter(Boolean).join(", ") : summary,
    )
  }
  return [...next].map(([word, says]) => ({ word, says }))
}

const isCommand = (path: readonly string[], { commands }: Manifest) =>
  commands.some(({ words }) => words.length === path.length && path.every((p, i) => words[i] === p))

const lastList = (all: readonly ManifestArgument[]) => all.find(({ isRest, isVariadic }) => isRest || isVariadic)

const plain = (words: readonly string[]): Candidate[] => words.map((word) => ({ word, says: "" }))

/** One candidate a line, `word<TAB>what it is`; a last line `:files` asks the shell for paths too. */
export function completionText({ candidates, files }: Completion): string {
  const lines = candidates.map(({ word, says }) => (says ? `${word}\t${says.replaceAll(/\s+/g, " ")}` : word))
  return [...lines, ...(files ? [":files"] : [])].map((line) => `${line}\n`).join("")
}
