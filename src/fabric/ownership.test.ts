import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { expect, test } from "vitest"
import { manualClock, systemClock } from "../base/clock.ts"
import { TimeoutError } from "../base/errors.ts"
import { below, type Random, seededRandom } from "../base/random.ts"
import { passTime } from "./contract/frozen-clock.ts"
import { localNodes } from "./contract/nodes.ts"
import { assertS4, mine, ownershipContract } from "./contract/ownership.ts"
import { embeddedSequencer } from "./embedded/sequencer.ts"
import { logStore } from "./embedded/store.ts"
import { logTables } from "./embedded/store-tables.ts"
import type { Owned, Sequencer } from "./ports.ts"
import { type MemorySequencer, memorySequencer } from "./simulator/memory-sequencer.ts"

ownershipContract("memory", () => {
  const clock = manualClock()
  const nodes = localNodes({ clock })
  const sequencer = memorySequencer()
  return {
    start: (id) => nodes.start(id, { sequencer, store: sequencer.store }),
    pass: (ms) => passTime(clock, ms),
    commits: (log) => sequencer.store.scan(log, 0, 100_000),
    close: () => nodes.close(),
  }
})

ownershipContract("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "duck-ownership-"))
  const clock = manualClock()
  const nodes = localNodes({ clock })
  const tables = logTables({ folder })
  const sequencer = embeddedSequencer({ tables })
  const store = logStore({ tables, clock: systemClock })
  return {
    start: (id) => nodes.start(id, { sequencer, store }),
    pass: (ms) => passTime(clock, ms),
    commits: (log) => store.scan(log, 0, 100_000),
    async close() {
      await nodes.close()
      await sequencer.close()
      tables.close()
      rmSync(folder, { recursive: true })
    },
  }
})

/** Steps that are under way; the test runs one of them at a time, in an order that the seed decides. */
function simulation(random: Random) {
  const steps: (() => void)[] = []
  const step = () => new Promise<void>((resolve) => steps.push(resolve))
  return {
    step,
    later: (work: () => void) => steps.push(work),
    async run(count: number) {
      for (let i = 0; i < count && steps.length > 0; i++) {
        const [next] = steps.splice(below(random, steps.length), 1)
        next?.()
        await setImmediate()
      }
    },
    get isIdle() {
      return steps.length === 0
    },
  }
}

/** A sequencer behind a network that delays, repeats, loses answers and loses requests. */
function faulty(inner: MemorySequencer, random: Random, { step, later }: ReturnType<typeof simulation>): Sequencer {
  return {
    ...inner,
    async append(log, commit) {
      await step()
      const chance = random()
      if (chance < 0.05) later(() => inner.place(log, commit))
      if (chance < 0.2) return { kind: "unknown" }
      if (chance < 0.3) {
        later(() => inner.place(log, commit))
        return { kind: "unknown" }
      }
      const answer = inner.place(log, commit)
      await step()
      return chance < 0.4 ? { kind: "unknown" } : answer
    },
    async settle(log, commit) {
      await step()
      if (random() < 0.2) throw new TimeoutError("Settling an append", 1)
      const answer = inner.place(log, commit)
      await step()
      return answer
    },
    async head(log, stream) {
      await step()
      const head = await inner.head(log, stream)
      await step()
      return head
    },
  }
}

