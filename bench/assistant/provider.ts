import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { emitted } from "../gateway/process.ts"
import { type AgentName, type Call, callsOf, lastWords } from "./task.ts"

/**
 * The scripted model of bench/assistant.ts, in the two protocols that the agents speak: chat completions and responses.
 * The path says who asks and where it works: `/<agent>/<root, Base64url>/v1/...`. How far the task is, is told by the
 * results in the request. What asks without tools wants a title for the conversation. Answers come at once.
 */
const http = createServer((request, response) => {
  void answer(request, response).catch((error: unknown) => response.destroy(error as Error))
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const [, agent = "", root = "", , ...rest] = (request.url ?? "").split("/")
  const path = rest.join("/")
  if (path.startsWith("models"))
    return void response.end('{"object":"list","data":[{"id":"scripted","object":"model"}]}')
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked
  const items = body.messages ?? body.input ?? []
  const results = items.filter(({ role, type }) => role === "tool" || type === "function_call_output").length
  const next = body.tools?.length
    ? callsOf(agent as AgentName, results / 2, Buffer.from(root, "base64url").toString())
    : []
  const text = body.tools?.length ? lastWords : "A title"
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.end(path.startsWith("responses") ? asResponses(next, text) : asChat(next, text))
}

interface Asked {
  readonly messages?: readonly { readonly role?: string; readonly type?: string }[]
  readonly input?: readonly { readonly role?: string; readonly type?: string }[]
  readonly tools?: readonly unknown[]
}

let ids = 0
const callId = () => `call_${++ids}`

function asChat(calls: readonly Call[], text: string): string {
  const chunk = (delta: unknown, finish: string | null = null) =>
    `data: ${JSON.stringify({
      id: "c",
      object: "chat.completion.chunk",
      created: 1,
      model: "scripted",
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`
  const usage = { prompt_tokens: 2000, completion_tokens: 60, total_tokens: 2060 }
  const said =
    calls.length === 0
      ? chunk({ role: "assistant", content: text })
      : calls
          .map(({ name, arguments: args }, index) =>
            chunk({
              tool_calls: [
                { index, id: callId(), type: "function", function: { name, arguments: JSON.stringify(args) } },
              ],
            }),
          )
          .join("")
  const last = { id: "c", object: "chat.completion.chunk", created: 1, model: "scripted", choices: [], usage }
  return `${said}${chunk({}, calls.length === 0 ? "stop" : "tool_calls")}data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`
}

function asResponses(calls: readonly Call[], text: string): string {
  const event = (type: string, more: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const id = `resp_${++ids}`
  const output =
    calls.length === 0
      ? [
          {
            type: "message",
            id: `msg_${ids}`,
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text, annotations: [] }],
          },
        ]
      : calls.map(({ name, arguments: args }) => {
          const call = callId()
          return {
            type: "function_call",
            id: `fc_${call}`,
            call_id: call,
            name,
            arguments: JSON.stringify(args),
            status: "completed",
          }
        })
  const usage = {
    input_tokens: 2000,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 60,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2060,
  }
  return [
    event("response.created", { response: { id, object: "response", status: "in_progress", output: [] } }),
    ...output.map((item, index) => event("response.output_item.done", { output_index: index, item })),
    event("response.completed", { response: { id, object: "response", status: "completed", output, usage } }),
  ].join("")
}

http.listen(0, "127.0.0.1", () => {
  const address = http.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  emitted({ port: address.port })
})
