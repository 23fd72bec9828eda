import Ajv from "ajv"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { Message, ModelRequest } from "../model.ts"
import { asking } from "./asking.testing.ts"
import { geminiRequest, geminiVersion } from "./gemini-request.ts"
import { geminiSchema } from "./gemini-schema.ts"
import { anyMessages } from "./messages.testing.ts"

const said = (role: Message["role"], text: string): Message => ({ role, parts: [{ kind: "text", text }] })
const sent = (more: Partial<ModelRequest>, model = "gemini-2.5-flash") =>
  geminiRequest(asking("Hi", { model, ...more }))
const config = (more: Partial<ModelRequest>, model?: string) => sent(more, model).generationConfig

test("the system's messages are joined, and turns alternate between user and model", () => {
  const body = sent({
    messages: [said("system", "a"), said("user", "1"), said("system", "b"), said("user", "2"), said("assistant", "3")],
  })
  expect(body.systemInstruction).toEqual({ parts: [{ text: "a" }, { text: "b" }] })
  expect(body.contents).toEqual([
    { role: "user", parts: [{ text: "1" }, { text: "2" }] },
    { role: "model", parts: [{ text: "3" }] },
  ])
})

const conversation: readonly Message[] = [
  {
    role: "user",
    parts: [
      { kind: "text", text: "go" },
      { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "AAAA" } },
      { kind: "image", mediaType: "image/png", source: { kind: "url", url: "https://example.com/a.png" } },
    ],
  },
  {
    role: "assistant",
    parts: [
      { kind: "reasoning", text: "hm" },
      { kind: "reasoning", text: "", proof: { from: "gemini", data: { thoughtSignature: "s0" } } },
      {
        kind: "tool-call",
        id: "fc-1",
        name: "read",
        arguments: '{"a":1}',
        proof: { from: "gemini", data: { id: "fc-1", thoughtSignature: "s1" } },
      },
      { kind: "tool-call", id: "toolu_2", name: "list", arguments: "{oops" },
    ],
  },
  {
    role: "tool",
    parts: [
      {
        kind: "tool-result",
        callId: "fc-1",
        name: "read",
        content: [
          { kind: "text", text: "one" },
          { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "BBBB" } },
        ],
      },
      { kind: "tool-result", callId: "toolu_2", name: "list", content: [{ kind: "text", text: "bad" }], isError: true },
    ],
  },
]

test("images, calls with their proof, results and errors go as Gemini has them", () => {
  expect(sent({ messages: conversation }).contents).toEqual([
    {
      role: "user",
      parts: [
        { text: "go" },
        { inlineData: { mimeType: "image/png", data: "AAAA" } },
        { fileData: { mimeType: "image/png", fileUri: "https://example.com/a.png" } },
      ],
    },
    {
      role: "model",
      parts: [
        { text: "", thoughtSignature: "s0" },
        { functionCall: { id: "fc-1", name: "read", args: { a: 1 } }, thoughtSignature: "s1" },
        { functionCall: { name: "list", args: { invalid_json: "{oops" } } },
      ],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { id: "fc-1", name: "read", response: { output: "one" } } },
        { inlineData: { mimeType: "image/png", data: "BBBB" } },
        { functionResponse: { name: "list", response: { error: "bad" } } },
      ],
    },
  ])
})

test("a call that another provider's model made is signed as foreign for Gemini 3, which wants a signature", () => {
  const messages: readonly Message[] = [
    said("user", "go"),
    {
      role: "assistant",
      parts: [
        {
          kind: "tool-call",
          id: "toolu_1",
          name: "a",
          arguments: "{}",
          proof: { from: "anthropic", data: { id: "x" } },
        },
        { kind: "tool-call", id: "toolu_2", name: "b", arguments: "{}" },
      ],
    },
  ]
  const partsFor = (model: string) => (sent({ messages }, model).contents as { parts: object[] }[])[1]?.parts
  expect(partsFor("gemini-3.8-flash")).toEqual([
    { functionCall: { name: "a", args: {} }, thoughtSignature: "skip_thought_signature_validator" },
    { functionCall: { name: "b", args: {} } },
  ])
  expect(partsFor("gemini-2.5-pro")?.[0]).not.toHaveProperty("thoughtSignature")
})

