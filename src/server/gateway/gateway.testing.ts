import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { systemClock } from "../../base/clock.ts"
import type { DuckError } from "../../base/errors.ts"
import { ModelError } from "../../models/errors.ts"
import { type Model, type ModelEvent, noUsage, type Usage } from "../../models/model.ts"
import type { ModelListing, Models, ModelsStatus } from "../../models/models.ts"
import { countTokens } from "../../models/tokens/count.ts"
import { tokenFamily } from "../../models/tokens/family.ts"
import { silentLogger } from "../../observe/log.ts"
import { activity } from "../activity.ts"
import { guard } from "../guard.ts"
import { gateway } from "./gateway.ts"

export const testToken = "duck_test"

/** Models that answer as `call` does, and know the list that they are given. */
export function modelsOf(call: Model, more: Partial<Models> = {}): Models {
  const status: ModelsStatus = {
    defaultModel: { value: "p/m", source: "user" },
    strategy: { value: "local-first", source: "default" },
    providers: [],
    budgets: [],
  }
  return {
    call,
    only: call,
    embed: () => Promise.reject(noModel()),
    countTokens: (request) => countTokens(request, tokenFamily("openai-chat", request.model)),
    hasModel: () => true,
    list: () => Promise.resolve(listing),
    status: () => Promise.resolve(status),
    usage: () => Promise.reject(noModel()),
    prefer: () => Promise.reject(noModel()),
    probe: () => Promise.reject(noModel()),
    close: () => Promise.resolve(),
    ...more,
  }
}

export const noModel = () =>
  new ModelError({ fault: "NO_MODEL", message: "No model is configured.", hint: "Connect one: duck llm connect." })

const unpriced = { inputUsd: null, outputUsd: null }
const listing: readonly ModelListing[] = [
  {
    provider: "p",
    models: [
      { id: "small", contextTokens: null, maxOutputTokens: null, ...unpriced, kind: "chat", isDefault: false },
      { id: "m", contextTokens: 1000, maxOutputTokens: 100, ...unpriced, kind: "chat", isDefault: true },
    ],
  },
  { provider: "down", models: [], error: { code: "MODEL_UNREACHABLE", message: "down does not answer." } },
]

export interface GatewayUnderTest {
  readonly url: string
  /** Codes of those who were refused at the door. */
  readonly refused: string[]
  post(path: string, body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

/** The gateway on a port of its own, as the server has it, before models that a test brings. */
export async function gatewayOver(models: Models, heartbeatMs?: number): Promise<GatewayUnderTest> {
  const http: Server = createServer()
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const { port } = http.address() as AddressInfo
  const refused: string[] = []
  const door = guard({ port, token: testToken, version: "0", allowedOrigins: [] })
  const answer = gateway({
    models,
    guard: door,
    actor: { id: "ada", permission: "admin" },
    activity: activity({ clock: systemClock }),
    clock: systemClock,
    logger: silentLogger,
    onRefused: ({ code }: DuckError) => void refused.push(code),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  })
  http.on("request", (request, response) => {
    void answer(request, response, new URL(request.url ?? "/", "http://localhost"))
  })
  const url = `http://127.0.0.1:${port}`
  const authorization = `Bearer ${testToken}`
  return {
    url,
    refused,
    post: (path, body, headers = {}, signal) =>
      fetch(url + path, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
    get: (path, headers = {}) => fetch(url + path, { headers: { authorization, ...headers } }),
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

export interface SentEvent {
  readonly event: string | undefined
  readonly data: unknown
}

/** The events in a text/event-stream; `[DONE]` and comments as text. */
export function sentEvents(text: string): SentEvent[] {
  const blocks = text.split("\n\n").filter((block) => block !== "")
  return blocks.map((block) => {
    const data = /^data: ([^\n]*)$/m.exec(block)?.[1] ?? block
    return { event: /^event: (.*)$/m.exec(block)?.[1], data: data.startsWith("{") ? JSON.parse(data) : data }
  })
}

export const usage = (some: Partial<Usage> = {}): Usage => ({ ...noUsage, inputTokens: 10, outputTokens: 5, ...some })

export const started: ModelEvent = { kind: "start", provider: "p", model: "m" }
export const ended = (finish: "stop" | "length" | "tool-calls" | "refused" = "stop"): ModelEvent => ({
  kind: "end",
  finish,
  usage: usage(),
})
export const calls = (id: string, name: string, args: string): ModelEvent => ({
  kind: "tool-call",
  index: 0,
  id,
  name,
  arguments: args,
})
