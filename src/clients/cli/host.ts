import { existsSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { UnavailableError } from "../../base/errors.ts"
import type { Piped } from "./piped.ts"

export interface Sink {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): void
}

/** The process around the command line, so that a test can be one. */
export interface Host {
  readonly env: NodeJS.ProcessEnv
  cwd(): string
  readonly stdin: Piped
  readonly stdout: Sink
  readonly stderr: Sink
  readonly programs: Programs
  /** Fires at Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
  /** Puts the terminal in order if the process is left at once (a second Ctrl-C). */
  onLeave(restore: () => void): void
  /** Becomes another program with the same terminal; resolves with its exit code where a process can't be replaced. */
  become(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number>
}

/** The files beside the bundle of the command line. */
export interface Programs {
  readonly manifest: string
  readonly server: string
  readonly local: string
}

export function programsIn(folder: string): Programs {
  return {
    manifest: join(folder, "manifest.json"),
    server: join(folder, "duck-server.js"),
    local: join(folder, "duck-local.js"),
  }
}

const interrupts = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
/** A wrapper may pass on a signal that the terminal has sent us as well: one press, two signals. */
const samePressMs = 100

export interface ProcessHost extends Host {
  /** The exit code that the signal we got stands for. */
  interruptCode(): number | undefined
}

export function processHost(programs: Programs): ProcessHost {
  const controller = new AbortController()
  const restores: (() => void)[] = []
  let code: number | undefined
  let firstAt = 0
  for (const [signal, exitCode] of Object.entries(interrupts)) {
    process.on(signal, () => {
      if (code === undefined) {
        firstAt = performance.now()
        code = exitCode
        controller.abort()
      } else if (performance.now() - firstAt > samePressMs) {
        for (const restore of restores) restore()
        process.exit(exitCode)
      }
    })
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      for (const restore of restores) restore()
      // `duck search x | head`: the reader has what it wanted.
      process.exit(error.code === "EPIPE" ? 0 : 1)
    })
  }
  return {
    env: process.env,
    cwd: currentFolder,
    // A look at it opens it, which most commands don't need.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    programs,
    signal: controller.signal,
    onLeave: (restore) => void restores.push(restore),
    become,
    interruptCode: () => code,
  }
}

/** The folder we stand in, without symbolic links. */
function currentFolder(): string {
  try {
    return realpathSync(process.cwd())
  } catch (cause) {
    throw new UnavailableError({
      code: "NO_FOLDER",
      message: "The folder you stand in is gone.",
      hint: "Change into one that exists, or name one with --project.",
      cause,
    })
  }
}

async function become(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  if (!existsSync(program)) {
    throw new UnavailableError({ message: `${program} is missing.`, hint: "Run `npm run build` (or `npm ci`) again." })
  }
  if (typeof process.execve === "function") {
    process.execve(process.execPath, [process.execPath, program, ...args], definedOnly(env))
  }
  const { spawn } = process.getBuiltinModule("node:child_process")
  const child = spawn(process.execPath, [program, ...args], { stdio: "inherit", env })
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? interrupts.SIGINT))
  })
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
