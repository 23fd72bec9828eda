import fc from "fast-check"
import { expect, test } from "vitest"
import { noUsage } from "../model.ts"
import { tokenCalibration } from "./calibration.ts"

const model = { provider: "home", model: "phi4" }
const counted = { tokens: 1000, isExact: false, errorPercent: 30 }
const exactly = { tokens: 1000, isExact: true, errorPercent: 0 }
const used = (inputTokens: number) => ({ ...noUsage, inputTokens })

test("what a provider reports corrects the next count and narrows its error", () => {
  const calibration = tokenCalibration()
  for (let i = 0; i < 4; i++) calibration.learn(model, counted, used(1500))
  expect(calibration.corrected(model, counted)).toEqual({ tokens: 1500, isExact: false, errorPercent: 2 })
})

test("two reports narrow nothing yet", () => {
  const calibration = tokenCalibration()
  for (let i = 0; i < 2; i++) calibration.learn(model, counted, used(1200))
  expect(calibration.corrected(model, counted)).toEqual({ tokens: 1200, isExact: false, errorPercent: 30 })
})

test("reports that disagree keep the stated error wide", () => {
  const calibration = tokenCalibration()
  for (let i = 0; i < 10; i++) calibration.learn(model, counted, used(i % 2 ? 1250 : 800))
  expect(calibration.corrected(model, counted).errorPercent).toBe(30)
})

test("a model that changes behind its name is followed", () => {
  const calibration = tokenCalibration()
  for (let i = 0; i < 100; i++) calibration.learn(model, counted, used(800))
  for (let i = 0; i < 30; i++) calibration.learn(model, counted, used(1600))
  expect(calibration.corrected(model, counted).tokens).toBeGreaterThan(1550)
})

test("an exact count is one until its provider reports another number", () => {
  const calibration = tokenCalibration()
  calibration.learn(model, exactly, used(1000))
  expect(calibration.corrected(model, exactly)).toEqual(exactly)
  calibration.learn(model, exactly, used(1040))
  expect(calibration.corrected(model, exactly)).toEqual({ tokens: 1040, isExact: false, errorPercent: 10 })
})

test("nothing is learned from estimates, tiny prompts or absurd reports", () => {
  const calibration = tokenCalibration()
  calibration.learn(model, counted, { ...used(2000), isEstimated: true })
  calibration.learn(model, { ...counted, tokens: 10 }, used(20))
  for (const report of [0, -5, 50_000, Number.NaN, Number.POSITIVE_INFINITY])
    calibration.learn(model, counted, used(report))
  expect(calibration.corrected(model, counted)).toEqual(counted)
})

test("one model's lesson is not another's, and the models of long ago are forgotten", () => {
  const calibration = tokenCalibration()
  calibration.learn(model, counted, used(2000))
  expect(calibration.corrected({ ...model, provider: "work" }, counted)).toEqual(counted)
  for (let i = 0; i < 200; i++) calibration.learn({ provider: "many", model: `m${i}` }, counted, used(1100))
  expect(calibration.corrected(model, counted)).toEqual(counted)
  expect(calibration.corrected({ provider: "many", model: "m0" }, counted).tokens).toBe(1100)
})

test("the correction stays within bounds, whatever is reported", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e9 }), { maxLength: 50 }), (reports) => {
      const calibration = tokenCalibration()
      for (const report of reports) calibration.learn(model, counted, used(report))
      const { tokens } = calibration.corrected(model, counted)
      expect(tokens).toBeGreaterThanOrEqual(400)
      expect(tokens).toBeLessThanOrEqual(2500)
    }),
  )
})
