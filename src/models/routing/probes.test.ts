import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ask, end, heardOf, never, scripted, start, text } from "../scripted.testing.ts"
import { healthOf, measures } from "./measures.ts"
import { probeIdle } from "./probes.ts"
import { fault } from "./targets.testing.ts"

function probing(answers: Readonly<Record<string, () => Promise<[]>>>, resting: readonly string[] = []) {
  const clock = manualClock()
  const all = measures({ clock })
  const asked: string[] = []
  const answered: string[] = []
  const options = {
    providers: Object.entries(answers).map(([name, listModels]) => ({
      name,
      listModels: () => {
        asked.push(name)
        return listModels()
      },
    })),
    measures: all,
    isResting: (name: string) => resting.includes(name),
    answered: (name: string) => void answered.push(name),
    unusedMs: 60_000,
    timeoutMs: 50,
    clock,
  }
  return { all, asked, answered, clock, probe: (signal = never()) => probeIdle(options, signal) }
}

const answers = async (): Promise<[]> => []

test("unused and resting providers are asked, those that were heard of lately are not", async () => {
  const { all, asked, answered, clock, probe } = probing({ used: answers, unused: answers, resting: answers }, [
    "resting",
  ])
  const { model } = scripted([start(), text("a"), end()])
  for (const provider of ["used", "resting"]) await heardOf(all.layer({ provider, model: "m" })(model)(ask(), never()))
  await probe()
  expect(asked).toEqual(["unused", "resting"])
  expect(answered).toEqual(["resting"])
  expect(healthOf(all.ofProvider("unused"), null)).toBe("healthy")
  await probe()
  expect(asked).toEqual(["unused", "resting", "resting"])
  clock.advance(60_000)
  await probe()
  expect(asked.slice(3)).toEqual(["used", "unused", "resting"])
})

test("a provider that fails or never answers is noted, and the others are not kept waiting for it", async () => {
  const { all, probe, answered } = probing(
    { down: () => Promise.reject(fault("MODEL_UNREACHABLE")), silent: () => new Promise(() => {}), fine: answers },
    ["down"],
  )
  await probe()
  expect(all.ofProvider("down").lastError).toMatchObject({ code: "MODEL_UNREACHABLE" })
  expect(all.ofProvider("silent").lastError).toMatchObject({ code: "TIMEOUT" })
  expect(all.ofProvider("fine").lastError).toBeNull()
  expect(answered).toEqual([])
})

test("a probe that is cancelled notes nothing", async () => {
  const { all, probe } = probing({ silent: () => new Promise(() => {}) })
  const controller = new AbortController()
  const probed = probe(controller.signal)
  controller.abort()
  await expect(probed).rejects.toMatchObject({ code: "CANCELLED" })
  expect(all.ofProvider("silent").lastError).toBeNull()
})
