import type { IncomingMessage, ServerResponse } from "node:http"
import { homedir } from "node:os"
import { z } from "zod"
import type { Actor } from "../access/actor.ts"
import { asDuckError, CancelledError, type ErrorBody, InvalidInputError } from "../base/errors.ts"
import { parseJson, parseWith } from "../base/schema.ts"
import { type CommandAnswer, headers, type Progress } from "../base/wire.ts"
import type { Call, Pipeline } from "../commands/pipeline.ts"
import type { Activity } from "./activity.ts"
import { readJsonBody } from "./body.ts"
import { sendJson } from "./send.ts"

const heartbeatMs = 15_000

const headerSchema = z.object({
  project: z.string().optional(),
  format: z.enum(["text", "table", "markdown", "json"]).optional(),
  width: z.coerce.number().int().min(0).max(10_000).optional(),
  color: z.enum(["0", "16", "256", "truecolor"]).optional(),
  timeoutMs: z.coerce.number().int().min(0).max(86_400_000).optional(),
  seen: z.string().max(8_192).optional(),
})
const seenSchema = z.record(z.string(), z.int().min(0))

/** `POST /v1/commands/<name>`: an answer as JSON, or with progress as server-sent events. */
export async function runOverHttp(
  request: IncomingMessage,
  response: ServerResponse,
  { name, actor, pipeline, activity }: { name: string; actor: Actor; pipeline: Pipeline; activity: Activity },
): Promise<void> {
  const gone = new AbortController()
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new CancelledError("The client went away."))
  })
  const options = optionsOf(request)
  const input = await readJsonBody(request)
  const run = (hear?: Pick<Call, "onProgress" | "onItem">) =>
    activity.call(
      gone.signal,
      (signal) => pipeline.run({ ...options, ...hear, name, input, actor, signal, via: "http" }),
      pipeline.follows(name) ? "follows" : "command",
    )

  if (!(request.headers.accept ?? "").includes("text/event-stream")) {
    sendJson(response, 200, await run())
    return
  }
  const events = eventStream(response)
  try {
    const onProgress = (progress: Progress) => events.sendIfRoom("progress", progress)
    events.send("result", await run({ onProgress, onItem: events.item }))
  } catch (thrown) {
    events.send("error", asDuckError(thrown).toJSON())
  } finally {
    events.end()
  }
}

function optionsOf({ headers: given }: IncomingMessage) {
  const text = (name: string) => (given[name] === undefined ? undefined : String(given[name]))
  const read = parseWith(
    headerSchema,
    {
      project: text(headers.project),
      format: text(headers.format),
      width: text(headers.width),
      color: text(headers.color),
      timeoutMs: text(headers.timeoutMs),
      seen: text(headers.seen),
    },
    "the request's x-duck-* headers",
  )
  const { format, width, color, timeoutMs } = read
  return {
    folder: read.project === undefined ? homedir() : decoded(read.project),
    ...(format === undefined ? {} : { rendering: { format, width, color } }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(read.seen === undefined ? {} : { seen: parseJson(seenSchema, read.seen, `the header ${headers.seen}`) }),
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new InvalidInputError({
      code: "PROJECT_REFUSED",
      message: `The header ${headers.project} is not percent-encoded UTF-8.`,
      cause,
    })
  }
}

type EventData = { progress: Progress; item: unknown; result: CommandAnswer; error: ErrorBody }

/** Server-sent events (html.spec.whatwg.org, 9.2) with heartbeats. */
function eventStream(response: ServerResponse) {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" })
  response.flushHeaders()
  const beat = setInterval(() => response.write(":\n\n"), heartbeatMs)
  response.once("close", () => clearInterval(beat))
  // Progress is only worth its latest state: for a client that does not keep up, the ones between are left out.
  let latest: Progress | undefined
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  response.once("close", wake)
  response.on("drain", () => {
    wake()
    if (latest) write("progress", latest)
    latest = undefined
  })
  const write = <K extends keyof EventData>(event: K, data: EventData[K]) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  return {
    send: write,
    sendIfRoom(event: "progress", data: Progress) {
      if (response.writableNeedDrain) latest = data
      else write(event, data)
    },
    /** Resolves when the client has taken enough of what was sent, or is gone. */
    async item(data: unknown) {
      write("item", data)
      if (response.writableNeedDrain && !response.destroyed) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    end() {
      latest = undefined
      clearInterval(beat)
      response.end()
    },
  }
}
