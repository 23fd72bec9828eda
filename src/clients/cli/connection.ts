import { systemClock } from "../../base/clock.ts"
import { DuckError } from "../../base/errors.ts"
import type { CommandAnswer, ServerFile } from "../../base/wire.ts"
import type { ManifestCommand } from "../../commands/manifest.ts"
import { type Address, type Call, callCommand, ServerGoneError } from "./call.ts"
import { findServer, isAlive } from "./server-file.ts"
import { type StartOptions, startServer } from "./start-server.ts"

export type Request = Omit<Call, "address" | "command">

export interface ConnectionOptions extends Omit<StartOptions, "notInstance" | "signal"> {
  /** A server somewhere else: used as it is, never started or stopped. */
  readonly remote?: Address | undefined
  onDebug?(message: string): void
}

/** `startsServer` is false and no server runs: an answer, not a failure. */
export const noServer = Symbol("no server")

/** Commands that a server of any version answers. */
const anyVersion = new Set(["stop", "status", "health"])
const mostAttempts = 3

/**
 * Runs a command on the server of the data folder, starting one where there is none (or only traces of a dead one).
 * When the server goes away in between, it is tried again on the next one; a command that may have changed something
 * is only repeated if the server can't have begun it.
 */
export async function runOnServer(
  command: ManifestCommand,
  request: Request,
  options: ConnectionOptions,
): Promise<CommandAnswer | typeof noServer> {
  const { remote, onDebug = () => {} } = options
  const call = (address: Address) => callCommand({ ...request, address, command: command.name })
  if (remote) return call(remote)

  let deadInstance: string | undefined
  for (let attempt = 1; ; attempt++) {
    let server = findServer(options.folders.data)
    if (server?.instance === deadInstance) server = undefined
    if (!server && !command.startsServer) return noServer
    if (server && server.version !== request.clientVersion && !anyVersion.has(command.name)) {
      onDebug(`the server is version ${server.version}, this is ${request.clientVersion}: asking it to stop`)
      await stopOther(server, request)
      deadInstance = server.instance
      server = undefined
    }
    if (!server) {
      onDebug("starting a server")
      server = await startServer({ ...options, signal: request.signal, notInstance: deadInstance })
    }
    onDebug(`using server ${server.pid} on port ${server.port}`)
    try {
      const answer = await call(addressOf(server))
      if (command.name === "stop" && isStopping(answer)) await untilGone(server, request.signal, options)
      return answer
    } catch (error) {
      if (!(error instanceof ServerGoneError)) throw error
      const mayRepeat = !error.wasReached || command.permission === "read"
      if (attempt === mostAttempts || !mayRepeat) throw error
      onDebug(error.message)
      deadInstance = server.instance
    }
  }
}

/** Where the server of the data folder is; one is started where there is none. */
export async function serverAddress(options: ConnectionOptions, signal: AbortSignal): Promise<Address> {
  if (options.remote) return options.remote
  return addressOf(findServer(options.folders.data) ?? (await startServer({ ...options, signal })))
}

/** Asks a server of another version to leave if it has nothing to do. One that is gone already has left. */
async function stopOther(server: ServerFile, request: Request): Promise<void> {
  const { signal, project, clientVersion } = request
  const rendering = { format: "json" } as const
  const stop = { address: addressOf(server), command: "stop", input: { ifIdle: true }, patienceMs: 15_000 }
  try {
    await callCommand({ ...stop, signal, project, rendering, clientVersion })
  } catch (error) {
    if (error instanceof ServerGoneError) return
    if (!(error instanceof DuckError) || error.code !== "SERVER_BUSY") throw error
    throw new DuckError({
      code: "SERVER_BUSY",
      message: `A server of version ${server.version} is at work (process ${server.pid}), and this is ${clientVersion}.`,
      hint: "Try again when it is done, or end it with `duck stop`.",
      status: 503,
      cause: error,
    })
  }
}

function isStopping({ output }: CommandAnswer): boolean {
  return typeof output === "object" && output !== null && "isStopping" in output && output.isStopping === true
}

const mostGoneMs = 15_000

/** A person who has stopped the server may next remove its folder: wait until its process has left. */
async function untilGone({ pid }: ServerFile, signal: AbortSignal, { clock = systemClock }: ConnectionOptions) {
  const untilMs = clock.now() + mostGoneMs
  while (isAlive(pid) && clock.now() < untilMs) await clock.sleep(10, signal)
}

const addressOf = ({ port, token }: ServerFile): Address => ({ url: `http://127.0.0.1:${port}/`, token })
