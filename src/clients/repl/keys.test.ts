import { expect, test } from "vitest"
import { type Key, keysOf } from "./keys.ts"

function typing(...chunks: (string | Buffer)[]) {
  const heard: Key[] = []
  const keys = keysOf((key) => heard.push(key))
  let line = ""
  keys.stream.on("data", (data) => (line += String(data)))
  for (const chunk of chunks) keys.stream.write(chunk)
  return { heard, line, text: keys.expand(line) }
}

test("keys of a conversation are told and kept from the line", () => {
  expect(typing("\x1b", "\x1b[Z", "\x12", "\x07", "\x1b\x1b")).toMatchObject({
    heard: ["escape", "cycle-mode", "search-history", "open-editor", "escape", "escape"],
    line: "",
  })
  expect(typing("a")).toMatchObject({ heard: ["typing"], line: "a" })
  expect(typing("\x1b[A", "\x1b[1;5D", "\r")).toMatchObject({ heard: [], line: "\x1b[A\x1b[1;5D\r" })
})

test("Ctrl+J, Alt+Enter and Shift+Enter break the line without ending it", () => {
  expect(typing("a", "\n", "b", "\x1b\r", "c", "\x1b[13;2u", "d").text).toBe("a\nb\nc\nd")
})

test("a paste of several lines is one word until it is said, however it comes in", () => {
  const { line, text } = typing("see \x1b[200~one\r\ntw", "o\nthree\x1b[20", "1~ please")
  expect(line).toBe("see [pasted 1: 3 lines] please")
  expect(text).toBe("see one\ntwo\nthree please")
  expect(typing("\x1b[200~a word\x1b[201~")).toMatchObject({ line: "a word", text: "a word" })
})

test("a letter that is cut in two arrives whole", () => {
  const bytes = Buffer.from("ü")
  expect(typing(bytes.subarray(0, 1), bytes.subarray(1)).text).toBe("ü")
})

test("a key that its hearer does not want is the line editor's", () => {
  const keys = keysOf((key) => key !== "end")
  let line = ""
  keys.stream.on("data", (data) => (line += String(data)))
  keys.stream.write("\x04\x07")
  expect(line).toBe("\x04")
})

test("while something grabs the keys, the line gets what it leaves", () => {
  const keys = keysOf(() => true)
  let line = ""
  keys.stream.on("data", (data) => (line += String(data)))
  keys.grab = (text) => text.replaceAll("x", "")
  keys.stream.write("axb")
  keys.grab = undefined
  keys.stream.write("x")
  expect(line).toBe("abx")
})

test("a text of several lines is one line, and the same text again", () => {
  const keys = keysOf(() => true)
  expect(keys.fold("a\r\nb\nc")).not.toMatch(/[\r\n]/)
  expect(keys.expand(keys.fold("a\r\nb\nc"))).toBe("a\nb\nc")
})
