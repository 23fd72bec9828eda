import { expect, test } from "vitest"
import { z } from "zod"
import { isStrictSchema } from "./strict-schema.ts"

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema)

test("closed objects whose properties are all required can be strict", () => {
  const inner = z.object({
    list: z.array(z.string()),
    maybe: z.union([z.number(), z.null()]),
    kind: z.enum(["a", "b"]),
  })
  expect(isStrictSchema(schemaOf(z.object({ inner })))).toBe(true)
})

test("optional properties, open objects, other keywords and other roots can't", () => {
  for (const schema of [
    schemaOf(z.object({ a: z.string().optional() })),
    schemaOf(z.object({ deep: z.array(z.looseObject({ a: z.string() })) })),
    schemaOf(z.object({ map: z.record(z.string(), z.number()) })),
    { type: "object", properties: {} },
    { type: "object", properties: {}, additionalProperties: false, allOf: [] },
    { type: "array", items: { type: "string" } },
    {},
  ]) {
    expect(isStrictSchema(schema)).toBe(false)
  }
})
