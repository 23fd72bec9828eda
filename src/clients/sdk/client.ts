import { asDuckError, DuckError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"
import { type CommandAnswer, headers as names } from "../../base/wire.ts"
import { eventStream } from "../cli/event-stream.ts"
import { addressOf, callsBy, projectOf, remember } from "./calls.ts"
import { type Connection, type ConnectOptions, openConnection } from "./connection.ts"
import { ConnectionLostError, errorOf, unreadable } from "./errors.ts"
import type { Address, CallOptions, Calls, ClientOptions } from "./types.ts"

export interface Client extends Calls {
  /** A WebSocket that comes back by itself: calls with less overhead, and events of the log. */
  connect(options?: ConnectOptions): Connection
}

/**
 * Speaks to a RubberDuck server from Node or a browser, typed from its registry of commands:
 * `await duckClient({ address }).call("search", { query: "retry" })`. What a call wrote is seen by the calls after it.
 */
export function duckClient(options: ClientOptions): Client {
  const { fetch = globalThis.fetch } = options
  const seen = new Map<string, number>()
  const calls = callsBy(async (name, input, how) => {
    const address = await addressOf(options)
    const answer = await request({ fetch, address, name, input, how: { ...projectOf(options), ...how }, seen })
    remember(seen, answer)
    return answer
  })
  return { ...calls, connect: (how) => openConnection(options, how) }
}

interface Request {
  readonly fetch: typeof globalThis.fetch
  readonly address: Address
  readonly name: string
  readonly input: unknown
  readonly how: CallOptions
  readonly seen: ReadonlyMap<string, number>
}

async function request({ fetch, address, name, input, how, seen }: Request): Promise<CommandAnswer> {
  const { signal, onProgress, onItem, project, rendering, timeoutMs } = how
  const isStreamed = onProgress !== undefined || onItem !== undefined
  const given = {
    authorization: `Bearer ${address.token}`,
    "content-type": "application/json",
    accept: isStreamed ? "text/event-stream" : "application/json",
    [names.client]: "sdk",
    [names.project]: project === undefined ? undefined : encodeURIComponent(project),
    [names.format]: rendering?.format,
    [names.width]: rendering?.width?.toString(),
    [names.color]: rendering?.color,
    [names.timeoutMs]: timeoutMs?.toString(),
    [names.seen]: seen.size === 0 ? undefined : JSON.stringify(Object.fromEntries(seen)),
  }
  const headers = Object.fromEntries(
    Object.entries(given).filter((one): one is [string, string] => one[1] !== undefined),
  )
  const url = new URL(`v1/commands/${encodeURIComponent(name)}`, `${address.url.replace(/\/+$/, "")}/`)
  const sent = { method: "POST", headers, body: JSON.stringify(input), ...(signal ? { signal } : {}) }
  try {
    const response = await fetch(url, sent)
    if (!response.ok) throw errorOf((await jsonOf(response))?.error)
    return isStreamed ? await streamed(response, how) : ((await jsonOf(response)) as unknown as CommandAnswer)
  } catch (thrown) {
    if (thrown instanceof DuckError) throw thrown
    if (signal?.aborted) throw abortReason(signal)
    throw thrown instanceof TypeError ? new ConnectionLostError(thrown) : asDuckError(thrown)
  }
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(`status ${response.status} and no JSON`, cause)
  }
}

async function streamed(response: Response, { onProgress, onItem }: CallOptions): Promise<CommandAnswer> {
  if (!response.body) throw unreadable("an empty stream")
  for await (const { event, data } of eventStream(textOf(response.body))) {
    if (event === "progress") onProgress?.(JSON.parse(data))
    if (event === "item") onItem?.(JSON.parse(data))
    if (event === "error") throw errorOf(JSON.parse(data))
    if (event === "result") return JSON.parse(data)
  }
  throw new ConnectionLostError()
}

/** Not `for await` over the stream itself: not every browser can. */
async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
