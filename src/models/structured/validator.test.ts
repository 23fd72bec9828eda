import { expect, test } from "vitest"
import { z } from "zod"
import { validatorOf } from "./validator.ts"

const person = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1 },
    age: { type: "integer", minimum: 0 },
    kind: { enum: ["a", "b"] },
  },
  required: ["name"],
  additionalProperties: false,
}

test("what fits has no errors, and what does not says where and why", () => {
  const validate = validatorOf(person, "person")
  expect(validate({ name: "Ada", age: 36 })).toEqual([])
  expect(validate({ age: -1, kind: "c", extra: 1 })).toEqual([
    "the answer must have required property 'name'",
    'the answer must not have the property "extra"',
    "/age must be >= 0",
    '/kind must be one of ["a","b"]',
  ])
  expect(validate("no")).toEqual(["the answer must be object"])
})

test("schemas of both dialects are understood, with their references", () => {
  const tuple = {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "array",
    items: [{ type: "string" }, { type: "number" }],
  }
  expect(validatorOf(tuple, "t")(["a", 1])).toEqual([])
  expect(validatorOf(tuple, "t")([1, 1])).toEqual(["/0 must be string"])
  const modern = z.toJSONSchema(z.object({ list: z.array(z.union([z.literal("x"), z.number()])) }))
  expect(validatorOf(modern, "m")({ list: ["x", 2] })).toEqual([])
  expect(validatorOf(modern, "m")({ list: ["y"] })).not.toEqual([])
  const referring = { $id: "https://example.com/s", $ref: "#/$defs/a", $defs: { a: { type: "string" } } }
  expect(validatorOf(referring, "r")("x")).toEqual([])
})

test("one schema can be used again, and another of the same id too", () => {
  const schema = { $id: "same", type: "string" }
  expect(validatorOf(schema, "a")("x")).toEqual([])
  expect(validatorOf(schema, "a")("x")).toEqual([])
  expect(validatorOf({ $id: "same", type: "number" }, "b")("x")).not.toEqual([])
})

test("what is no schema is said before anyone is asked", () => {
  for (const schema of [{ type: "nothing" }, { $ref: "https://example.com/elsewhere" }, { properties: 3 }]) {
    expect(() => validatorOf(schema, "bad")).toThrow(expect.objectContaining({ code: "MODEL_REQUEST_INVALID" }))
  }
})

test("a pattern is checked in linear time, and one that looks ahead is not checked", () => {
  const slow = validatorOf({ type: "string", pattern: "^(a+)+$" }, "slow")
  const startedAt = performance.now()
  expect(slow(`${"a".repeat(50_000)}!`)).toEqual(['the answer must match pattern "^(a+)+$"'])
  expect(slow("aaa")).toEqual([])
  expect(performance.now() - startedAt).toBeLessThan(5000)
  expect(validatorOf({ type: "string", pattern: "^(?=a)b" }, "ahead")("c")).toEqual([])
})
