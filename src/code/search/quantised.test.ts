import fc from "fast-check"
import { expect, test } from "vitest"
import { dot, quantised } from "./quantised.ts"

const cosine = (a: readonly number[], b: readonly number[]) => {
  const sum = (values: readonly number[], others: readonly number[]) =>
    values.reduce((all, value, at) => all + value * (others[at] ?? 0), 0)
  return sum(a, b) / Math.sqrt(sum(a, a) * sum(b, b))
}

test("the cosine of two vectors as bytes is that of the floats, whatever their length and width", () => {
  const component = fc.double({ min: -4, max: 4, noNaN: true })
  const pair = fc.integer({ min: 1, max: 70 }).chain((width) => {
    const vector = fc.array(component, { minLength: width, maxLength: width }).filter((v) => Math.hypot(...v) > 0.01)
    return fc.tuple(vector, vector)
  })
  fc.assert(
    fc.property(pair, fc.double({ min: 0.001, max: 1000, noNaN: true }), ([a, b], factor) => {
      const [one, other] = [quantised(Float32Array.from(a, (v) => v * factor)), quantised(Float32Array.from(b))]
      if (!one || !other) throw new Error("They have a direction.")
      const rows = new Int8Array(5 + one.bytes.length)
      rows.set(one.bytes, 5)
      expect(dot(rows, 5, other.bytes) * one.scale * other.scale).toBeCloseTo(cosine(a, b), 1)
    }),
  )
})

test("a vector without a direction has no bytes", () => {
  expect(quantised(new Float32Array(8))).toBeUndefined()
  expect(quantised(Float32Array.of(1, Number.NaN, 2))).toBeUndefined()
  expect(quantised(Float32Array.of(1, Number.POSITIVE_INFINITY))).toBeUndefined()
  expect(quantised(new Float32Array(0))).toBeUndefined()
})
