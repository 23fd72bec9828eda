import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import { type DuckError, systemCode, UnavailableError } from "../../base/errors.ts"
import type { Folders } from "../../base/folders.ts"
import { lowMemory } from "../../base/low-memory.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { ServerFile } from "../../base/wire.ts"
import { errorFrom } from "./call.ts"
import { findServer } from "./server-file.ts"

export interface StartOptions {
  readonly folders: Folders
  /** `duck-server.js`. */
  readonly program: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Instance of a server that was found dead; its file is not an answer. */
  readonly notInstance?: string | undefined
  readonly timeoutMs?: number
  readonly clock?: Clock
  /** Called again and again while it comes up. */
  onWait?(): void
}

const pollMs = 10
/** Another server has the data folder. */
const heldCode = "FOLDER_HELD"
const maxLogBytes = 1_000_000

/**
 * Starts a server of its own life (it survives this process) and resolves once it, or one that somebody else started
 * at the same moment, accepts requests. Throws the reason the server gave, or UnavailableError with the end of its log.
 */
export async function startServer(options: StartOptions): Promise<ServerFile> {
  const { folders, signal, notInstance, timeoutMs = 20_000, clock = systemClock } = options
  const untilMs = clock.now() + timeoutMs
  const ready = () => {
    const file = findServer(folders.data)
    return file && file.instance !== notInstance ? file : undefined
  }
  let child = launch(options)
  let held: DuckError | undefined
  for (;;) {
    const file = ready()
    if (file) return file
    const end = child.ended()
    if (end) {
      const failure = startFailure(end, child.output(), child.logPath)
      if (failure.code !== heldCode) throw failure
      held = failure
    }
    if (clock.now() > untilMs) throw held ?? notReady(child, timeoutMs)
    // The data folder is held, by a server that is coming up (then its file appears) or going away (then
    // the folder becomes free): try again until one of both.
    if (end) {
      await clock.sleep(pollMs * 20, signal)
      if (!ready()) child = launch(options)
    } else await clock.sleep(pollMs, signal)
    throwIfAborted(signal)
    options.onWait?.()
  }
}

interface Launched {
  readonly pid: number | undefined
  readonly logPath: string
  ended(): Ending | undefined
  /** What it has written to its log since it was started. */
  output(): string
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
}

function launch({ folders, program, env }: StartOptions): Launched {
  const { spawn } = process.getBuiltinModule("node:child_process")
  const logPath = join(folders.state, "server-output.log")
  const { log, startBytes } = openLog(logPath, folders.state)
  let ending: Ending | undefined
  try {
    const child = spawn(process.execPath, [program], {
      detached: true,
      // Not the project's folder: a server must not keep a folder busy that somebody wants to remove.
      cwd: "/",
      stdio: ["ignore", log, log],
      env: { ...lowMemory, ...env },
      windowsHide: true,
    })
    child.once("error", (error) => (ending = { code: null, signal: null, error }))
    child.once("exit", (code, signal) => (ending ??= { code, signal }))
    child.unref()
    return { pid: child.pid, logPath, ended: () => ending, output: () => readFrom(logPath, startBytes) }
  } finally {
    closeSync(log)
  }
}

function openLog(path: string, folder: string): { log: number; startBytes: number } {
  try {
    makeFolder(folder)
    const log = openSync(path, "a", 0o600)
    if (fstatSync(log).size > maxLogBytes) ftruncateSync(log)
    return { log, startBytes: fstatSync(log).size }
  } catch (cause) {
    throw new UnavailableError({
      code: "STATE_FOLDER",
      message: `The server's log ${path} can't be written: ${(cause as Error).message}.`,
      hint:
        systemCode(cause) === "ENOSPC"
          ? "Free some disk space."
          : "Make the folder writable, or name another with --data <folder> (or DUCK_HOME).",
      cause,
    })
  }
}

/**
 * `mkdir -p`, beside others who make the same folders. Node's own never returns where a folder refuses new ones with
 * ENOENT, as those of /proc do.
 */
function makeFolder(path: string): void {
  const failure = tryFolder(path)
  if (systemCode(failure) === "ENOENT" && dirname(path) !== path) {
    makeFolder(dirname(path))
    const again = tryFolder(path)
    if (again) throw again
  } else if (failure) throw failure
}

function tryFolder(path: string): unknown {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    return systemCode(error) === "EEXIST" ? undefined : error
  }
  return undefined
}

function readFrom(path: string, startBytes: number): string {
  const most = 64 * 1024
  const file = openSync(path, "r")
  try {
    const from = Math.max(startBytes, fstatSync(file).size - most)
    const bytes = Buffer.alloc(most)
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, most, from))
  } finally {
    closeSync(file)
  }
}

/** The reason in the server's own words (`{"startError": ...}` as its last line), else what its log ends with. */
function startFailure({ code, signal, error }: Ending, output: string, logPath: string): DuckError {
  for (const line of output.trimEnd().split("\n").reverse()) {
    if (!line.startsWith('{"startError"')) continue
    try {
      return errorFrom((JSON.parse(line) as { startError: unknown }).startError)
    } catch {
      break
    }
  }
  const how = error ? error.message : signal ? `it was ended by ${signal}` : `it left with exit code ${code}`
  return new UnavailableError({
    code: "SERVER_START",
    message: `The server does not start: ${how}.${tailOf(output)}`,
    hint: `Its log is ${logPath}; \`duck doctor\` checks the installation.`,
  })
}

function notReady({ pid, output, logPath }: Launched, timeoutMs: number): DuckError {
  return new UnavailableError({
    code: "SERVER_NOT_READY",
    message: `The server was started (process ${pid}) but is not ready after ${timeoutMs / 1000} s.${tailOf(output())}`,
    hint: `Its log is ${logPath}.`,
  })
}

function tailOf(output: string): string {
  const lines = output.trimEnd().split("\n").slice(-8).filter(Boolean)
  return lines.length > 0 ? `\nThe end of its log:\n${lines.map((line) => `  ${line}`).join("\n")}` : ""
}
