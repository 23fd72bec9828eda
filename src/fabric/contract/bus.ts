import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Bus } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface BusWorld {
  /** Two nodes on one bus; in one process they may be the same. */
  readonly here: Bus
  readonly there: Bus
  /** Resolves once every subscription made so far is known to both. */
  settled(): Promise<void>
  close(): Promise<void> | void
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array | string) => (typeof data === "string" ? data : new TextDecoder().decode(data))

/** What every bus promises; `open` makes a fresh one for each test. */
export function busContract(name: string, open: () => Promise<BusWorld> | BusWorld): void {
  describe(`the ${name} bus`, () => {
    let world: BusWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    test("brings a message to every subscriber of its subject and to no other", async () => {
      const got: string[] = []
      world.there.on("conv.1.token", (data, subject) => got.push(`exact ${subject} ${text(data)}`))
      world.there.on("conv.*.token", (data, subject) => got.push(`star ${subject} ${text(data)}`))
      world.here.on("conv.>", (data, subject) => got.push(`rest ${subject} ${text(data)}`))
      world.there.on("conv.2.token", () => got.push("wrong"))
      world.there.on("conv.*", () => got.push("wrong"))
      await world.settled()
      world.here.send("conv.1.token", bytes("hello"))
      await eventually(() => expect(got).toHaveLength(3))
      expect(got.sort()).toEqual(["exact conv.1.token hello", "rest conv.1.token hello", "star conv.1.token hello"])
    })

    test("keeps the order of one sender over subjects and through 2,000 messages", async () => {
      const got: number[] = []
      world.there.on("n.>", (data) => got.push(Number(text(data))))
      await world.settled()
      for (let i = 0; i < 2_000; i++) world.here.send(`n.${i % 3}`, bytes(String(i)))
      await eventually(() => expect(got).toHaveLength(2_000))
      expect(got).toEqual(Array.from({ length: 2_000 }, (_, i) => i))
    })

    test("delivers nothing to a subscriber that has left, nor what was sent before it came", async () => {
      const got: string[] = []
      world.here.send("late", bytes("before"))
      const leave = world.here.on("late", (data) => got.push(text(data)))
      await world.settled()
      world.here.send("late", bytes("meanwhile"))
      await eventually(() => expect(got).toHaveLength(1))
      leave()
      await world.settled()
      const marker = new Promise<void>((resolve) => world.here.on("late", () => resolve()))
      await world.settled()
      world.here.send("late", bytes("after"))
      await marker
      expect(got).toEqual(["meanwhile"])
    })

    test("a subscriber that throws, rejects or never ends harms no other", async () => {
      const got: string[] = []
      world.there.on("x", () => {
        throw new Error("thrown by a test")
      })
      world.there.on("x", async () => {
        throw new Error("rejected by a test")
      })
      world.there.on("x", () => new Promise(() => {}))
      world.there.on("x", (data) => got.push(text(data)))
      await world.settled()
      world.here.send("x", bytes("1"))
      world.here.send("x", bytes("2"))
      await eventually(() => expect(got).toEqual(["1", "2"]))
    })

    test("the sender may reuse its buffer at once", async () => {
      const got: string[] = []
      world.there.on("reuse", (data) => got.push(text(data)))
      await world.settled()
      const buffer = bytes("first")
      world.here.send("reuse", buffer)
      buffer.fill(0)
      await eventually(() => expect(got).toEqual(["first"]))
    })

    test("a question goes to a server and its answer comes back", async () => {
      world.there.serve("model.*.rpc", null, async (data) => bytes(`${text(data)}, heard`))
      await world.settled()
      expect(text(await world.here.ask("model.small.rpc", bytes("hello"), 5_000))).toBe("hello, heard")
    })

    test("a question that nobody serves is answered at once", async () => {
      world.there.on("quiet", () => {})
      await world.settled()
      // Were it not at once, the test's own time limit would end first.
      expect(await world.here.ask("quiet", bytes("?"), 3_600_000)).toBe("nobody")
    })

    test("a server that has left is nobody", async () => {
      const leave = world.there.serve("gone", null, async (data) => data)
      await world.settled()
      expect(text(await world.here.ask("gone", bytes("still"), 5_000))).toBe("still")
      leave()
      await world.settled()
      expect(await world.here.ask("gone", bytes("?"), 3_600_000)).toBe("nobody")
    })

    test("a server that is silent or fails ends as a timeout", async () => {
      world.there.serve("silent", null, () => new Promise(() => {}))
      world.there.serve("fails", null, async () => {
        throw new Error("thrown by a test")
      })
      await world.settled()
      expect(await world.here.ask("silent", bytes("?"), 20)).toBe("timeout")
      expect(await world.here.ask("fails", bytes("?"), 20)).toBe("timeout")
    })

    test("a group shares questions: each is handled once, by some member", async () => {
      const handled = { here: 0, there: 0 }
      world.here.serve("work", "pool", async (data) => {
        handled.here += 1
        return data
      })
      world.there.serve("work", "pool", async (data) => {
        handled.there += 1
        return data
      })
      await world.settled()
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => world.here.ask("work", bytes(String(i)), 10_000)),
      )
      expect(answers.map(text)).toEqual(Array.from({ length: 200 }, (_, i) => String(i)))
      expect(handled.here + handled.there).toBe(200)
      expect(handled.here).toBeGreaterThan(0)
      expect(handled.there).toBeGreaterThan(0)
    })

    test("messages reach no servers and questions reach no subscribers", async () => {
      const seen: string[] = []
      world.there.on("both", (data) => seen.push(`on ${text(data)}`))
      world.there.serve("both", null, async (data) => {
        seen.push(`serve ${text(data)}`)
        return data
      })
      await world.settled()
      await world.here.ask("both", bytes("question"), 5_000)
      world.here.send("both", bytes("message"))
      await eventually(() => expect(seen).toHaveLength(2))
      expect(seen).toEqual(["serve question", "on message"])
    })

    test("refuses what is not a subject", () => {
      expect(() => world.here.send("a.*", bytes(""))).toThrow(/not a subject/)
      expect(() => world.here.on("a..b", () => {})).toThrow(/not a subject pattern/)
    })
  })
}
