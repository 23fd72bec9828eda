import type { MessageConnection } from "vscode-jsonrpc/node"
import { asDuckError, DuckError } from "../../base/errors.ts"
import { anySignal, withTimeout } from "../../base/signal.ts"
import { LanguageServerError } from "./language-servers.ts"
import type { ServerProgram } from "./program.ts"

/** JSON-RPC with one process. */
export interface Wire {
  /** Without `params` none are sent. Throws LanguageServerError, TimeoutError, and the signal's reason. */
  ask(
    method: string,
    params: object | undefined,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<unknown>
  notify(method: string, params?: object): void
  /** Fires when the process has ended, or speaks what is no JSON-RPC. */
  readonly lost: AbortSignal
  close(): void
}

interface Asked {
  /** Answers what the server asks; undefined: there is no such method. */
  answer(method: string, params: unknown): unknown
  hear(method: string, params: unknown): void
}

const noSuchMethod = -32_601

export async function openWire(name: string, program: ServerProgram, { answer, hear }: Asked): Promise<Wire> {
  const { createMessageConnection, StreamMessageReader, StreamMessageWriter, CancellationTokenSource, ResponseError } =
    await import("vscode-jsonrpc/node")
  const lost = new AbortController()
  const lose = (why: string, cause?: unknown) => {
    const words = program.complaints()
    const said = words === "" ? why : `${why}: ${words.split("\n").at(-1)}`
    lost.abort(new LanguageServerError(name, said, { cause }))
  }
  const connection: MessageConnection = createMessageConnection(
    new StreamMessageReader(program.output),
    new StreamMessageWriter(program.input),
    silent,
  )
  connection.onRequest((method, params) => {
    const answered = answer(method, params)
    return answered === undefined ? new ResponseError(noSuchMethod, `No such method: ${method}`) : answered
  })
  connection.onNotification(hear)
  connection.onError(([error]) => lose("speaks something that is not its protocol", error))
  connection.onClose(() => lose("has ended"))
  program.ended.then(() => lose("has ended"))
  connection.listen()

  return {
    lost: lost.signal,
    async ask(method, params, { timeoutMs, signal }) {
      const cancel = new CancellationTokenSource()
      try {
        return await withTimeout(`${name}: ${method}`, timeoutMs, anySignal(signal, lost.signal), () => {
          const sent = params
            ? connection.sendRequest(method, params, cancel.token)
            : connection.sendRequest(method, cancel.token)
          return sent
        })
      } catch (thrown) {
        // Who is gone can't be told.
        if (!lost.signal.aborted) cancel.cancel()
        if (thrown instanceof DuckError) throw thrown
        throw new LanguageServerError(
          name,
          `refused ${method}: ${asDuckError(thrown).message.replace(/^Unexpected error: /, "")}`,
          { cause: thrown, isRefusal: !lost.signal.aborted },
        )
      } finally {
        cancel.dispose()
      }
    },
    notify(method, params) {
      if (lost.signal.aborted) return
      const sent = params ? connection.sendNotification(method, params) : connection.sendNotification(method)
      // A process that is gone is known by `lost`.
      sent.catch(() => {})
    },
    close() {
      connection.dispose()
    },
  }
}

/** What the library has to say is told by errors. */
const silent = { error() {}, warn() {}, info() {}, log() {} }
