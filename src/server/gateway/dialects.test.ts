import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { DuckError } from "../../base/errors.ts"
import type { ModelEvent } from "../../models/model.ts"
import { chat } from "./chat-request.ts"
import type { Dialect } from "./dialect.ts"
import { decodeEmbeddings } from "./embeddings.ts"
import { ended, sentEvents, started } from "./gateway.testing.ts"
import { messages, promptToCount } from "./messages-request.ts"
import { responses } from "./responses-request.ts"

const call = { id: "1", nowMs: 0, attribution: { user: "ada" } }
const dialects: readonly (readonly [string, Dialect, object])[] = [
  ["chat completions", chat, { messages: [{ role: "user", content: "hi" }] }],
  ["responses", responses, { input: "hi" }],
  ["messages", messages, { messages: [{ role: "user", content: "hi" }] }],
]
const decoders: readonly (readonly [string, (body: unknown) => unknown])[] = [
  ...dialects.map(([name, dialect]) => [name, (body: unknown) => dialect.decode(body, call)] as const),
  ["embeddings", (body) => decodeEmbeddings(body, call)],
  ["count_tokens", (body) => promptToCount(body, call)],
]

/** Objects with the fields of the dialects and anything in them: nearer to a request than any JSON. */
const words = ["type", "role", "content", "text", "user", "assistant", "tool", "system", "image_url", "url", "input"]
const word = fc.constantFrom(...words, "function", "name", "id", "call_id", "arguments", "tools", "messages", "data:,")
const near = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    word,
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie("any"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(word, tie("any"), { maxKeys: 6 }),
})).object

describe.each(decoders)("%s", (_name, decode) => {
  test("takes a body or refuses it with 400 and a reason, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (body) => {
        try {
          decode(body)
        } catch (error) {
          if (!(error instanceof DuckError)) throw error
          expect(error.status).toBe(400)
          expect(error.message).not.toBe("")
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe.each(dialects)("%s", (_name, dialect, body) => {
  test("streams any text so that it is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1 }), (pieces) => {
        const frames = dialect.decode(body, call).frames()
        const texts: ModelEvent[] = pieces.map((text) => ({ kind: "text", text }))
        const sent = [started, ...texts, ended()].map((event) => frames.of(event)).join("")
        expect(sent).not.toContain("\r")
        expect(deltasOf(sent)).toEqual(pieces)
      }),
    )
  })
})

/** The text of each event that carries a piece of it. */
function deltasOf(sent: string): string[] {
  return sentEvents(sent).flatMap(({ data }) => {
    const { type, delta, choices } = data as {
      type?: string
      delta?: string | { text?: string }
      choices?: { delta: { content?: string; role?: string } }[]
    }
    if (type === "response.output_text.delta") return [delta as string]
    if (type === "content_block_delta") return [(delta as { text: string }).text]
    const chunk = choices?.[0]?.delta
    return chunk?.content !== undefined && chunk.role === undefined ? [chunk.content] : []
  })
}