async function randomSchedule(seed: number) {
  const random = seededRandom(seed)
  const sim = simulation(random)
  const clock = manualClock()
  const memory = memorySequencer()
  const sequencer = faulty(memory, random, sim)
  const world = localNodes({ clock })
  const nodes = await Promise.all(["a", "b", "c"].map((id) => world.start(id, { sequencer, store: memory.store })))
  const held: { stream: string; owned: Owned }[] = []
  const outcomes = new Map<number, { pos: number } | { code: string }>()
  let said = 0

  const act = [
    () => {
      const stream = `conv.${below(random, 2)}`
      const asked = nodes[below(random, nodes.length)]?.ownership.own("core", stream)
      asked?.then(
        (answer) => "ownedBy" in answer || held.push({ stream, owned: answer }),
        () => {}, // not known: ask again
      )
    },
    () => {
      // Former owners too: they don't stop by themselves.
      const n = said++
      const writer = held[below(random, held.length)]
      writer?.owned.commit([{ type: "said", v: 1, data: { n } }]).then(
        (pos) => outcomes.set(n, { pos }),
        (error: { code: string }) => outcomes.set(n, { code: error.code }),
      )
    },
    () => void (random() < 0.2 && held[below(random, held.length)]?.owned.release().catch(() => {})),
    () => nodes[below(random, nodes.length)]?.freeze(),
    () => nodes[below(random, nodes.length)]?.thaw(),
    () => clock.advance(below(random, 12_000)),
  ]
  for (let i = 0; i < 60; i++) {
    act[below(random, 10) % act.length]?.()
    await sim.run(1 + below(random, 4))
  }
  for (const node of nodes) node.thaw()
  while (!sim.isIdle) await sim.run(1_000)
  await setImmediate()

  const commits = memory.store.scan("core", 0, 100_000)
  assertS4(commits)
  const places = new Map<unknown, number>()
  for (const { events, pos } of commits)
    for (const { type, data } of events) {
      if (type !== "said") continue
      const { n } = data as { n: number }
      expect(places.has(n), "stored twice").toBe(false)
      places.set(n, pos)
    }
  for (const [n, outcome] of outcomes)
    if ("pos" in outcome) expect(places.get(n), "acknowledged and not there").toBe(outcome.pos)
    else if (outcome.code !== "APPEND_UNKNOWN") expect(places.has(n), `${outcome.code}, and stored`).toBe(false)
  for (const { stream, owned } of held) {
    const claims = commits.filter((each) => each.stream === stream && each.events[0].type === "owner.claimed")
    if (owned.epoch < (claims.at(-1)?.pos ?? 0)) expect(owned.lost.aborted, "replaced and not told").toBe(true)
  }
  await world.close()
  return { acknowledged: [...outcomes.values()].filter((each) => "pos" in each).length, claims: held.length }
}

test("S4 holds in 1,000 random schedules of owners that race, stop and go on over a network that loses answers", async () => {
  const base = Number(process.env.DUCK_SEED ?? 1)
  let acknowledged = 0
  let claims = 0
  for (let seed = base; seed < base + 1_000; seed++) {
    try {
      const counts = await randomSchedule(seed)
      acknowledged += counts.acknowledged
      claims += counts.claims
    } catch (error) {
      throw new Error(`with DUCK_SEED=${seed}`, { cause: error })
    }
  }
  // The schedules do reach what they are about.
  expect(acknowledged).toBeGreaterThan(1_000)
  expect(claims).toBeGreaterThan(1_000)
})

test("an append without an answer is settled before anything else is appended", async () => {
  const clock = manualClock()
  const world = localNodes({ clock })
  const memory = memorySequencer()
  const calls: string[] = []
  let answers = true
  const sequencer: Sequencer = {
    ...memory,
    async append(log, commit) {
      calls.push(`append ${commit.events[0].type}`)
      const answer = memory.place(log, commit)
      return answers ? answer : { kind: "unknown" }
    },
    async settle(log, commit) {
      calls.push(`settle ${commit.events[0].type}`)
      if (!answers) throw new TimeoutError("Settling an append", 1)
      return memory.place(log, commit)
    },
  }
  const node = await world.start("a", { sequencer, store: memory.store })
  const owned = mine(await node.ownership.own("core", "conv.1"))
  answers = false
  await expect(owned.commit([{ type: "first", v: 1, data: null }])).rejects.toMatchObject({ code: "APPEND_UNKNOWN" })
  await expect(owned.commit([{ type: "second", v: 1, data: null }])).rejects.toMatchObject({ code: "APPEND_UNKNOWN" })
  answers = true
  await owned.commit([{ type: "third", v: 1, data: null }])
  expect(calls).toEqual([
    "append owner.claimed",
    "append first",
    "settle first",
    "settle first",
    "settle first",
    "append third",
  ])
  expect(memory.store.scan("core", 0, 10).map(({ events }) => events[0].type)).toEqual([
    "owner.claimed",
    "first",
    "third",
  ])
  await world.close()
})