test("thinking is a number of tokens up to 2.5 and a level from 3 on", () => {
  const thinking = (reasoning: ModelRequest["reasoning"], model: string) => config({ reasoning }, model)
  expect(thinking({ effort: "high" }, "gemini-2.5-flash")).toEqual({
    thinkingConfig: { thinkingBudget: 16_384, includeThoughts: true },
  })
  expect(thinking({ effort: "none" }, "gemini-2.5-flash")).toEqual({
    thinkingConfig: { thinkingBudget: 0, includeThoughts: false },
  })
  expect(thinking({ effort: "none" }, "gemini-2.5-pro")).toEqual({
    thinkingConfig: { thinkingBudget: 128, includeThoughts: false },
  })
  expect(thinking({ maxTokens: 999 }, "models/gemini-2.5-flash")).toMatchObject({
    thinkingConfig: { thinkingBudget: 999 },
  })
  expect(thinking({ effort: "xhigh" }, "gemini-3.8-flash")).toEqual({
    thinkingConfig: { thinkingLevel: "high", includeThoughts: true },
  })
  expect(thinking({ effort: "medium" }, "gemini-4-argon")).toMatchObject({
    thinkingConfig: { thinkingLevel: "medium" },
  })
  expect(thinking({ effort: "medium" }, "gemini-3-pro-preview")).toMatchObject({
    thinkingConfig: { thinkingLevel: "high" },
  })
  expect(thinking({ effort: "none" }, "gemini-4-argon")).toEqual({
    thinkingConfig: { thinkingLevel: "low", includeThoughts: false },
  })
  expect(thinking({ effort: "high" }, "gemini-2.0-flash")).toBeUndefined()
  expect(geminiVersion("gemini-flash-latest")).toBe(Number.POSITIVE_INFINITY)
  expect(geminiVersion("gemma-3-27b-it")).toBe(0)
})

test("limits, sampling and the schema of the answer go into the configuration", () => {
  expect(
    config({
      maxOutputTokens: 9,
      temperature: 0,
      topP: 0.5,
      seed: 4,
      stop: ["1", "2", "3", "4", "5", "6"],
      output: {
        name: "answer",
        schema: { type: "object", properties: { a: { type: ["string", "null"] } }, additionalProperties: false },
      },
      extra: { generationConfig: { topK: 3, temperature: 1 }, safetySettings: [] },
    }),
  ).toEqual({
    topK: 3,
    maxOutputTokens: 9,
    temperature: 0,
    topP: 0.5,
    seed: 4,
    stopSequences: ["1", "2", "3", "4", "5"],
    responseMimeType: "application/json",
    responseSchema: { type: "object", properties: { a: { type: "string", nullable: true } } },
  })
  expect(sent({ extra: { safetySettings: [] } })).toHaveProperty("safetySettings")
})

test("tools are declared, and the choice between them", () => {
  const tools = [
    {
      name: "read",
      description: "Reads",
      parameters: { type: "object", properties: { path: { type: "string", minLength: 1 } }, required: ["path"] },
    },
    { name: "now", parameters: { type: "object", properties: {} } },
  ]
  const body = sent({ tools })
  expect(body.tools).toEqual([
    {
      functionDeclarations: [
        {
          name: "read",
          description: "Reads",
          parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
        },
        { name: "now" },
      ],
    },
  ])
  expect(body).not.toHaveProperty("toolConfig")
  const choice = (toolChoice: ModelRequest["toolChoice"]) => sent({ tools, toolChoice }).toolConfig
  expect(choice("required")).toEqual({ functionCallingConfig: { mode: "ANY" } })
  expect(choice("none")).toEqual({ functionCallingConfig: { mode: "NONE" } })
  expect(choice({ name: "now" })).toEqual({ functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["now"] } })
})

