import { systemClock } from "../../base/clock.ts"
import { foldersOf } from "../../base/folders.ts"
import type { CommandAnswer, Rendering } from "../../base/wire.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import { type Address, ServerGoneError } from "./call.ts"
import type { CommandLine } from "./command-line.ts"
import { type ConnectionOptions, noServer, type Request, runOnServer } from "./connection.ts"
import type { Host } from "./host.ts"
import type { LiveText } from "./live-text.ts"
import { pipedText } from "./piped.ts"
import { type ProgressView, progressView } from "./progress.ts"
import type { Terminal } from "./terminal.ts"
import type { Told } from "./told.ts"

export interface Asking {
  readonly manifest: Manifest
  readonly host: Host
  readonly env: NodeJS.ProcessEnv
  readonly terminal: Terminal
  readonly rendering: Rendering
  readonly project: string
  readonly remote: Address | undefined
}

export interface Asked {
  readonly answer: CommandAnswer | typeof noServer
  /** All that there is to show was shown while it ran. */
  readonly isWritten: boolean
}

/** Runs a command on the server and shows its progress, and what it tells, meanwhile. */
export async function askServer(line: CommandLine, command: ManifestCommand, asking: Asking): Promise<Asked> {
  const { globals } = line
  const { manifest, host, env, terminal, rendering, project, remote } = asking
  const { stderr } = host
  const view = progressView(terminal.canDraw && !globals.quiet, {
    write: (text) => stderr.write(text),
    columns: () => stderr.columns ?? 80,
  })
  host.onLeave(() => view.clear())
  const startedAt = performance.now()
  const onDebug = (message: string) => {
    if (!globals.debug) return
    view.clear()
    stderr.write(`debug: [${Math.round(performance.now() - startedAt)} ms] ${message}\n`)
  }
  const timeoutMs = globals.timeoutMs ?? (command.timeoutMs > 0 ? command.timeoutMs : undefined)
  const input = await withPiped(line.input, command, host)
  const shown = await toldOf(input, command, { globals, host, terminal, view })
  const live = await liveOf(command, { globals, host, terminal })
  host.onLeave(() => live?.clear())
  const lines = linesOf(command, { globals, host, view })
  const onItem = shown
    ? (item: unknown) => shown.take(item)
    : (lines?.take ?? (live && ((item: unknown) => pushed(live, view, item))))
  const request: Request = {
    input,
    project,
    rendering,
    clientVersion: manifest.version,
    timeoutMs: globals.timeoutMs,
    // The server keeps the time; this is for one that has stopped keeping anything.
    patienceMs: timeoutMs === undefined ? undefined : timeoutMs + 5000,
    signal: host.signal,
    onProgress: (progress) => live?.isShown || view.show(progress),
    ...(onItem ? { onItem } : {}),
  }
  const connection: ConnectionOptions = {
    remote,
    folders: foldersOf(env),
    program: host.programs.server,
    env,
    onDebug,
    onWait: () => view.show({ phase: "start", message: "Starting the RubberDuck server" }),
  }
  try {
    const answer = await (shown
      ? untilTold(command, request, connection, shown)
      : runOnServer(command, request, connection))
    const isWritten = answer !== noServer && (shown?.end(answer) ?? lines?.wereTold() ?? false)
    return { answer, isWritten }
  } catch (error) {
    shown?.cut()
    throw error
  } finally {
    view.clear()
    live?.clear()
  }
}

const mayHaveBegun =
  "It may have begun, and then goes on with the next start of the server: `duck session list` shows it."

/** How often it is gone on with when nothing was told in between. */
const mostSilent = 8
const silentPauseMs = 150

/**
 * What goes on in a conversation outlives the server: where it goes away in the middle, the next one goes on with it and
 * tells the rest.
 */
async function untilTold(command: ManifestCommand, request: Request, connection: ConnectionOptions, shown: Told) {
  let input = request.input
  for (let silent = 0; ; silent++) {
    const before = shown.taken
    try {
      return await runOnServer(command, { ...request, input }, connection)
    } catch (error) {
      const { session } = shown
      if (!(error instanceof ServerGoneError) || request.signal.aborted) throw error
      if (session === undefined) {
        const { message, wasReached } = error
        throw wasReached ? new ServerGoneError(message, { wasReached, cause: error, hint: mayHaveBegun }) : error
      }
      if (shown.taken > before) silent = 0
      if (silent >= mostSilent || connection.remote) throw error
      connection.onDebug?.(error.message)
      shown.again()
      // One that is dying still takes connections for a moment.
      if (silent > 0) await systemClock.sleep(silentPauseMs * silent, request.signal)
      input = { session }
    }
  }
}

async function toldOf(
  input: Readonly<Record<string, unknown>>,
  command: ManifestCommand,
  {
    globals,
    ...around
  }: Pick<Asking, "host" | "terminal"> & {
    readonly globals: CommandLine["globals"]
    readonly view: ProgressView
  },
): Promise<Told | undefined> {
  if (command.tells !== "conversation") return undefined
  const wanted = globals.json ? "json" : input.outputFormat
  const format = wanted === "json" || wanted === "stream-json" ? wanted : "text"
  const { told } = await import("./told.ts")
  return told({ ...around, format, isQuiet: globals.quiet })
}

/** Lines are printed as they come, for people and programs alike; with `--json` each item is a line of JSON. */
function linesOf(
  { tells }: ManifestCommand,
  {
    globals,
    host,
    view,
  }: Pick<Asking, "host"> & { readonly globals: CommandLine["globals"]; readonly view: ProgressView },
) {
  if (tells !== "lines") return undefined
  let told = 0
  return {
    take(item: unknown) {
      told += 1
      view.clear()
      host.stdout.write(globals.json ? `${JSON.stringify(item)}\n` : textOf(item))
    },
    wereTold: () => told > 0,
  }
}

/** The shape is the server's promise, as that of an answer is. */
const textOf = (item: unknown): string => (item as { readonly text: string }).text

/** For a person who waits for a text that is being written. */
async function liveOf(
  { tells }: ManifestCommand,
  { globals, host, terminal }: Pick<Asking, "host" | "terminal"> & { readonly globals: CommandLine["globals"] },
): Promise<LiveText | undefined> {
  if (tells !== "text" || globals.json || globals.quiet || !terminal.canDraw) return undefined
  const { stderr } = host
  const { liveText } = await import("./live-text.ts")
  return liveText({
    write: (text) => stderr.write(text),
    columns: () => stderr.columns ?? 80,
    rows: () => stderr.rows ?? 24,
  })
}

function pushed(live: LiveText, view: ProgressView, item: unknown): void {
  if (!live.isShown) view.clear()
  live.push(textOf(item))
}

/** The input with what is piped in, for a command that takes it. */
async function withPiped(
  input: Readonly<Record<string, unknown>>,
  { stdin }: ManifestCommand,
  host: Host,
): Promise<Readonly<Record<string, unknown>>> {
  if (stdin === undefined || input[stdin] !== undefined) return input
  const text = await pipedText(host.stdin, { mayBeNone: Object.keys(input).length > 0 })
  return text.trim() === "" ? input : { ...input, [stdin]: text }
}
