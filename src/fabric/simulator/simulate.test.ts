import { describe, expect, test } from "vitest"
import { brokenEngines } from "./broken-engines.ts"
import { type Simulation, simulate } from "./simulate.ts"

/** The seed is in the message: `simulate({ seed, actors })` gives the same history again. */
function expectSound({ seed, violations, stored }: Simulation) {
  if (violations.length === 0) return
  const history = stored.map(({ pos, stream, expect, id, meta }) => `${pos} ${stream} @${expect} ${id} e${meta.epoch}`)
  throw new Error(
    `seed ${seed}:\n${violations.map(({ statement, what }) => `${statement}: ${what}`).join("\n")}\n${history.join("\n")}`,
  )
}

test("writers on shared streams: S1, S2 and S3 hold in 3,000 random histories", async () => {
  let stored = 0
  let repeated = 0
  let conflicts = 0
  for (let seed = 1; seed <= 3000; seed++) {
    const simulation = await simulate({ seed, actors: "writers" })
    expectSound(simulation)
    stored += simulation.stored.length
    repeated += simulation.told.filter(({ answer }) => answer.kind === "committed" && answer.repeated).length
    conflicts += simulation.told.filter(({ answer }) => answer.kind === "conflict").length
  }
  // The histories are worth something only if these things happened in them.
  expect(stored).toBeGreaterThan(10_000)
  expect(repeated).toBeGreaterThan(1000)
  expect(conflicts).toBeGreaterThan(1000)
})

test("owners of streams: S1 to S4 hold in 1,500 random histories, whatever nodes believe of each other", async () => {
  let claims = 0
  let takeovers = 0
  let committed = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const simulation = await simulate({ seed, actors: "owners" })
    expectSound(simulation)
    const nodes = new Map<string, string>()
    for (const { stream, events, meta } of simulation.stored) {
      if (events[0].type === "owner.claimed") {
        claims++
        if (nodes.has(stream) && nodes.get(stream) !== meta.node) takeovers++
        nodes.set(stream, meta.node)
      } else committed++
    }
  }
  expect(claims).toBeGreaterThan(3000)
  expect(takeovers).toBeGreaterThan(1000)
  expect(committed).toBeGreaterThan(3000)
})

test("a seed gives the same history again", async () => {
  for (const actors of ["writers", "owners"] as const) {
    const [one, other] = [await simulate({ seed: 7, actors }), await simulate({ seed: 7, actors })]
    const places = ({ stored }: Simulation) =>
      stored.map(({ pos, stream, expect: head, meta }) => [pos, stream, head, meta])
    expect(places(one)).toEqual(places(other))
    expect(one.stored.length).toBeGreaterThan(0)
  }
})

describe("the simulator catches an engine that", () => {
  for (const { what, breaks, actors, engineOf } of brokenEngines)
    test(what, async () => {
      const found = new Set<string>()
      for (let seed = 1; seed <= 300 && !found.has(breaks); seed++) {
        const { violations } = await simulate({ seed, actors, engineOf })
        for (const { statement } of violations) found.add(statement)
      }
      expect([...found]).toContain(breaks)
    })
})