test("a schema is made of what Gemini knows", () => {
  expect(
    geminiSchema({
      $schema: "x",
      type: "object",
      $defs: { point: { type: "object", properties: { x: { type: "number", exclusiveMinimum: 0 } } } },
      properties: {
        at: { $ref: "#/$defs/point", description: "where" },
        many: { type: "array", items: { $ref: "#/$defs/point" }, uniqueItems: true },
        any: { type: "array" },
        one: { const: "a" },
        some: { enum: ["a", "b", null] },
        numbers: { type: "integer", enum: [1, 2], description: "How many." },
        either: { anyOf: [{ type: "string" }, { type: "integer" }] },
        maybe: { oneOf: [{ type: "string", format: "uri" }, { type: "null" }] },
        mixed: { type: ["string", "integer"] },
        all: {
          allOf: [
            { properties: { a: { type: "string" } }, required: ["a"] },
            { type: "object", properties: { b: { type: "boolean" } }, required: ["b"] },
          ],
        },
      },
    }),
  ).toEqual({
    type: "object",
    properties: {
      at: { type: "object", description: "where", properties: { x: { type: "number" } } },
      many: { type: "array", items: { type: "object", properties: { x: { type: "number" } } } },
      any: { type: "array", items: { type: "string" } },
      one: { type: "string", enum: ["a"] },
      some: { type: "string", enum: ["a", "b"], nullable: true },
      numbers: { type: "integer", description: "How many. One of: 1, 2." },
      either: { anyOf: [{ type: "string" }, { type: "integer" }] },
      maybe: { type: "string", nullable: true },
      mixed: { anyOf: [{ type: "string" }, { type: "integer" }] },
      all: { type: "object", properties: { a: { type: "string" }, b: { type: "boolean" } }, required: ["a", "b"] },
    },
  })
})

test("a schema that contains itself comes to an end", () => {
  const tree = {
    $ref: "#/$defs/node",
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, left: { $ref: "#/$defs/node" } } } },
  }
  expect(geminiSchema(tree)).toEqual({
    type: "object",
    properties: { next: { type: "object" }, left: { type: "object" } },
  })
  expect(geminiSchema({ $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } })).toEqual({})
})

test("what fits the schema fits what was made of it", () => {
  const leaf = fc.constantFrom<Record<string, unknown>>(
    { type: "string", minLength: 1 },
    { type: "integer", multipleOf: 2 },
    { enum: ["a", "b"] },
    { type: ["string", "null"] },
  )
  const object = fc
    .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf, { maxKeys: 4 })
    .map((properties) => ({ type: "object", properties, required: Object.keys(properties) }))
  const fitting = (schema: Record<string, unknown>): unknown =>
    schema.enum ? "a" : schema.type === "integer" ? 4 : "text"
  fc.assert(
    fc.property(object, (schema) => {
      const value = Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, fitting(inner)]))
      const ajv = new Ajv.default({ strict: false })
      expect(ajv.validate(schema, value)).toBe(true)
      expect(ajv.validate(geminiSchema(schema), value)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test("whatever the conversation: turns alternate, nothing is empty, and Gemini 3's calls are signed", () => {
  fc.assert(
    fc.property(anyMessages, (messages) => {
      const { contents } = sent({ messages }, "gemini-4-argon") as {
        contents: { role: string; parts: Record<string, unknown>[] }[]
      }
      for (const [at, { role, parts }] of contents.entries()) {
        expect(role).not.toBe(contents[at - 1]?.role)
        expect(parts).not.toEqual([])
        const firstCall = parts.find(({ functionCall }) => functionCall !== undefined)
        if (role === "model" && firstCall) expect(firstCall.thoughtSignature).toBeTypeOf("string")
      }
    }),
  )
})

test("a request of the system alone is put as a question", () => {
  const body = sent({ messages: [said("system", "Say hello.")] })
  expect(body).not.toHaveProperty("systemInstruction")
  expect(body.contents).toEqual([{ role: "user", parts: [{ text: "Say hello." }] }])
})
