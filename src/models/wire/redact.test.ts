import fc from "fast-check"
import { expect, test } from "vitest"
import { redactor, secretsOf } from "./redact.ts"

test("a secret never stays in a text, wherever and however often it stands", () => {
  const secret = fc.stringMatching(/^[\x21-\x7e]{4,40}$/).filter((text) => !"[redacted]".includes(text))
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (key, before, after) => {
      const text = `${before}${key}${after}${encodeURIComponent(key)}${key}`
      expect(redactor([key])(text)).not.toContain(key)
    }),
  )
})

test("what looks like a key goes even when nobody knows it", () => {
  const redact = redactor([])
  for (const text of [
    "authorization: Bearer abcdef123456",
    "Incorrect API key provided: sk-proj-abcdef1234567890",
    "https://x.example/v1?key=abcdef123456&alt=sse",
    "x-api-key: abcdef123456",
    '{"api-key":"abcdef123456"}',
    "AIzaSyabcdef123456",
  ]) {
    expect(redact(text)).not.toContain("abcdef123456")
    expect(redact(text)).toContain("[redacted]")
  }
})

test("a plain message stays as it is", () => {
  const text = "The model `x` does not exist; the token limit is 4096."
  expect(redactor(["sk-1234567890"])(text)).toBe(text)
})

test("the secrets of headers are their values, with and without the scheme", () => {
  expect(secretsOf({ authorization: "Bearer abc123", accept: "text/plain", "x-api-key": "k" })).toEqual([
    "Bearer abc123",
    "abc123",
    "k",
    "k",
  ])
})
