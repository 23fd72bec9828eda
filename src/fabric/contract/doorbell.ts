import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Doorbell } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface DoorbellWorld {
  readonly here: Doorbell
  readonly there: Doorbell
  /** Lets `ms` pass for everyone. */
  pass(ms: number): Promise<void>
  close(): Promise<void> | void
}

const unlimited = () => 1_000
/** Longer than any doorbell waits before it rings again. */
const longEnoughMs = 10_000

export function doorbellContract(name: string, open: () => Promise<DoorbellWorld> | DoorbellWorld): void {
  describe(`the ${name} doorbell`, () => {
    let world: DoorbellWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    test("rings reach a listener that is there, and one that comes later", async () => {
      const heard: string[] = []
      await world.here.ring("q", 1, "early")
      world.there.listen("q", unlimited, async (job) => {
        heard.push(job)
        return "done"
      })
      await eventually(() => expect(heard).toEqual(["early"]))
      await world.here.ring("q", 1, "late")
      await world.here.ring("other", 1, "not for us")
      await eventually(() => expect(heard).toEqual(["early", "late"]))
    })

    test("three priorities are read in order, each first come first served", async () => {
      for (const job of ["c1", "b1", "a1", "c2", "b2", "a2"])
        await world.here.ring("q", job.startsWith("a") ? 0 : job.startsWith("b") ? 1 : 2, job)
      const heard: string[] = []
      let busy = 0
      world.here.listen(
        "q",
        () => 1 - busy,
        async (job) => {
          busy += 1
          heard.push(job)
          await Promise.resolve()
          busy -= 1
          return "done"
        },
      )
      await eventually(() => expect(heard).toHaveLength(6))
      expect(heard).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"])
    })

    test("an urgent job passes those that wait, while there is no room", async () => {
      const heard: string[] = []
      const gates: (() => void)[] = []
      world.here.listen(
        "q",
        () => 1 - (gates.length > 0 ? 1 : 0),
        async (job) => {
          heard.push(job)
          await new Promise<void>((resolve) => gates.push(resolve))
          gates.length = 0
          return "done"
        },
      )
      await world.here.ring("q", 2, "running")
      await eventually(() => expect(heard).toEqual(["running"]))
      await world.here.ring("q", 2, "slow")
      await world.here.ring("q", 0, "urgent")
      gates[0]?.()
      await eventually(() => expect(heard).toEqual(["running", "urgent"]))
      gates[0]?.()
      await eventually(() => expect(heard).toEqual(["running", "urgent", "slow"]))
      gates[0]?.()
    })

    test("no listener gets more than it has room for, and all is handled in the end", async () => {
      const handled = new Set<string>()
      let busy = 0
      let most = 0
      for (const node of [world.here, world.there]) {
        let mine = 0
        node.listen(
          "q",
          () => 2 - mine,
          async (job) => {
            mine += 1
            busy += 1
            most = Math.max(most, mine)
            await new Promise((resolve) => setImmediate(resolve))
            handled.add(job)
            mine -= 1
            busy -= 1
            return "done"
          },
        )
      }
      for (let i = 0; i < 100; i++) await world.here.ring("q", (i % 3) as 0 | 1 | 2, `job${i}`)
      await eventually(() => expect(handled.size).toBe(100))
      await eventually(() => expect(busy).toBe(0))
      expect(most).toBeLessThanOrEqual(2)
    })

    test("a listener without room leaves the ring to another", async () => {
      const heard: string[] = []
      world.here.listen(
        "q",
        () => 0,
        async () => {
          heard.push("full one")
          return "done"
        },
      )
      world.there.listen("q", unlimited, async (job) => {
        heard.push(job)
        return "done"
      })
      await world.here.ring("q", 1, "job")
      await eventually(() => expect(heard).toEqual(["job"]))
    })

    test("a job rung twice is heard at least once, and one rung while it is handled is heard again", async () => {
      const heard: string[] = []
      let open: () => void = () => {}
      world.there.listen("q", unlimited, async (job) => {
        heard.push(job)
        if (heard.length === 1) await new Promise<void>((resolve) => (open = resolve))
        return "done"
      })
      await world.here.ring("q", 1, "job")
      await eventually(() => expect(heard).toHaveLength(1))
      await world.here.ring("q", 1, "job")
      await world.here.ring("q", 1, "job")
      await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(2))
      open()
      expect(heard.length).toBeLessThanOrEqual(3)
    })

    test("`later` rings again after a while, `done` never", async () => {
      const heard: string[] = []
      world.here.listen("q", unlimited, async (job) => {
        heard.push(job)
        return heard.filter((each) => each === "busy").length < 3 && job === "busy" ? "later" : "done"
      })
      await world.here.ring("q", 1, "quick")
      await world.here.ring("q", 1, "busy")
      await eventually(() => expect(heard).toEqual(["quick", "busy"]))
      for (let i = 0; i < 4; i++) await world.pass(longEnoughMs)
      expect(heard).toEqual(["quick", "busy", "busy", "busy"])
    })

    test("a handler that fails is rung again and harms no other", async () => {
      const heard: string[] = []
      world.here.listen("q", unlimited, (job) => {
        heard.push(job)
        if (heard.length === 1) throw new Error("thrown by a test")
        return heard.length === 2 ? Promise.reject(new Error("rejected by a test")) : Promise.resolve("done")
      })
      await world.here.ring("q", 1, "job")
      await eventually(() => expect(heard).toHaveLength(1))
      await world.pass(longEnoughMs)
      await world.pass(longEnoughMs)
      await eventually(() => expect(heard).toEqual(["job", "job", "job"]))
      await world.here.ring("q", 1, "next")
      await eventually(() => expect(heard).toEqual(["job", "job", "job", "next"]))
    })

    test("a listener that left hears nothing; what it would have heard waits for the next", async () => {
      const first: string[] = []
      const second: string[] = []
      const leave = world.here.listen("q", unlimited, async (job) => {
        first.push(job)
        return "done"
      })
      await world.here.ring("q", 1, "one")
      await eventually(() => expect(first).toEqual(["one"]))
      leave()
      await world.here.ring("q", 1, "two")
      world.there.listen("q", unlimited, async (job) => {
        second.push(job)
        return "done"
      })
      await eventually(() => expect(second).toEqual(["two"]))
      expect(first).toEqual(["one"])
    })
  })
}
