import type { CommandAnswer, Rendering } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import { commandHelp } from "../cli/help.ts"
import { paints } from "../cli/terminal.ts"
import type { OutputOf } from "../sdk/types.ts"
import { helpText } from "./help-text.ts"
import type { Ink } from "./ink.ts"
import { fileNameFor, formOf, saveNew } from "./save.ts"
import { modes, noSuchSlash, readSlash, type Slash } from "./slash.ts"
import type { Talk } from "./talk.ts"

export interface SlashOptions {
  readonly manifest: Manifest
  /** The folder that the person stands in: `/save` writes there. */
  readonly project: string
  readonly hasColor: boolean
  readonly ink: Ink
  readonly link: Pick<Talk, "run">
  rendering(): Rendering
  session(): string
  /** The conversation one was in before. */
  before(): string
  mode(): string
  print(text: string): void
  clear(): void
  quiet(text: string): void
  say(text: string): Promise<void>
  enter(session: string): void
  begin(): Promise<void>
  rewind(): Promise<void>
  setMode(mode: string): Promise<unknown>
  leave(): void
}

export interface SlashCommands {
  /** Does what a line that begins with a slash says, and shows what comes of it. */
  run(line: string): Promise<CommandAnswer | undefined>
  /** The user's own, and what they are for. */
  readonly own: ReadonlyMap<string, string>
  /** Resolves once those are known; reads them the first time. */
  ready(): Promise<void>
}

export function slashCommands(options: SlashOptions): SlashCommands {
  const { manifest, link, print, quiet } = options
  let own: ReadonlyMap<string, string> = new Map()

  const load = async () => {
    const { commands, skills } = (await link.run("skills.list", {})).output as OutputOf<"skills.list">
    own = new Map([...skills, ...commands].map(({ name, description }) => [name, description]))
  }

  const run = async (line: string): Promise<CommandAnswer | undefined> => {
    const wanted = readSlash(line, manifest, options.session())
    if (wanted.kind === "own") return ofTerminal(wanted)
    if (wanted.kind === "unknown") return ofUser(wanted)
    const { name } = wanted.command
    const answer = await link.run(name, wanted.input, options.rendering())
    print(answer.rendered ?? "")
    if (name === "session.branch") options.enter((answer.output as OutputOf<"session.branch">).id)
    return answer
  }

  /** A prompt that the user has written down under this name. */
  const ofUser = async ({ name, rest }: Extract<Slash, { kind: "unknown" }>): Promise<undefined> => {
    // It may have been written since.
    if (!own.has(name)) await load()
    if (!own.has(name)) throw noSuchSlash(name, manifest, own.keys())
    const { output } = await link.run("skills.expand", { name, words: rest })
    await options.say((output as OutputOf<"skills.expand">).text)
  }

  const save = async (named: string) => {
    const session = options.session()
    const { output: info } = await link.run("session.info", { session })
    const name = named || fileNameFor((info as OutputOf<"session.info">).session.title)
    const { output } = await link.run("session.export", { session, as: formOf(name) })
    quiet(`Saved as ${saveNew(options.project, name, (output as OutputOf<"session.export">).text)}.`)
  }

  const ofTerminal = async ({ name, rest }: Extract<Slash, { kind: "own" }>): Promise<CommandAnswer | undefined> => {
    switch (name) {
      case "help": {
        const words = rest
          .replace(/^\//, "")
          .split(/[\s.]+/)
          .filter(Boolean)
        const about = manifest.commands.find((one) => words.length > 0 && one.words.join(" ") === words.join(" "))
        const look = { paints: paints(options.hasColor), width: options.rendering().width ?? 80 }
        print(`${about ? commandHelp(about, manifest, look) : helpText(manifest, own, options.ink)}\n`)
        return undefined
      }
      case "new":
        return void (await options.begin())
      case "clear":
        options.clear()
        return void (await options.begin())
      case "resume": {
        const { output } = await link.run("session.info", { session: rest || options.before() })
        const { id, title } = (output as OutputOf<"session.info">).session
        options.enter(id)
        return void quiet(`In "${title}".`)
      }
      case "rewind":
        return void (await options.rewind())
      case "save":
        return void (await save(rest))
      case "mode":
        if (rest === "") return void quiet(`The mode is ${options.mode()}. There are: ${modes.join(", ")}.`)
        return void (await options.setMode(rest))
      case "model": {
        if (rest === "") return run("/info")
        const model = rest === "default" ? "" : rest
        return void (await link.run("session.set", { session: options.session(), model }))
      }
      case "exit":
        return void options.leave()
    }
  }
  let loading: Promise<void> | undefined
  const ready = () => {
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }
  return {
    run,
    ready,
    get own() {
      return own
    },
  }
}
