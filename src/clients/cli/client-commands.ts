import { exitCodes, NotFoundError } from "../../base/errors.ts"
import { foldersOf } from "../../base/folders.ts"
import { lowMemory } from "../../base/low-memory.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import type { Asking } from "./ask-server.ts"
import { addressFor, chat } from "./chat.ts"
import { namesIn } from "./command-line.ts"
import { completionScripts, shells } from "./completion-scripts.ts"
import { commandHelp, groupHelp, type HelpLook, overviewHelp } from "./help.ts"
import type { Host } from "./host.ts"
import { UsageError } from "./usage-error.ts"

export interface ClientCommandContext {
  readonly manifest: Manifest
  readonly host: Host
  readonly env: NodeJS.ProcessEnv
  readonly look: HelpLook
  readonly isJson: boolean
  readonly isDebug: boolean
  /** For those that speak to the server. */
  asking(): Asking
}

type ClientCommand = (
  input: Readonly<Record<string, unknown>>,
  context: ClientCommandContext,
) => number | Promise<number>

/** The commands that the registry marks as the client's own. */
const clientCommands: Readonly<Record<string, ClientCommand>> = {
  help,
  version,
  completion,
  serve,
  chat: (input, { asking }) => chat(input, asking()),
  console: consoleOf,
  "session.resume": (input, { asking }) => chat({ ...input, last: true }, asking()),
}

export function runClientCommand(
  command: ManifestCommand,
  input: Readonly<Record<string, unknown>>,
  context: ClientCommandContext,
): number | Promise<number> {
  const run = clientCommands[command.name]
  if (!run) throw new NotFoundError({ message: `This client has no command \`${command.name}\`.` })
  return run(input, context)
}

function help(
  input: Readonly<Record<string, unknown>>,
  { manifest, host, look, isJson }: ClientCommandContext,
): number {
  const words = wordsOf(input)
  const under = manifest.commands.filter((command) => words.every((word, i) => command.words[i] === word))
  if (under.length === 0) {
    throw new UsageError(
      `There is no command \`duck ${words.join(" ")}\`.`,
      didYouMean(words.join("."), namesIn(manifest), (name) => `duck help ${name.replaceAll(".", " ")}`) ??
        "`duck help` lists the commands.",
    )
  }
  const exact = under.find((command) => command.words.length === words.length)
  const text = () => {
    if (words.length === 0) return overviewHelp(manifest, look)
    return exact ? commandHelp(exact, manifest, look) : groupHelp(words, manifest, look)
  }
  host.stdout.write(isJson ? `${JSON.stringify({ commands: exact ? [exact] : under }, null, 2)}\n` : text())
  return exitCodes.done
}

/** `duck help index status` and `duck help index.status` mean the same. */
function wordsOf(input: Readonly<Record<string, unknown>>): string[] {
  const given = Object.values(input)
    .flat()
    .filter((value) => typeof value === "string")
  return given.flatMap((value) => value.split(/[\s.]+/)).filter(Boolean)
}

function version(_input: unknown, { manifest, host, isJson }: ClientCommandContext): number {
  const facts = {
    version: manifest.version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
  const text = `rubberduck ${facts.version} (Node ${facts.node}, ${facts.platform})\n`
  host.stdout.write(isJson ? `${JSON.stringify(facts, null, 2)}\n` : text)
  return exitCodes.done
}

function completion(input: Readonly<Record<string, unknown>>, { host }: ClientCommandContext): number {
  const shell = shells.find((each) => Object.values(input).includes(each))
  if (!shell)
    throw new UsageError("`duck completion` needs a shell: bash, zsh or fish.", "For example: duck completion bash")
  host.stdout.write(completionScripts[shell])
  return exitCodes.done
}

async function consoleOf(input: Readonly<Record<string, unknown>>, { asking, look, isJson }: ClientCommandContext) {
  const around = asking()
  const { host, manifest, project, env, terminal, rendering } = around
  const { runConsole } = await import("../console/console.ts")
  return runConsole(typeof input.expression === "string" ? input.expression : undefined, {
    manifest,
    project,
    stateFolder: foldersOf(env).state,
    input: process.stdin,
    output: process.stdout,
    errors: host.stderr,
    hasColor: terminal.color !== "0",
    isJson,
    look,
    rendering,
    address: () => addressFor(around),
    signal: host.signal,
  })
}

/** A server in the foreground, in place of this process: signals and the terminal are its own. */
function serve(
  input: Readonly<Record<string, unknown>>,
  { manifest, host, env, isDebug }: ClientCommandContext,
): Promise<number> {
  const serving = manifest.commands.find(({ name }) => name === "serve")
  const args = (serving?.arguments ?? []).flatMap(({ name, flag, type }) => {
    const value = input[name]
    if (value === undefined) return []
    if (type !== "boolean") return [flag, String(value)]
    return value === true ? [flag] : [flag.replace(/^--/, "--no-")]
  })
  return host.become(host.programs.server, ["--foreground", ...(isDebug ? ["--debug"] : []), ...args], {
    ...lowMemory,
    ...env,
  })
}
