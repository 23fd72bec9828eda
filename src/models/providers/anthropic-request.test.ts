import fc from "fast-check"
import { expect, test } from "vitest"
import type { Message, ModelRequest } from "../model.ts"
import { anthropicRequest } from "./anthropic-request.ts"
import { anthropicSchema } from "./anthropic-schema.ts"
import { asking } from "./asking.testing.ts"
import { anyMessages } from "./messages.testing.ts"

const said = (role: Message["role"], text: string, more: Partial<Message> = {}): Message => ({
  role,
  parts: [{ kind: "text", text }],
  ...more,
})
const sent = (more: Partial<ModelRequest>, model = "claude-sonnet-4-5") =>
  anthropicRequest(asking("Hi", { model, ...more }), 64_000)
const tool = {
  name: "read",
  description: "Reads",
  parameters: { type: "object", properties: { path: { type: "string" } } },
}

test("the system's messages are joined in front, and turns alternate", () => {
  const body = sent({
    messages: [
      said("system", "Be brief."),
      said("user", "a"),
      said("system", "Be kind."),
      said("user", "b"),
      said("assistant", "c"),
    ],
  })
  expect(body.system).toEqual([
    { type: "text", text: "Be brief." },
    { type: "text", text: "Be kind." },
  ])
  expect(body.messages).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    },
    { role: "assistant", content: [{ type: "text", text: "c" }] },
  ])
})

test("calls, results with images, and errors go as Anthropic has them; results come first in their turn", () => {
  const image = { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "AAAA" } } as const
  const body = sent({
    messages: [
      said("user", "go"),
      {
        role: "assistant",
        parts: [
          { kind: "tool-call", id: "t1", name: "read", arguments: '{"path":"a"}' },
          { kind: "tool-call", id: "t2", name: "read", arguments: "{oops" },
        ],
      },
      said("user", "and be quick"),
      {
        role: "tool",
        parts: [{ kind: "tool-result", callId: "t1", name: "read", content: [{ kind: "text", text: "one" }, image] }],
      },
      { role: "tool", parts: [{ kind: "tool-result", callId: "t2", name: "read", content: [], isError: true }] },
    ],
  })
  expect(body.messages).toEqual([
    { role: "user", content: [{ type: "text", text: "go" }] },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "t1", name: "read", input: { path: "a" } },
        { type: "tool_use", id: "t2", name: "read", input: { invalid_json: "{oops" } },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "t1",
          content: [
            { type: "text", text: "one" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          ],
        },
        { type: "tool_result", tool_use_id: "t2", is_error: true },
        { type: "text", text: "and be quick" },
      ],
    },
  ])
})

test("thoughts go back with their proof, and only Anthropic's own", () => {
  const proof = (data: Record<string, unknown>, from: "anthropic" | "gemini" = "anthropic") => ({ from, data })
  const body = sent({
    messages: [
      said("user", "go"),
      {
        role: "assistant",
        parts: [
          { kind: "reasoning", text: "hm", proof: proof({ type: "thinking", signature: "s" }) },
          { kind: "reasoning", text: "", proof: proof({ type: "redacted_thinking", data: "enc" }) },
          { kind: "reasoning", text: "elsewhere", proof: proof({ thoughtSignature: "x" }, "gemini") },
          { kind: "reasoning", text: "unproven" },
          { kind: "text", text: "  " },
          { kind: "text", text: "done" },
        ],
      },
    ],
  })
  expect((body.messages as { content: unknown }[])[1]?.content).toEqual([
    { type: "thinking", thinking: "hm", signature: "s" },
    { type: "redacted_thinking", data: "enc" },
    { type: "text", text: "done" },
  ])
})

test("of more than four cache marks the last four are kept, long ones before short ones", () => {
  const body = sent({
    messages: [
      said("system", "s", { cache: "short" }),
      said("user", "1", { cache: "short" }),
      said("assistant", "2", { cache: "short" }),
      said("user", "3", { cache: "long" }),
      said("assistant", "4", { cache: "short" }),
    ],
  })
  const marks = [
    ...(body.system as object[]),
    ...(body.messages as { content: object[] }[]).flatMap(({ content }) => content),
  ].map((block) => ("cache_control" in block ? block.cache_control : undefined))
  const long = { type: "ephemeral", ttl: "1h" }
  expect(marks).toEqual([undefined, long, long, long, { type: "ephemeral" }])
})

