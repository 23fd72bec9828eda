import { expect, test } from "vitest"
import { z } from "zod"
import { registry } from "../commands/registry.ts"
import { openApi } from "./openapi.ts"

// The parts of the OpenAPI 3.1 schema that a generator of clients relies on.
const Schema = z.looseObject({})
const Content = z.record(z.string().regex(/^[\w-]+\/[\w.+-]+$/), z.object({ schema: Schema }))
const Response = z.object({ description: z.string().min(1), content: Content.optional() })
const Reference = z.strictObject({ $ref: z.string().regex(/^#\/components\/(schemas|parameters)\/\w+$/) })
const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(Reference).optional(),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^(\d{3}|default)$/), Response),
})
const OpenApi = z.object({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z.object({ title: z.string(), version: z.string(), license: z.object({ name: z.string() }) }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string().startsWith("/"), z.object({ get: Operation.optional(), post: Operation.optional() })),
  components: z.object({
    securitySchemes: z.record(z.string(), z.object({ type: z.literal("http"), scheme: z.literal("bearer") })),
    schemas: z.record(z.string(), Schema),
    parameters: z.record(z.string(), z.object({ name: z.string(), in: z.literal("header"), schema: Schema })),
  }),
})

const text = JSON.stringify(openApi())
const api = OpenApi.parse(JSON.parse(text))

test("every command is a path with its schemas, and nothing else is", () => {
  const names = Object.keys(registry)
  expect(Object.keys(api.paths).sort()).toEqual(["/health", ...names.map((name) => `/v1/commands/${name}`)].sort())
  for (const [name, command] of Object.entries(registry)) {
    const operation = api.paths[`/v1/commands/${name}`]?.post
    const body = operation?.requestBody?.content["application/json"]?.schema as {
      properties: object
      additionalProperties: unknown
    }
    expect(Object.keys(body.properties).sort()).toEqual(Object.keys(command.input.shape).sort())
    expect(body.additionalProperties).toBe(false)
    expect(operation?.responses["200"]?.content).toHaveProperty(["text/event-stream"])
  }
})

test("every reference leads somewhere", () => {
  for (const [, kind, name] of text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)) {
    expect(api.components).toHaveProperty([kind ?? "", name ?? ""])
  }
  for (const [reference] of text.matchAll(/"\$ref":"[^"]*"/g)) expect(reference).toContain("#/components/")
})

test("operations have names of their own, and tags that exist", () => {
  const operations = Object.values(api.paths).flatMap(({ get, post }) => [get, post].filter((one) => one !== undefined))
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
})
