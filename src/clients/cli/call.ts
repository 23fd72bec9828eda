import { asDuckError, CancelledError, DuckError, type ErrorBody, TimeoutError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { type Choice, type CommandAnswer, headers as names, type Progress, type Rendering } from "../../base/wire.ts"
import { eventStream } from "./event-stream.ts"

/**
 * Not `import "node:http"`: an import reads every export, and the lazy ones of node:http load a WebSocket and a fetch
 * implementation, which takes 25 ms; the module itself takes 3, when it is needed (docs/decisions/070).
 */
const httpFor = ({ protocol }: URL) => process.getBuiltinModule(protocol === "https:" ? "node:https" : "node:http")

/** Where a server listens, and the token it wants. */
export interface Address {
  readonly url: string
  readonly token: string
}

export interface Call {
  readonly address: Address
  readonly command: string
  readonly input: unknown
  readonly project: string
  readonly rendering: Rendering
  readonly clientVersion: string
  /** What the server is told; missing: the command's own. */
  readonly timeoutMs?: number | undefined
  /** When to stop waiting for a server that says nothing more; missing: never. */
  readonly patienceMs?: number | undefined
  readonly signal: AbortSignal
  onProgress?(progress: Progress): void
  /** Hears of what the command tells while it runs. */
  onItem?(item: unknown): void
}

const runAgain = "Run the command again; `duck doctor` says what is wrong when that does not help."

interface ServerGoneOptions {
  readonly wasReached: boolean
  readonly cause?: unknown
  readonly hint?: string
}

/**
 * The server could not be reached, is no RubberDuck, does not know our token, or went away in the middle.
 * `wasReached`: it may have begun the command.
 */
export class ServerGoneError extends DuckError {
  readonly wasReached: boolean

  constructor(message: string, { wasReached, cause, hint = runAgain }: ServerGoneOptions) {
    super({
      code: "SERVER_GONE",
      message,
      hint,
      status: 503,
      cause,
    })
    this.wasReached = wasReached
  }
}

/**
 * Runs one command on the server and gives its answer. Throws ServerGoneError, the command's own error as a DuckError,
 * or what the signal was aborted with; aborting closes the connection, at which the server cancels the command.
 */
export function callCommand(call: Call): Promise<CommandAnswer> {
  const { address, command, input, signal } = call
  const url = new URL(`v1/commands/${encodeURIComponent(command)}`, withSlash(address.url))
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal))
    const { request } = httpFor(url)
    const body = JSON.stringify(input)
    let wasReached = false
    const outgoing = request(url, {
      method: "POST",
      agent: false,
      headers: {
        authorization: `Bearer ${address.token}`,
        accept: "text/event-stream",
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...callHeaders(call),
      },
    })
    const patience = call.patienceMs === undefined ? undefined : setTimeout(giveUp, call.patienceMs)
    signal.addEventListener("abort", cancelled, { once: true })
    outgoing.once("socket", (socket) => socket.once("connect", () => (wasReached = true)))
    outgoing.once("error", (cause) => fail(gone(cause)))
    outgoing.once("response", (response) => {
      answerOf(response).then((answer) => {
        settle()
        resolve(answer)
      }, fail)
    })
    outgoing.end(body)

    async function answerOf(response: Incoming): Promise<CommandAnswer> {
      response.setEncoding("utf8")
      if (!(response.headers["content-type"] ?? "").startsWith("text/event-stream")) throw await refusalOf(response)
      try {
        for await (const { event, data } of eventStream(response)) {
          if (event === "progress") call.onProgress?.(JSON.parse(data) as Progress)
          else if (event === "item") call.onItem?.(JSON.parse(data))
          else if (event === "error") throw errorFrom(JSON.parse(data))
          else if (event === "result") return answerFrom(JSON.parse(data))
        }
      } catch (thrown) {
        throw thrown instanceof DuckError ? thrown : gone(thrown)
      }
      throw gone(undefined)
    }
    function gone(cause: unknown): ServerGoneError {
      const why = cause instanceof Error ? ` (${cause.message})` : ""
      const what = wasReached ? "went away before it answered" : `at ${url.host} can't be reached`
      return new ServerGoneError(`The server ${what}${why}.`, { wasReached, cause })
    }
    function giveUp() {
      fail(new TimeoutError(`\`${command}\``, call.patienceMs ?? 0))
    }
    function cancelled() {
      fail(abortReason(signal))
    }
    function fail(error: unknown) {
      settle()
      outgoing.destroy()
      reject(error)
    }
    function settle() {
      clearTimeout(patience)
      signal.removeEventListener("abort", cancelled)
      // What arrives after the end (a reset of the connection that we closed) concerns nobody.
      outgoing.on("error", () => {})
    }
  })
}

type Incoming = import("node:http").IncomingMessage

function callHeaders({ project, rendering, clientVersion, timeoutMs }: Call): Record<string, string> {
  return {
    [names.project]: encodeURIComponent(project),
    [names.format]: rendering.format,
    [names.client]: `cli/${clientVersion}`,
    ...(rendering.width === undefined ? {} : { [names.width]: String(rendering.width) }),
    ...(rendering.color === undefined ? {} : { [names.color]: rendering.color }),
    ...(timeoutMs === undefined ? {} : { [names.timeoutMs]: String(timeoutMs) }),
  }
}

/** The error in an answer that is no stream: one of the server's, or a sign that somebody else listens there. */
async function refusalOf(response: Incoming): Promise<DuckError> {
  let text = ""
  for await (const chunk of response) {
    text += chunk
    if (text.length > 1_000_000) break
  }
  const isOurs = response.headers[names.version] !== undefined
  if (!isOurs) return new ServerGoneError("Another program listens on the server's port.", { wasReached: false })
  if (response.statusCode === 401) {
    return new ServerGoneError("The server does not know our token.", { wasReached: false })
  }
  try {
    return errorFrom((JSON.parse(text) as { error?: unknown }).error)
  } catch {
    return new ServerGoneError(`The server answered ${response.statusCode} without saying why.`, { wasReached: true })
  }
}

/** An error as the server sent it. It is input from outside: what is no ErrorBody becomes an INTERNAL one. */
export function errorFrom(value: unknown): DuckError {
  if (typeof value !== "object" || value === null) return asDuckError(new Error("the server sent no error body"))
  const { code, message, hint, status, details } = value as Partial<Record<keyof ErrorBody, unknown>>
  if (typeof code !== "string" || typeof message !== "string") {
    return asDuckError(new Error(`the server sent an error that can't be read: ${JSON.stringify(value)}`))
  }
  if (code === "CANCELLED") return new CancelledError(message)
  return new DuckError({
    code,
    message,
    hint: typeof hint === "string" ? hint : undefined,
    status: typeof status === "number" ? status : 500,
    details: typeof details === "object" && details !== null ? { ...details } : undefined,
  })
}

function answerFrom(value: unknown): CommandAnswer {
  if (typeof value !== "object" || value === null || !("output" in value)) {
    throw errorFrom(value)
  }
  const { output, rendered, exitCode, choice } = value as Partial<Record<keyof CommandAnswer, unknown>>
  return {
    output,
    exitCode: typeof exitCode === "number" ? exitCode : 0,
    ...(typeof rendered === "string" ? { rendered } : {}),
    // Its shape is the server's promise, as that of the output is.
    ...(choice ? { choice: choice as Choice } : {}),
  }
}

const withSlash = (url: string) => (url.endsWith("/") ? url : `${url}/`)