test("a mark never stands on a thought", () => {
  const body = sent({
    messages: [
      {
        role: "assistant",
        cache: "short",
        parts: [
          { kind: "text", text: "x" },
          { kind: "reasoning", text: "hm", proof: { from: "anthropic", data: { type: "thinking", signature: "s" } } },
        ],
      },
    ],
  })
  expect(body.messages).toEqual([
    {
      role: "assistant",
      content: [
        { type: "text", text: "x", cache_control: { type: "ephemeral" } },
        { type: "thinking", thinking: "hm", signature: "s" },
      ],
    },
  ])
})

test("the limit of the answer is what is asked, or a sane part of what the model can", () => {
  expect(sent({ maxOutputTokens: 77 }).max_tokens).toBe(77)
  expect(anthropicRequest(asking("x"), 4_096).max_tokens).toBe(4_096)
  expect(anthropicRequest(asking("x"), 128_000).max_tokens).toBe(32_000)
  expect(anthropicRequest(asking("x"), null).max_tokens).toBe(8_192)
})

test("an older model is given a budget to think with that leaves room for the answer", () => {
  expect(sent({ reasoning: { maxTokens: 2_000 } }).thinking).toEqual({ type: "enabled", budget_tokens: 2_000 })
  expect(sent({ reasoning: { effort: "high" } }).thinking).toEqual({ type: "enabled", budget_tokens: 16_384 })
  expect(sent({ reasoning: { effort: "high" }, maxOutputTokens: 5_000 }).thinking).toEqual({
    type: "enabled",
    budget_tokens: 4_000,
  })
  expect(sent({ reasoning: { maxTokens: 5 } }).thinking).toEqual({ type: "enabled", budget_tokens: 1_024 })
  expect(sent({ reasoning: { effort: "high" }, maxOutputTokens: 1_000 }).thinking).toBeUndefined()
  expect(sent({ reasoning: { effort: "none" } }).thinking).toBeUndefined()
  expect(sent({}).thinking).toBeUndefined()
  expect(sent({ reasoning: { effort: "high" } }, "claude-3-5-haiku-latest").thinking).toBeUndefined()
  expect(sent({ reasoning: { effort: "high" }, temperature: 0.5 })).not.toHaveProperty("temperature")
})

test("a newer model is told an effort and thinks as it likes", () => {
  const newer = sent({ reasoning: { effort: "xhigh" }, temperature: 0.2, topP: 0.5 }, "claude-opus-5-5")
  expect(newer.thinking).toEqual({ type: "adaptive", display: "summarized" })
  expect(newer.output_config).toEqual({ effort: "xhigh" })
  expect(newer).not.toHaveProperty("temperature")
  expect(newer).not.toHaveProperty("top_p")
  expect(sent({ reasoning: { effort: "none" } }, "claude-opus-5-5")).toMatchObject({ output_config: { effort: "low" } })
  expect(sent({ reasoning: { effort: "xhigh" } }, "claude-opus-4-6")).toMatchObject({
    output_config: { effort: "high" },
  })
})

