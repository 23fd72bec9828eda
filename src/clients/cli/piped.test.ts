import { Readable } from "node:stream"
import { expect, test } from "vitest"
import { pipedText } from "./piped.ts"

const from = (...chunks: (string | Buffer)[]) => Readable.from(chunks, { objectMode: true })
const bytes = Buffer.from("ü")

test("all that is piped in is read, in whatever pieces it comes", async () => {
  expect(await pipedText(from("one ", "two"), { mayBeNone: true })).toBe("one two")
  expect(await pipedText(from(bytes.subarray(0, 1), bytes.subarray(1)), { mayBeNone: false })).toBe("ü")
  expect(await pipedText(from(), { mayBeNone: true })).toBe("")
})

test("a terminal has nothing piped in, and nobody waits for it", async () => {
  const terminal = Object.assign(new Readable({ read() {} }), { isTTY: true })
  expect(await pipedText(terminal, { mayBeNone: false })).toBe("")
})

test("what is too long is refused", async () => {
  await expect(pipedText(from("x".repeat(1_000_001)), { mayBeNone: false })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
})
