import type { DuckError } from "../../base/errors.ts"
import type { ModelEvent, ReasoningProof } from "../../models/model.ts"
import { nameOf } from "./answer.ts"
import { type ChatFacts, callDetail, chatUsage, finishReasons, thoughtDetail } from "./chat-answer.ts"
import type { Frames } from "./dialect.ts"
import { openAiError } from "./openai-errors.ts"

/**
 * `chat.completion.chunk`s. Everything around a token's text is made once for the stream; only the text is escaped.
 * A tool call is one chunk, sent when it is whole: see docs/decisions/085.
 */
export function chatFrames({ id, created, includeUsage }: ChatFacts & { readonly includeUsage: boolean }): Frames {
  const noUsageYet = includeUsage ? ',"usage":null' : ""
  const after = `},"logprobs":null,"finish_reason":null}]${noUsageYet}}\n\n`
  let head = ""
  let beforeText = ""
  let beforeThought = ""
  let thought = ""
  let calls = 0

  const answers = (from: { readonly provider: string; readonly model: string }) => {
    const model = JSON.stringify(nameOf(from))
    head = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":${model},"choices":[`
    beforeText = `${head}{"index":0,"delta":{"content":`
    beforeThought = `${head}{"index":0,"delta":{"reasoning_content":`
  }
  const delta = (value: object) =>
    `${head}{"index":0,"delta":${JSON.stringify(value)},"logprobs":null,"finish_reason":null}]${noUsageYet}}\n\n`

  const endThought = (proof: ReasoningProof | undefined) => {
    const text = thought
    thought = ""
    return proof ? delta({ reasoning_details: [thoughtDetail(text, proof)] }) : ""
  }

  return {
    of(event: ModelEvent): string {
      switch (event.kind) {
        case "text":
          return beforeText + JSON.stringify(event.text) + after
        case "reasoning":
          thought += event.text
          return beforeThought + JSON.stringify(event.text) + after
        case "start":
          answers(event)
          return delta({ role: "assistant", content: "" })
        case "reasoning-end":
          return endThought(event.proof)
        case "tool-delta":
          return ""
        case "tool-call": {
          const { name, arguments: args, proof } = event
          const call = { index: calls++, id: event.id, type: "function", function: { name, arguments: args } }
          return delta({
            tool_calls: [call],
            ...(proof ? { reasoning_details: [callDetail(event.id, proof)] } : {}),
          })
        }
        case "restart":
          thought = ""
          answers(event)
          return ""
        case "end": {
          const reason = finishReasons[event.finish]
          const last = `${head}{"index":0,"delta":{},"logprobs":null,"finish_reason":"${reason}"}]${noUsageYet}}\n\n`
          const usage = includeUsage ? `${head}],"usage":${JSON.stringify(chatUsage(event.usage))}}\n\n` : ""
          return `${last}${usage}data: [DONE]\n\n`
        }
      }
    },
    failed: (error: DuckError) => `data: ${JSON.stringify({ error: openAiError(error) })}\n\n`,
  }
}
