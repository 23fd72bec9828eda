import { expect, test } from "vitest"
import { counter, histogram, inSpan, traceparent } from "./trace.ts"

test("without an SDK spans and metrics cost nothing and change nothing", async () => {
  counter("duck.test").add(1)
  histogram("duck.test.duration").record(0.1)
  expect(await inSpan("work", { a: 1 }, async () => 42)).toBe(42)
  await expect(inSpan("work", {}, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken")
  expect(traceparent()).toBeUndefined()
})
