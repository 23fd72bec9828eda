import fc from "fast-check"
import type { Message, Part } from "../model.ts"

const text = fc.constantFrom("", " ", "hello", "Größe\n", "{}")
const proof = fc.constantFrom(
  undefined,
  { from: "anthropic" as const, data: { type: "thinking", signature: "s" } },
  { from: "gemini" as const, data: { thoughtSignature: "s", id: "c1" } },
)
const image = fc.constant({
  kind: "image" as const,
  mediaType: "image/png",
  source: { kind: "base64" as const, data: "AAAA" },
})
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text }),
  image,
  fc.record({ kind: fc.constant("reasoning" as const), text, proof }),
  fc.record({
    kind: fc.constant("tool-call" as const),
    id: fc.constantFrom("c1", "c2"),
    name: fc.constant("look"),
    arguments: fc.constantFrom("", "{}", '{"a":1}', "[1]", "{oops"),
    proof,
  }),
  fc.record({
    kind: fc.constant("tool-result" as const),
    callId: fc.constantFrom("c1", "c2"),
    name: fc.constant("look"),
    content: fc.array(fc.oneof(fc.record({ kind: fc.constant("text" as const), text }), image), { maxLength: 2 }),
    isError: fc.boolean(),
  }),
)

/** Conversations of any order, with parts where they make no sense, empty ones and marks. */
export const anyMessages: fc.Arbitrary<readonly Message[]> = fc.array(
  fc.record({
    role: fc.constantFrom<Message["role"]>("system", "user", "assistant", "tool"),
    parts: fc.array(part, { maxLength: 4 }),
    cache: fc.constantFrom(undefined, "short" as const, "long" as const),
  }),
  { maxLength: 8 },
)
