import { PassThrough } from "node:stream"
import { expect, test } from "vitest"
import { hiddenPrompt, secretOn } from "./typed-secret.ts"

/** A terminal that somebody types into, and what it shows. */
function terminal() {
  const input = Object.assign(new PassThrough(), {
    isRaw: false,
    setRawMode(mode: boolean) {
      input.isRaw = mode
    },
  })
  let shown = ""
  const controller = new AbortController()
  const asked = hiddenPrompt("Key: ", { input, write: (text) => (shown += text), signal: controller.signal })
  return { input, asked, shown: () => shown, cancel: () => controller.abort() }
}

test("what is typed is not shown, and can be corrected", async () => {
  const { input, asked, shown } = terminal()
  expect(input.isRaw).toBe(true)
  input.write("sk-1")
  input.write("29\x7f3\r")
  expect(await asked).toBe("sk-123")
  expect(shown()).toBe("Key: \n")
  expect(input.isRaw).toBe(false)
  expect(input.listenerCount("data")).toBe(0)
})

test("a pasted key ends with its line", async () => {
  const { input, asked } = terminal()
  input.write("sk-pasted\nrest")
  expect(await asked).toBe("sk-pasted")
})

test("Ctrl-C and a signal cancel, and leave the terminal as it was", async () => {
  const one = terminal()
  one.input.write("sk\x03")
  await expect(one.asked).rejects.toMatchObject({ code: "CANCELLED" })
  expect(one.input.isRaw).toBe(false)
  const two = terminal()
  two.cancel()
  await expect(two.asked).rejects.toMatchObject({ code: "CANCELLED" })
  expect(two.input.isRaw).toBe(false)
})

test("standard input is read to its end, but not without one", async () => {
  const input = new PassThrough()
  input.write("sk-")
  input.end("piped\n")
  expect(await secretOn(input)).toBe("sk-piped")
  const endless = new PassThrough()
  endless.write("x".repeat(20_000))
  await expect(secretOn(endless)).rejects.toMatchObject({ code: "INVALID_INPUT" })
})
