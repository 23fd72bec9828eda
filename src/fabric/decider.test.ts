import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { decider, fold } from "./decider.ts"
import { decidedStreams } from "./decider-stream.ts"
import type { Append, Commit, Event, LogId, Sequencer } from "./ports.ts"
import { type MemorySequencer, memorySequencer } from "./simulator/memory-sequencer.ts"
import { upcasting } from "./upcast.ts"

/** An account that is never overdrawn: the smallest aggregate in which order matters. */
interface Moved extends Event {
  readonly type: "account.moved"
  readonly v: 2
  readonly data: { readonly amount: number }
}
const account = decider({
  initial: 0,
  decide(amount: number, balance: number): Moved[] {
    if (balance + amount < 0) throw new InvalidInputError({ code: "OVERDRAWN", message: "There is not so much." })
    return amount === 0 ? [] : [{ type: "account.moved", v: 2, data: { amount } }]
  },
  evolve: (balance, { data }: Moved) => balance + data.amount,
})
const movedSchema = z.object({
  type: z.literal("account.moved"),
  v: z.literal(2),
  data: z.object({ amount: z.number() }),
})
/** Version 1 held a text. */
const versions = upcasting({ "account.moved": [(data) => ({ amount: Number((data as { text: string }).text) })] })
const options = { actor: "user.ann" }

test("the state is the fold of the events", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 })), (amounts) => {
      let balance = account.initial
      const events: Moved[] = []
      for (const amount of amounts)
        try {
          const decided = account.decide(amount, balance)
          events.push(...decided)
          balance = fold(account, decided, balance)
        } catch {
          expect(balance + amount).toBeLessThan(0)
        }
      expect(fold(account, events)).toBe(balance)
      expect(balance).toBeGreaterThanOrEqual(0)
    }),
  )
})

describe("a decided stream", () => {
  let memory: MemorySequencer
  let faults: ((log: LogId, commit: Commit) => Promise<Append>)[]
  const streamsOn = (sequencer: Pick<Sequencer, "append" | "settle">) =>
    decidedStreams({
      sequencer,
      store: memory.store,
      decider: account,
      node: "node-a",
      parse: (event) => movedSchema.parse(event),
      upcasting: versions,
    })
  /** A sequencer whose next appends go wrong as `faults` say. */
  const faulty = (): Pick<Sequencer, "append" | "settle"> => ({
    append: (log, commit) => (faults.shift() ?? memory.append)(log, commit),
    settle: memory.settle,
  })
  beforeEach(() => {
    memory = memorySequencer()
    faults = []
  })
  afterEach(() => expect(faults).toEqual([]))

  test("handles commands one after the other, and tells what happened", async () => {
    const streams = streamsOn(memory)
    expect(await streams.handle("core", "acc.1", 10, options)).toMatchObject({ head: 1, state: 10 })
    expect(await streams.handle("core", "acc.1", -4, options)).toMatchObject({
      head: 2,
      state: 6,
      events: [{ data: { amount: -4 } }],
    })
    expect(streams.load("core", "acc.1")).toEqual({ head: 2, state: 6 })
  })

  test("a command that changes nothing appends nothing", async () => {
    expect(await streamsOn(memory).handle("core", "acc.1", 0, options)).toEqual({ head: 0, state: 0, events: [] })
    expect(await memory.end("core")).toBe(0)
  })

  test("a command that is refused throws what the decider threw, and the next one is taken", async () => {
    const streams = streamsOn(memory)
    await expect(streams.handle("core", "acc.1", -1, options)).rejects.toMatchObject({ code: "OVERDRAWN" })
    expect(await streams.handle("core", "acc.1", 1, options)).toMatchObject({ state: 1 })
  })

  test("commands that come together are decided in turn, each on what the one before left", async () => {
    const streams = streamsOn(memory)
    await streams.handle("core", "acc.1", 5, options)
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, () => streams.handle("core", "acc.1", -1, options)),
    )
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(5)
    expect(streams.load("core", "acc.1").state).toBe(0)
  })

  test("it decides again when another process was faster", async () => {
    const here = streamsOn(memory)
    const there = streamsOn(memory)
    await here.handle("core", "acc.1", 5, options)
    await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? here : there).handle("core", "acc.1", -1, options)),
    )
    expect(here.load("core", "acc.1").state).toBe(0)
    expect(there.load("core", "acc.1").state).toBe(0)
    expect(await memory.end("core")).toBe(6)
  })

  test("an append of unknown outcome is settled: stored once, whether it had been or not", async () => {
    const streams = streamsOn(faulty())
    const lost = async (): Promise<Append> => ({ kind: "unknown" })
    const unheard = async (log: LogId, commit: Commit): Promise<Append> => {
      await memory.append(log, commit)
      return { kind: "unknown" }
    }
    for (const [index, fault] of [lost, unheard].entries()) {
      faults = [fault]
      expect(await streams.handle("core", "acc.1", 1, options)).toMatchObject({ state: index + 1 })
    }
    expect(await memory.end("core")).toBe(2)
  })

  test("it gives up after many lost races", async () => {
    const conflict = async (): Promise<Append> => ({ kind: "conflict", head: 0 })
    faults = Array.from({ length: 20 }, () => conflict)
    await expect(streamsOn(faulty()).handle("core", "acc.1", 1, options)).rejects.toMatchObject({ code: "CONTENTION" })
  })

  test("old events are read as the newest version; foreign ones are refused", async () => {
    const meta = { actor: "a", node: "n", epoch: 0, at: "" }
    const old: Event = { type: "account.moved", v: 1, data: { text: "7" } }
    await memory.append("core", { id: "01J00000000000000000000000", stream: "acc.1", expect: 0, events: [old], meta })
    const streams = streamsOn(memory)
    expect(await streams.handle("core", "acc.1", -2, options)).toMatchObject({ state: 5 })
    const foreign: Event = { type: "other", v: 1, data: 1 }
    await memory.append("core", {
      id: "01J00000000000000000000001",
      stream: "acc.2",
      expect: 0,
      events: [foreign],
      meta,
    })
    expect(() => streams.load("core", "acc.2")).toThrow()
  })

  test("what was remembered of a log that was dropped is forgotten", async () => {
    const streams = streamsOn(memory)
    await streams.handle("project.p", "acc.1", 5, options)
    await memory.drop("project.p")
    await expect(streams.handle("project.p", "acc.1", -5, options)).rejects.toMatchObject({ code: "OVERDRAWN" })
    expect(await streams.handle("project.p", "acc.1", 2, options)).toMatchObject({ head: 1, state: 2 })
  })
})
