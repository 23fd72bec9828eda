import type { IncomingMessage, ServerResponse } from "node:http"
import type { Actor } from "../../access/actor.ts"
import type { Clock } from "../../base/clock.ts"
import { asDuckError, CancelledError, DuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { headers as duckHeaders } from "../../base/wire.ts"
import type { Attribution } from "../../models/attribution.ts"
import type { Models } from "../../models/models.ts"
import type { Logger } from "../../observe/log.ts"
import type { Activity } from "../activity.ts"
import { readJsonBody } from "../body.ts"
import type { Guard } from "../guard.ts"
import { refusals } from "../refusals.ts"
import { sendJson } from "../send.ts"
import { brokenStream, wholeAnswer } from "./answer.ts"
import { anthropicErrors } from "./anthropic-errors.ts"
import { chat } from "./chat-request.ts"
import { retryHeaders } from "./client-error.ts"
import { invalidField } from "./decode.ts"
import type { Asked, CallFacts, Dialect, ErrorDialect } from "./dialect.ts"
import { decodeEmbeddings } from "./embeddings.ts"
import { eventStream } from "./event-stream.ts"
import { messages, promptToCount } from "./messages-request.ts"
import { anthropicList, anthropicModel, findModel, listedModels, openAiList, openAiModel } from "./model-list.ts"
import { openAiErrors } from "./openai-errors.ts"
import { responses } from "./responses-request.ts"

export interface GatewayOptions {
  readonly models: Models
  readonly guard: Pick<Guard, "token">
  readonly actor: Actor
  readonly activity: Pick<Activity, "call">
  readonly clock: Clock
  readonly logger: Logger
  /** Someone came without the token. */
  onRefused(error: DuckError): void
  /** Default 15,000. */
  readonly heartbeatMs?: number
}

/** Answers one request; never rejects. `url` has a path that isGatewayPath takes. */
export type Gateway = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>

/** As large as a request may be at Anthropic; OpenAI takes a little more. Images come inside. */
const maxBodyBytes = 32 * 1_048_576

/** One exchange with a client. */
interface Exchange extends CallFacts {
  readonly response: ServerResponse
  /** Fires when the client is gone or the server stops. */
  readonly signal: AbortSignal
  body(): Promise<unknown>
}

interface Route {
  readonly method: "GET" | "POST"
  readonly errors: ErrorDialect
  run(exchange: Exchange): Promise<void>
}

/**
 * The models behind this server for programs that speak as OpenAI's or Anthropic's clients do: routing, limits, budgets
 * and records are those of every other call. docs/models.md, "Gateway"; docs/decisions/085.
 */
export function gateway(options: GatewayOptions): Gateway {
  const { models, guard, actor, activity, clock, logger, heartbeatMs = 15_000 } = options

  const asking = (dialect: Dialect): Route => ({
    method: "POST",
    errors: dialect.errors,
    async run(exchange) {
      const asked = dialect.decode(await exchange.body(), exchange)
      if (asked.isStream) return stream(asked, exchange)
      sendJson(exchange.response, 200, asked.answer(await wholeAnswer(models.call(asked.request, exchange.signal))))
    },
  })

  const stream = async (asked: Asked, { response, signal }: Exchange) => {
    const out = eventStream(response, heartbeatMs)
    const frames = asked.frames()
    try {
      let isWhole = false
      for await (const event of models.call(asked.request, signal)) {
        out.write(frames.of(event))
        isWhole = event.kind === "end"
        const room = out.room()
        if (room) await room
      }
      if (!isWhole) throw brokenStream()
    } catch (thrown) {
      // What the client has not been told of yet can still be said with a status of its own.
      if (!out.hasBegun()) {
        out.giveUp()
        throw thrown
      }
      const error = asDuckError(thrown)
      noteUnexpected(error)
      out.write(frames.failed(error))
    }
    out.end()
  }

  const embeddings: Route = {
    method: "POST",
    errors: openAiErrors,
    async run(exchange) {
      const { request, answer } = decodeEmbeddings(await exchange.body(), exchange)
      sendJson(exchange.response, 200, answer(await models.embed(request, exchange.signal)))
    },
  }

  const counting: Route = {
    method: "POST",
    errors: anthropicErrors,
    async run(exchange) {
      const request = promptToCount(await exchange.body(), exchange)
      const { tokens } = await models.countTokens(request)
      sendJson(exchange.response, 200, { input_tokens: tokens })
    },
  }

  const listing = (name: string | undefined, isAnthropic: boolean): Route => ({
    method: "GET",
    errors: isAnthropic ? anthropicErrors : openAiErrors,
    async run({ response, signal }) {
      const listed = listedModels(await models.list({ signal }))
      if (name === undefined) return sendJson(response, 200, isAnthropic ? anthropicList(listed) : openAiList(listed))
      const found = findModel(listed, decoded(name, "model"))
      sendJson(response, 200, isAnthropic ? anthropicModel(found) : openAiModel(found))
    },
  })

  const fixed = new Map<string, Route>([
    ["/v1/chat/completions", asking(chat)],
    ["/v1/responses", asking(responses)],
    ["/v1/messages", asking(messages)],
    ["/v1/messages/count_tokens", counting],
    ["/v1/embeddings", embeddings],
  ])

  /** Both vendors have the list of models at one path; Anthropic's clients always say which version they speak. */
  const routeOf = (request: IncomingMessage, path: string): Route =>
    fixed.get(path) ??
    listing(path.slice("/v1/models/".length) || undefined, request.headers["anthropic-version"] !== undefined)

  const noteUnexpected = (error: DuckError) => {
    if (error.code === "INTERNAL") logger.error("gateway request failed", { error })
  }

  return async (request, response, url) => {
    const nowMs = clock.now()
    const id = newId(nowMs)
    const route = routeOf(request, url.pathname)
    response.setHeader(route.errors.requestIdHeader, `req_${id}`)
    const gone = new AbortController()
    response.once("close", () => {
      if (!response.writableFinished) gone.abort(new CancelledError("The client went away."))
    })
    try {
      guard.token(request, url)
      if (request.method !== route.method) throw methodNotTaken(request, route)
      const attribution = attributionOf(request, actor)
      await activity.call(
        gone.signal,
        (signal) =>
          route.run({ id, nowMs, attribution, response, signal, body: () => readJsonBody(request, maxBodyBytes) }),
        "model",
      )
    } catch (thrown) {
      const error = asDuckError(thrown)
      if (refusals.has(error.code)) options.onRefused(error)
      noteUnexpected(error)
      sendFailure(response, route.errors, error, `req_${id}`)
    }
  }
}

function sendFailure(response: ServerResponse, errors: ErrorDialect, error: DuckError, requestId: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  for (const [name, value] of Object.entries(retryHeaders(error))) response.setHeader(name, value)
  if (error.status === 401) response.setHeader("www-authenticate", "Bearer")
  // What is left of a body that was refused is not read: the connection can't be used again.
  if (error.status === 413) response.setHeader("connection", "close")
  sendJson(response, errors.statusOf(error), errors.body(error, requestId))
}

const mostSession = 200

function attributionOf({ headers }: IncomingMessage, actor: Actor): Attribution {
  const session = headers[duckHeaders.session]
  const project = headers[duckHeaders.project]
  if (session !== undefined && (typeof session !== "string" || session.length > mostSession)) {
    throw invalidField(duckHeaders.session, `the header is one text of at most ${mostSession} characters`)
  }
  return {
    user: actor.id,
    command: "gateway",
    session,
    project: project === undefined ? undefined : decoded(String(project), duckHeaders.project),
  }
}

function decoded(text: string, field: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidField(field, "it is not percent-encoded UTF-8")
  }
}

const methodNotTaken = ({ method }: IncomingMessage, route: Route) =>
  new DuckError({
    code: "METHOD_NOT_ALLOWED",
    message: `${method} is not taken here.`,
    hint: `Use ${route.method}.`,
    status: 405,
  })
