import fc from "fast-check"
import { expect, test } from "vitest"
import { providerKinds } from "../../models/model.ts"
import { openProof, sealProof } from "./sealed-proof.ts"

const data = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
)

test("a proof comes back from its seal as it was, with the call it belongs to", () => {
  fc.assert(
    fc.property(fc.constantFrom(...providerKinds), data, fc.option(fc.string()), (from, value, callId) => {
      const sealed = sealProof({ from, data: value }, callId ?? undefined)
      expect(openProof(sealed)).toEqual({ proof: { from, data: value }, callId: callId ?? undefined })
      // Header-safe and JSON-safe, whatever a client does with it.
      expect(sealed).toMatch(/^[\w.-]+$/)
    }),
  )
})

test("what was not sealed here is not opened", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(openProof(text)).toBeUndefined()
      expect(openProof(`duck1.${text}`)).toBeUndefined()
    }),
  )
  expect(openProof(null)).toBeUndefined()
})

test("a seal that names a provider that there is not is not opened", () => {
  const forged = `duck1.${Buffer.from('["nobody",{},null]').toString("base64url")}`
  expect(openProof(forged)).toBeUndefined()
})