test("tools, the choice between them, and one call at a time", () => {
  expect(sent({ tools: [tool] })).toMatchObject({
    tools: [{ name: "read", description: "Reads", input_schema: tool.parameters }],
  })
  expect(sent({ tools: [tool] })).not.toHaveProperty("tool_choice")
  const choice = (more: Partial<ModelRequest>) => sent({ tools: [tool], ...more }).tool_choice
  expect(choice({ parallelToolCalls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true })
  expect(choice({ toolChoice: "required", parallelToolCalls: false })).toEqual({
    type: "any",
    disable_parallel_tool_use: true,
  })
  expect(choice({ toolChoice: { name: "read" } })).toEqual({ type: "tool", name: "read" })
  expect(choice({ toolChoice: "none", parallelToolCalls: false })).toEqual({ type: "none" })
  expect(sent({ toolChoice: "required" })).not.toHaveProperty("tool_choice")
  expect(sent({ tools: [tool], toolChoice: "required", reasoning: { effort: "high" } }).thinking).toBeUndefined()
})

test("a strict tool is strict where the model knows it", () => {
  const strict = { ...tool, strict: true }
  expect(sent({ tools: [strict] })).toMatchObject({
    tools: [{ strict: true, input_schema: { additionalProperties: false } }],
  })
  expect((sent({ tools: [strict] }, "claude-sonnet-4-0").tools as object[])[0]).not.toHaveProperty("strict")
})

test("an output schema goes as the native format, without what Anthropic refuses", () => {
  const schema = { type: "object", properties: { n: { type: "integer", minimum: 1 } }, required: ["n"] }
  expect(sent({ output: { name: "answer", schema } }).output_config).toEqual({
    format: {
      type: "json_schema",
      schema: {
        type: "object",
        properties: { n: { type: "integer", description: "(minimum: 1)" } },
        required: ["n"],
        additionalProperties: false,
      },
    },
  })
})

test("a schema is narrowed to what is known, all the way down, and the rest is told in words", () => {
  expect(
    anthropicSchema({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: { type: "string" },
      $defs: {
        a: { type: "object", properties: { minimum: { type: "number", minimum: 0, description: "How many." } } },
      },
      properties: {
        list: { type: "array", minItems: 3, maxItems: 9, items: { $ref: "#/$defs/a", description: "lost" } },
        some: { type: "array", minItems: 1, items: { type: "string" } },
        when: { type: "string", format: "date-time" },
        odd: { type: "string", format: "odd", pattern: "^a" },
        either: { oneOf: [{ type: "string" }, { type: "null" }] },
        maybe: { type: ["string", "null"], description: "If any." },
        kind: { type: ["string", "null"], enum: ["a", null] },
      },
    }),
  ).toEqual({
    type: "object",
    additionalProperties: false,
    $defs: {
      a: {
        type: "object",
        properties: { minimum: { type: "number", description: "How many. (minimum: 0)" } },
        additionalProperties: false,
      },
    },
    properties: {
      list: { type: "array", items: { $ref: "#/$defs/a" }, description: "(minItems: 3, maxItems: 9)" },
      some: { type: "array", minItems: 1, items: { type: "string" } },
      when: { type: "string", format: "date-time" },
      odd: { type: "string", description: '(format: "odd", pattern: "^a")' },
      either: { anyOf: [{ type: "string" }, { type: "null" }] },
      maybe: { description: "If any.", anyOf: [{ type: "string" }, { type: "null" }] },
      kind: { enum: ["a", null] },
    },
  })
})

test("what only the provider knows goes along, and ours wins", () => {
  const body = sent({ extra: { service_tier: "auto", stream: false, model: "other" } })
  expect(body).toMatchObject({ service_tier: "auto", stream: true, model: "claude-sonnet-4-5" })
})

test("a request of the system alone is put as a question", () => {
  const body = sent({ messages: [said("system", "Say hello.")] })
  expect(body).not.toHaveProperty("system")
  expect(body.messages).toEqual([{ role: "user", content: [{ type: "text", text: "Say hello." }] }])
})

test("whatever the conversation: turns alternate, nothing is empty, results come first, and there are at most four marks", () => {
  fc.assert(
    fc.property(anyMessages, (messages) => {
      const { system = [], messages: turns } = sent({ messages }) as {
        system?: Record<string, unknown>[]
        messages: { role: string; content: Record<string, unknown>[] }[]
      }
      const blocks = [...system, ...turns.flatMap(({ content }) => content)]
      for (const [at, { role, content }] of turns.entries()) {
        expect(role).not.toBe(turns[at - 1]?.role)
        expect(content).not.toEqual([])
        const results = content.map(({ type }) => type === "tool_result")
        expect(results.lastIndexOf(true)).toBe(results.filter(Boolean).length - 1)
      }
      for (const block of blocks) if (block.type === "text") expect(String(block.text).trim()).not.toBe("")
      const ttls = blocks.flatMap(({ cache_control: mark }) => (mark ? [JSON.stringify(mark).includes("1h")] : []))
      expect(ttls.length).toBeLessThanOrEqual(4)
      expect(ttls).toEqual(ttls.toSorted((a, b) => Number(b) - Number(a)))
    }),
  )
})
