import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { type REPLServer, Recoverable, type ReplOptions, start } from "node:repl"
import { PassThrough } from "node:stream"
import { inspect, types } from "node:util"
import { asDuckError, CancelledError, DuckError, exitCodeOf, exitCodes, InvalidInputError } from "../../base/errors.ts"
import type { CommandAnswer, Rendering } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import { failureText } from "../cli/failure.ts"
import type { HelpLook } from "../cli/help.ts"
import { duckClient } from "../sdk/index.ts"
import type { Address, CallOptions } from "../sdk/types.ts"
import { helpersOf } from "./helpers.ts"

export interface ConsoleOptions {
  readonly manifest: Manifest
  readonly project: string
  /** Where what was typed is kept. */
  readonly stateFolder: string
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly errors: { write(text: string): void }
  readonly hasColor: boolean
  readonly isJson: boolean
  readonly look: HelpLook
  readonly rendering: Rendering
  address(): Promise<Address>
  readonly signal: AbortSignal
}

type AnyRun = (name: string, input: object, options: CallOptions) => Promise<CommandAnswer>
type Done = (error: Error | null, result: unknown) => void
/** The part of node's REPL that its types leave out. */
type Evaluating = REPLServer & { eval(code: string, context: object, file: string, done: Done): void }

/** `duck console`: JavaScript with the commands at hand, over the wire. Gives the exit code. */
export async function runConsole(expression: string | undefined, options: ConsoleOptions): Promise<number> {
  const { manifest, look, rendering, signal, project, address } = options
  const client = duckClient({ address, project })
  let current = new AbortController()
  const run = (name: string, input: object) =>
    (client.run as unknown as AnyRun)(name, input, {
      signal: AbortSignal.any([signal, current.signal]),
      timeoutMs: 0,
      rendering,
    })
  const helpers = helpersOf({ manifest, look, run })
  if (expression !== undefined) return once(expression, helpers, options)
  return talk(helpers, options, () => {
    current.abort(new CancelledError("Interrupted."))
    current = new AbortController()
  })
}

/** Evaluates one expression, `await` and all, prints what it gives, and leaves. */
async function once(expression: string, helpers: object, options: ConsoleOptions): Promise<number> {
  const { output, errors, hasColor, isJson } = options
  // Nobody types into it: it is here for its way of evaluating.
  const server = opened(helpers, { input: new PassThrough(), output: new PassThrough(), terminal: false, prompt: "" })
  try {
    const value = await evaluated(server, expression)
    if (isJson) output.write(`${JSON.stringify(value ?? null, null, 2)}\n`)
    else if (value !== undefined) output.write(`${shown(value, hasColor)}\n`)
    return exitCodes.done
  } catch (thrown) {
    const error = failureOf(thrown)
    if (isJson) output.write(`${JSON.stringify({ error: error.toJSON() }, null, 2)}\n`)
    else errors.write(failureText(error, { hasColor, isDebug: false }))
    return exitCodeOf(error)
  } finally {
    server.close()
  }
}

function evaluated(server: Evaluating, expression: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  failing.set(server, reject)
  server.eval(`${expression}\n`, server.context, "console", (error, result) => {
    if (error) reject(error instanceof Recoverable ? error.err : error)
    else resolve(result)
  })
  return promise
}

function talk(helpers: object, options: ConsoleOptions, interrupt: () => void): Promise<number> {
  const { input, output, hasColor, stateFolder, signal } = options
  const isTerminal = input.isTTY === true && output.isTTY === true
  if (isTerminal) output.write("h() lists the helpers; Ctrl-D leaves.\n")
  let last: number = exitCodes.done
  const server = opened(helpers, {
    input,
    output,
    terminal: isTerminal,
    prompt: isTerminal ? "duck> " : "",
    ignoreUndefined: true,
    breakEvalOnSigint: isTerminal,
    writer: (value) => {
      last = exitCodes.done
      return shown(value, hasColor)
    },
  })
  failing.set(server, (thrown) => {
    const error = failureOf(thrown)
    last = exitCodeOf(error)
    output.write(failureText(error, { hasColor, isDebug: false }))
    process.nextTick(() => {
      server.clearBufferedCommand()
      server.displayPrompt()
    })
  })
  const evaluate = server.eval
  server.eval = (code, context, file, done) =>
    evaluate.call(server, code, context, file, (error, result) => {
      if (error || !types.isPromise(result)) return done(error, result)
      // What a helper gives is waited for, with `await` or without; node's own `await` holds back what is typed meanwhile.
      Object.defineProperty(context, pending, { value: result, configurable: true })
      evaluate.call(server, `await ${pending}\n`, context, file, done)
    })
  server.on("SIGINT", interrupt)
  if (isTerminal) {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 })
    server.setupHistory(join(stateFolder, "console-history"), (error) => {
      if (error) output.write(`What you type is not kept: ${error.message}\n`)
    })
  }
  // In a terminal Ctrl-C is a key; the signal is how node ends code that never comes back, and must end nothing else.
  const held = isTerminal ? process.listeners("SIGINT") : []
  for (const listener of held) process.off("SIGINT", listener)
  const { promise, resolve } = Promise.withResolvers<number>()
  const leave = () => server.close()
  signal.addEventListener("abort", leave, { once: true })
  server.on("exit", () => {
    signal.removeEventListener("abort", leave)
    for (const listener of held) process.on("SIGINT", listener)
    interrupt()
    // A script that is piped in fails with its last line; a person has seen it.
    resolve(isTerminal ? exitCodes.done : last)
  })
  return promise
}

/** Who hears of the errors of each. */
const failing = new WeakMap<REPLServer, (thrown: unknown) => void>()
const pending = "__pending"

function opened(helpers: object, options: ReplOptions): Evaluating {
  const server: Evaluating = start({
    ...options,
    handleError(thrown) {
      failing.get(server)?.(thrown)
      return "ignore"
    },
  }) as Evaluating
  Object.assign(server.context, helpers)
  return server
}

const shown = (value: unknown, hasColor: boolean): string =>
  inspect(value, { colors: hasColor, depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 })

/** What was typed may be wrong in itself; that is no fault of the program. */
function failureOf(thrown: unknown): DuckError {
  if (thrown instanceof DuckError) return thrown
  const isMistake = types.isNativeError(thrown)
  if (!isMistake) return asDuckError(thrown)
  const { name, message } = thrown
  if ("code" in thrown && thrown.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return new CancelledError("Interrupted.")
  return new InvalidInputError({ code: "JAVASCRIPT", message: `${name}: ${message}`, cause: thrown })
}
