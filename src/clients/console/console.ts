import { join } from "node:path"
import { type REPLServer, Recoverable, start } from "node:repl"
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
  const server = start({
    input: new PassThrough(),
    output: new PassThrough(),
    terminal: false,
    prompt: "",
  }) as Evaluating
  Object.assign(server.context, helpers)
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
  return new Promise((resolve, reject) => {
    server.eval(`${expression}\n`, server.context, "console", (error, result) => {
      if (error) reject(error instanceof Recoverable ? error.err : error)
      else resolve(result)
    })
  })
}

function talk(helpers: object, options: ConsoleOptions, interrupt: () => void): Promise<number> {
  const { input, output, hasColor, stateFolder, signal } = options
  const isTerminal = input.isTTY === true && output.isTTY === true
  if (isTerminal) output.write("h() lists the helpers; Ctrl-D leaves.\n")
  const server = start({
    input,
    output,
    terminal: isTerminal,
    prompt: isTerminal ? "duck> " : "",
    ignoreUndefined: true,
    breakEvalOnSigint: isTerminal,
    writer: (value) => shown(value, hasColor),
  }) as Evaluating
  Object.assign(server.context, helpers)
  const { promise, resolve } = Promise.withResolvers<number>()
  let last: number = exitCodes.done

  const evaluate = server.eval
  server.eval = (code, context, file, done) => {
    const fail = (thrown: unknown) => {
      if (thrown instanceof Recoverable) return done(thrown, undefined)
      const error = failureOf(thrown)
      last = exitCodeOf(error)
      output.write(failureText(error, { hasColor, isDebug: false }))
      done(null, undefined)
    }
    evaluate.call(server, code, context, file, (error, result) => {
      if (error) return fail(error)
      last = exitCodes.done
      // What a helper gives is waited for, with `await` or without.
      if (types.isPromise(result)) result.then((value) => done(null, value), fail)
      else done(null, result)
    })
  }
  server.on("SIGINT", interrupt)
  if (isTerminal) {
    server.setupHistory(join(stateFolder, "console-history"), (error) => {
      if (error) output.write(`What you type is not kept: ${error.message}\n`)
    })
  }
  const leave = () => server.close()
  signal.addEventListener("abort", leave, { once: true })
  server.on("exit", () => {
    signal.removeEventListener("abort", leave)
    interrupt()
    // A script that is piped in fails with its last line; a person has seen it.
    resolve(isTerminal ? exitCodes.done : last)
  })
  return promise
}

const shown = (value: unknown, hasColor: boolean): string =>
  inspect(value, { colors: hasColor, depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 })

/** What was typed may be wrong in itself; that is no fault of the program. */
function failureOf(thrown: unknown): DuckError {
  if (thrown instanceof DuckError) return thrown
  const isMistake = types.isNativeError(thrown)
  if (!isMistake) return asDuckError(thrown)
  const { name, message } = thrown
  return new InvalidInputError({ code: "JAVASCRIPT", message: `${name}: ${message}`, cause: thrown })
}
