import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { measures as routeMeasures } from "../routing/measures.ts"
import { following } from "../routing/targets.testing.ts"
import { ask, end, heardOf, never, type Step, settled, start, text, textOf } from "../scripted.testing.ts"
import { routed } from "./routed.ts"

const silence = () => new Promise<void>(() => {})
const says = (provider: string): Step[] => [start(provider), text(provider), end()]

test("with p95 the second model is asked when the first is slower than it used to be, once that is known", async () => {
  const clock = manualClock()
  const measures = routeMeasures({ clock })
  const quick: Step[] = [start("a"), () => clock.sleep(20), text("a"), end()]
  // Silent from the eleventh call on.
  const first = following("a", ...Array.from({ length: 10 }, () => quick), [start("a"), silence])
  const second = following("b", says("b"))
  const targets = [
    { ...first.target, call: measures.layer({ provider: "a", model: "m" })(first.target.call) },
    second.target,
  ]
  const call = routed({
    states: { of: () => ({ asked: "", targets, strategy: "ordered", hold: () => () => {} }) },
    prices: { costOf: () => 0 },
    measures,
    hedgeMs: "p95",
    clock,
    logger: silentLogger,
  })
  const asked = async (ms: number) => {
    const heard = heardOf(call(ask(), never()))
    await settled()
    clock.advance(ms)
    await settled()
    return heard
  }
  for (let n = 0; n < 10; n++) expect(textOf((await asked(20)).events)).toBe("a")
  expect(second.requests).toHaveLength(0)
  expect(textOf((await asked(20)).events)).toBe("b")
})
