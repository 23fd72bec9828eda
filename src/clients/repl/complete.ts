import type { CommandAnswer } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import { completionsFor } from "../cli/completion.ts"
import type { OutputOf } from "../sdk/types.ts"
import { meaning, modes, slashNames } from "./slash.ts"

export interface CompleteOptions {
  readonly manifest: Manifest
  /** Names of the user's own slash commands. */
  readonly own: readonly string[]
  /** Lines that were typed, the newest first. */
  readonly history: readonly string[]
  run(name: string, input: object): Promise<CommandAnswer>
}

export type Completed = readonly [hits: string[], replaced: string]

/** Most that is offered where nothing is typed yet. */
const mostUnasked = 8
const mostRecent = 100

/**
 * What Tab offers: what is likely now on an empty line; names after a slash, the likeliest first, then their options and
 * arguments; files after `@` and in a program's line; else files and names of the project.
 */
export async function complete(line: string, options: CompleteOptions): Promise<Completed> {
  if (line.trim() === "") {
    const likely = await suggested("", options)
    // What speaks for itself; names alone would be a list of all there is.
    const meant = likely.some(({ why }) => why !== "") ? likely.filter(({ why }) => why !== "") : likely
    return [meant.slice(0, mostUnasked).map((one) => `/${one.line} `), line]
  }
  const slash = /^\/(\S*)$/.exec(line)
  if (slash) return [(await namesFor(slash[1] ?? "", options)).map((name) => `/${name} `), line]
  const [, word = ""] = /(?:^|\s)(\S*)$/.exec(line) ?? []
  if (line.startsWith("/")) return argumentFor(line, word, options)
  if (line.startsWith("!")) return [await filesFor(word, options), word]
  const at = word.startsWith("@") ? "@" : ""
  const text = word.slice(at.length)
  if (at === "" && text === "") return [[], line]
  const { files, symbols } = await suggestion({ text }, options)
  const named = [...files, ...new Set(symbols.map(({ name }) => name))]
  return [begun(named, text).map((name) => at + name), word]
}

/** Only what goes on with what is typed can take its place without a surprise. */
function begun(all: readonly string[], text: string): readonly string[] {
  const same = all.filter((one) => one.startsWith(text))
  return same.length > 0 ? same : all
}

async function namesFor(text: string, options: CompleteOptions): Promise<string[]> {
  const names = [...new Set([...slashNames(options.manifest).keys(), ...options.own])].filter((one) =>
    one.startsWith(text),
  )
  if (names.length < 2) return names
  const likely = await suggested(`/${text}`, options)
  const placeOf = (name: string) => {
    const at = likely.findIndex(
      ({ line }) => line === name || line.startsWith(`${name} `) || line === `session ${name}`,
    )
    return at < 0 ? likely.length : at
  }
  return names.sort((a, b) => placeOf(a) - placeOf(b))
}

async function argumentFor(line: string, word: string, options: CompleteOptions): Promise<Completed> {
  const { manifest } = options
  const [first = "", ...rest] = line.slice(1).split(/\s+/)
  if (first === "mode") return [modes.filter((mode) => mode.startsWith(word)), word]
  if (first === "resume" || first === "switch") return [await sessionsFor(word, options), word]
  const { words, commands } = meaning(first, manifest)
  if (words === undefined) return [await filesFor(word, options), word]
  const { candidates, files } = completionsFor([...words, ...rest], { ...manifest, commands })
  // What every `duck` command takes means nothing in here.
  const own = candidates.map((one) => one.word).filter((one) => !one.startsWith("--") || isOption(one, words, options))
  return [own.length > 0 || !files ? own : await filesFor(word, options), word]
}

const isOption = (flag: string, words: readonly string[], { manifest }: CompleteOptions) =>
  manifest.commands.some(
    (command) =>
      words.every((word, at) => command.words[at] === word) &&
      command.arguments.some((one) => one.flag === flag.split("=")[0]),
  )

async function filesFor(text: string, options: CompleteOptions): Promise<string[]> {
  const at = text.startsWith("@") ? "@" : ""
  const { files } = await suggestion({ text: text.slice(at.length) }, options)
  return begun(files, text.slice(at.length)).map((file) => at + file)
}

async function sessionsFor(text: string, { run }: CompleteOptions): Promise<string[]> {
  const { sessions } = (await run("session.list", { limit: 20 })).output as OutputOf<"session.list">
  return sessions.map(({ id }) => id).filter((id) => id.startsWith(text.toUpperCase()))
}

const suggestion = async (input: object, { run }: CompleteOptions) =>
  (await run("suggest", input)).output as OutputOf<"suggest">

const suggested = async (text: string, options: CompleteOptions) => {
  const recent = options.history.slice(0, mostRecent).map((line) => line.slice(0, 200))
  return (await suggestion({ text, recent, limit: 100 }, options)).commands
}
