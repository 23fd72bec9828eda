import fc from "fast-check"
import { expect, test } from "vitest"
import { seededRandom } from "../../base/random.ts"
import { gramsOf, mayHold, signatureOf } from "./grams.ts"

test("a signature never denies a text that is there, in whatever case", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), fc.nat(), fc.nat(), (text, from, length) => {
      const start = text.length === 0 ? 0 : from % text.length
      const part = text.slice(start, start + (length % 40))
      expect(mayHold(signatureOf(text), gramsOf(part))).toBe(true)
      expect(mayHold(signatureOf(text), gramsOf(part.toLowerCase()))).toBe(true)
    }),
  )
})

test("few files pass that do not hold the text, and signatures stay small", () => {
  const random = seededRandom(7)
  const word = () =>
    Array.from({ length: 4 + Math.floor(random() * 8) }, () => letters.charAt(Math.floor(random() * 26))).join("")
  const texts = Array.from({ length: 300 }, () => Array.from({ length: 400 }, word).join(" "))
  const signatures = texts.map(signatureOf)
  let wrong = 0
  for (let n = 0; n < 50; n++) {
    const sought = `${word()} ${word()}`
    const grams = gramsOf(sought)
    signatures.forEach((signature, at) => {
      if (mayHold(signature, grams) && !texts[at]?.includes(sought)) wrong++
    })
  }
  expect(wrong / (50 * texts.length)).toBeLessThan(0.01)
  const bytes = signatures.reduce((sum, signature) => sum + signature.length, 0)
  expect(bytes / texts.join("").length).toBeLessThan(1)
})

const letters = "abcdefghijklmnopqrstuvwxyz"
