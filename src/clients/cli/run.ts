import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { asDuckError, exitCodeOf, exitCodes, InvalidInputError, UnavailableError } from "../../base/errors.ts"
import { foldersOf } from "../../base/folders.ts"
import type { Choice, CommandAnswer, LocalRequest } from "../../base/wire.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import { type Asking, askServer } from "./ask-server.ts"
import type { Address } from "./call.ts"
import { runClientCommand } from "./client-commands.ts"
import { type CommandLine, parseCommandLine } from "./command-line.ts"
import { completionsFor, completionText } from "./completion.ts"
import { noServer } from "./connection.ts"
import { failureText } from "./failure.ts"
import { commandHelp, groupHelp, type HelpLook, overviewHelp } from "./help.ts"
import type { Host } from "./host.ts"
import { paints, terminalOf } from "./terminal.ts"

/** Runs one command line to its end and gives the exit code. Writes whatever there is to say, errors included. */
export async function runCommandLine(argv: readonly string[], host: Host): Promise<number> {
  // Before anything is understood, errors still follow what was plainly asked for.
  let isJson = argv.includes("--json")
  let isDebug = argv.includes("--debug")
  try {
    const manifest = readManifest(host.programs.manifest)
    if (argv[0] === "__complete") {
      host.stdout.write(completionText(completionsFor(argv.slice(1), manifest)))
      return exitCodes.done
    }
    const line = parseCommandLine(spelledOut(argv), manifest)
    isJson = line.globals.json
    isDebug = line.globals.debug
    return await runParsed(line, manifest, host)
  } catch (thrown) {
    const error = asDuckError(thrown)
    if (isJson) host.stdout.write(`${JSON.stringify({ error: error.toJSON() }, null, 2)}\n`)
    // Who pressed Ctrl-C knows it.
    else if (error.code !== "CANCELLED" || !host.signal.aborted) {
      const { stderr, env } = host
      const { hasErrorColor } = terminalOf({ ...host, stdout: stderr, env, color: colorAsked(argv) })
      stderr.write(failureText(error, { hasColor: hasErrorColor, isDebug }))
    }
    if (isDebug && isJson) host.stderr.write(`${error.stack}\n`)
    return exitCodeOf(error)
  }
}

async function runParsed(line: CommandLine, manifest: Manifest, host: Host): Promise<number> {
  const { globals, command, words, input } = line
  const env = globals.data === undefined ? host.env : { ...host.env, DUCK_HOME: resolve(host.cwd(), globals.data) }
  const terminal = terminalOf({ ...host, env, color: globals.color })
  if (globals.version) {
    host.stdout.write(`${manifest.version}\n`)
    return exitCodes.done
  }
  const look: HelpLook = { paints: paints(terminal.color !== "0"), width: terminal.width }
  if (!command) {
    host.stdout.write(words.length > 0 ? groupHelp(words, manifest, look) : overviewHelp(manifest, look))
    return exitCodes.done
  }
  if (globals.help) {
    host.stdout.write(commandHelp(command, manifest, look))
    return exitCodes.done
  }
  const asking = (): Asking => ({
    manifest,
    host,
    env,
    terminal,
    rendering: {
      format: globals.format ?? "text",
      color: terminal.color,
      ...(terminal.width > 0 ? { width: terminal.width } : {}),
    },
    project: projectFolder(globals.project, host),
    remote: remoteOf(globals.server ?? env.DUCK_SERVER, env),
  })
  if (command.runsIn === "client") {
    const around = { manifest, host, env, look, isJson: globals.json, isDebug: globals.debug, asking }
    return runClientCommand(command, input, around)
  }
  if (command.runsIn === "process") {
    const { rendering, project } = asking()
    const request: LocalRequest = { name: command.name, input, project, rendering, isDebug: globals.debug }
    return host.become(host.programs.local, [JSON.stringify(request)], env)
  }
  const { answer, isWritten } = await askServer(line, command, asking())
  if (answer === noServer) return sayNoServer(command, globals.json, host, foldersOf(env).data)
  if (!isWritten) write(answer, line, host)
  const isPersonThere = terminal.isLookedAt && host.stdin.isTTY && !globals.json && !globals.quiet
  const chosen =
    answer.choice && isPersonThere ? await choice(answer.choice, line, command, { asking, host }) : undefined
  return chosen ?? answer.exitCode
}

