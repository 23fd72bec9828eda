import fc from "fast-check"
import { expect, test } from "vitest"
import { ModelError } from "../errors.ts"
import type { ModelEvent, ModelRequest } from "../model.ts"
import type { Decoder, DecoderContext, JsonObject } from "../wire/decoder.ts"
import { asking } from "./asking.testing.ts"
import { testContext } from "./decoded.testing.ts"
import { ollamaDecoder } from "./ollama-decoder.ts"
import { chatDecoder } from "./openai-chat-decoder.ts"
import { responsesDecoder } from "./openai-responses-decoder.ts"

/** JSON with the names that the APIs use, of any type and at any place. */
const names =
  "choices delta message content tool_calls function name arguments index id finish_reason reasoning reasoning_details usage prompt_tokens done thinking response output type item output_index status text refusal summary error".split(
    " ",
  )
const words =
  "response.output_text.delta response.output_item.added response.output_item.done response.completed response.function_call_arguments.delta function_call message reasoning stop length".split(
    " ",
  )
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, "", "x", ...words),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 6 }),
  ),
}))
const anyObject = fc.dictionary(fc.constantFrom(...names), anyJson) as fc.Arbitrary<JsonObject>

const decoders: readonly (readonly [string, (context: DecoderContext, request: ModelRequest) => Decoder])[] = [
  ["chat completions", chatDecoder],
  ["responses", responsesDecoder],
  ["Ollama", ollamaDecoder],
]

test.each(decoders)("%s: whatever JSON comes, there are only well-formed events or a fault", (_, open) => {
  fc.assert(
    fc.property(fc.array(anyObject, { maxLength: 6 }), fc.boolean(), (values, isSaid) => {
      const events: ModelEvent[] = []
      const decoder = open(testContext, asking("hi"))
      const emit = (event: ModelEvent) => void events.push(event)
      const isOver = () => events.at(-1)?.kind === "end"
      try {
        for (const value of values) if (!isOver()) decoder.read(value, emit, "")
        if (!isOver()) decoder.finish(emit, isSaid)
      } catch (error) {
        expect(error).toBeInstanceOf(ModelError)
      }
      if (events.length > 0) expect(events[0]).toMatchObject({ kind: "start", provider: "test", model: "m" })
      expect(events.filter(({ kind }) => kind === "start").length).toBeLessThanOrEqual(1)
      expect(events.findIndex(({ kind }) => kind === "end")).toBe(isOver() ? events.length - 1 : -1)
      for (const event of events) {
        if (event.kind === "text" || event.kind === "reasoning") expect(event.text).not.toBe("")
        if (event.kind !== "tool-call") continue
        expect([event.id, event.name, event.arguments].every((text) => typeof text === "string" && text !== "")).toBe(
          true,
        )
      }
    }),
    { numRuns: 2000 },
  )
})
