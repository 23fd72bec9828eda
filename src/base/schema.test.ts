import { expect, test } from "vitest"
import { z } from "zod"
import { parseJson, parseWith } from "./schema.ts"

const Settings = z.strictObject({ port: z.int().min(1), host: z.string().default("localhost") })

test("a value that fits comes back with its defaults", () => {
  expect(parseWith(Settings, { port: 80 }, "the settings")).toEqual({ port: 80, host: "localhost" })
})

test("a value that does not fit names each faulty field", () => {
  const wrong = () => parseWith(Settings, { port: 0, host: 7 }, "the settings")
  expect(wrong).toThrow(/^The settings is not valid: port: .*; host: /)
  expect(wrong).toThrow(expect.objectContaining({ code: "INVALID_INPUT", status: 400 }))
})

test("text that is not JSON says so", () => {
  expect(() => parseJson(Settings, "{port", "the settings")).toThrow(/The settings is not JSON/)
})