const write = ({ output, rendered = "" }: CommandAnswer, { globals }: CommandLine, host: Host) =>
  host.stdout.write(globals.json ? `${JSON.stringify(output, null, 2)}\n` : rendered)

/** Asks what the answer leaves open, and runs a command with what was chosen; gives how that ended. */
async function choice(
  open: Choice,
  line: CommandLine,
  command: ManifestCommand,
  { asking, host }: { readonly host: Host; asking(): Asking },
): Promise<number | undefined> {
  const { chooseOne, chooseSome } = await import("./choose.ts")
  const again = async (next: ManifestCommand, input: Readonly<Record<string, unknown>>) => {
    const { answer } = await askServer({ ...line, command: next, input }, next, asking())
    if (answer === noServer) return undefined
    write(answer, line, host)
    return answer.exitCode
  }
  if ("options" in open) {
    const chosen = await chooseOne(open, host)
    return chosen && again(command, { ...line.input, ...chosen })
  }
  const next = asking().manifest.commands.find(({ name }) => name === open.command)
  const taken = next ? await chooseSome(open, host) : []
  return next && taken.length > 0 ? again(next, { ...open.input, [open.field]: taken.join(",") }) : undefined
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Manifest
  } catch (cause) {
    throw new UnavailableError({
      code: "NOT_BUILT",
      message: `The list of commands (${path}) can't be read.`,
      hint: "Run `npm run build` (or `npm ci`) again.",
      cause,
    })
  }
}

function projectFolder(named: string | undefined, host: Host): string {
  if (named === undefined) return host.cwd()
  const path = resolve(host.cwd(), named)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return path
  throw new InvalidInputError({
    code: "NO_FOLDER",
    message: stat ? `${path} is no folder.` : `There is no folder ${path}.`,
    hint: "--project takes the folder to work in.",
  })
}

function remoteOf(server: string | undefined, env: NodeJS.ProcessEnv): Address | undefined {
  if (!server) return undefined
  const url = URL.parse(server)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInputError({
      message: `"${server}" is no address of a server.`,
      hint: "For example: --server https://duck.example.com",
    })
  }
  if (!env.DUCK_TOKEN) {
    throw new InvalidInputError({
      code: "NO_TOKEN",
      message: `The server ${url.host} wants a token, and DUCK_TOKEN is not set.`,
      hint: "Set DUCK_TOKEN to the token you were given.",
    })
  }
  return { url: url.href, token: env.DUCK_TOKEN }
}

/** `duck stop`, `status`, `health` where no server runs: said, not started. */
function sayNoServer(command: ManifestCommand, isJson: boolean, host: Host, data: string): number {
  const message = `No server is running for ${data}.`
  host.stdout.write(isJson ? `${JSON.stringify({ isRunning: false, message }, null, 2)}\n` : `${message}\n`)
  if (command.name === "stop") return exitCodes.done
  return command.name === "health" ? exitCodes.unavailable : exitCodes.findings
}

/** What users of other assistants type: `duck -p "<task>"`, `duck -c`, `duck -r <id>`, `duck repl`. */
function spelledOut(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv
  if (first === "-p" || first === "--print") return ["run", ...rest]
  if (first === "-c" || first === "--continue") {
    const print = rest.findIndex((word) => word === "-p" || word === "--print")
    return print < 0 ? ["chat", "--continue", ...rest] : ["run", "--continue", ...rest.toSpliced(print, 1)]
  }
  if (first === "repl") return ["chat", ...rest]
  if (first === "-r" || first === "--resume") return ["session", "resume", ...rest]
  return argv
}

const colorAsked = (argv: readonly string[]) =>
  argv.includes("--no-color") ? false : argv.includes("--color") ? true : undefined
