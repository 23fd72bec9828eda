import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Lease, Leases } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface LeaseWorld {
  readonly here: Leases
  readonly there: Leases
  /** Lets `ms` pass for everyone; resolves when what was due has happened. */
  pass(ms: number): Promise<void>
  /** Stops the node `here` as SIGSTOP would: its time stands still until it is thawed. */
  freezeHere(): void
  thawHere(): void
  close(): Promise<void> | void
}

export function leased(answer: Lease | { readonly holder: string }): Lease {
  if ("holder" in answer) throw new Error(`the lease is held by ${answer.holder}`)
  return answer
}

/** What leases promise; `ttlMs` is the length to test with (an engine in real time wants a short one). */
export function leasesContract(name: string, open: () => Promise<LeaseWorld> | LeaseWorld, ttlMs = 20_000): void {
  describe(`the ${name} leases`, () => {
    let world: LeaseWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    test("one of two takers gets the lease, the other hears who has it", async () => {
      const answers = await Promise.all([world.here.take("k", ttlMs, "here"), world.there.take("k", ttlMs, "there")])
      const holders = answers.filter((answer) => "holder" in answer)
      expect(holders).toHaveLength(1)
      expect(answers.filter((answer) => "token" in answer)).toHaveLength(1)
      expect(holders[0]).toEqual({ holder: "token" in answers[0] ? "here" : "there" })
    })

    test("different keys are different leases", async () => {
      leased(await world.here.take("a", ttlMs, "here"))
      leased(await world.there.take("b", ttlMs, "there"))
    })

    test("the holder keeps it for as long as it lives", async () => {
      const lease = leased(await world.here.take("k", ttlMs, "here"))
      for (let i = 0; i < 12; i++) {
        await world.pass(ttlMs / 4)
        expect(await world.there.take("k", ttlMs, "there")).toEqual({ holder: "here" })
      }
      expect(lease.stillMine()).toBe(true)
      expect(lease.lost.aborted).toBe(false)
    })

    test("a released lease is free at once, and its former holder knows", async () => {
      const lease = leased(await world.here.take("k", ttlMs, "here"))
      const { lost } = lease
      await lease.release()
      expect(lost.aborted).toBe(true)
      expect(lease.stillMine()).toBe(false)
      await eventually(async () => leased(await world.there.take("k", ttlMs, "there")))
      await lease.release()
      expect(await world.here.take("k", ttlMs, "here")).toEqual({ holder: "there" })
    })

    test("the token grows with every grant, over release and expiry", async () => {
      let last = 0
      for (let i = 0; i < 10; i++) {
        const lease = await eventually(async () =>
          leased(await (i % 2 === 0 ? world.here : world.there).take("k", ttlMs, "x")),
        )
        expect(lease.token).toBeGreaterThan(last)
        last = lease.token
        await lease.release()
      }
      const frozen = await eventually(async () => leased(await world.here.take("k", ttlMs, "here")))
      world.freezeHere()
      await world.pass(ttlMs + 1)
      const next = await eventually(async () => leased(await world.there.take("k", ttlMs, "there")))
      expect(next.token).toBeGreaterThan(frozen.token)
      expect(frozen.token).toBeGreaterThan(last)
      world.thawHere()
    })

    test("a holder that was stopped past the end sees that it lost before it can do anything", async () => {
      const lease = leased(await world.here.take("k", ttlMs, "here"))
      const { lost } = lease
      world.freezeHere()
      await world.pass(ttlMs + 1)
      leased(await eventually(async () => leased(await world.there.take("k", ttlMs, "there"))))
      world.thawHere()
      // The first thing it does, before any timer of its own has run.
      expect(lease.stillMine()).toBe(false)
      expect(lost.aborted).toBe(true)
      expect(lost.reason).toMatchObject({ code: "LEASE_LOST" })
      await lease.release()
      expect(await world.here.take("k", ttlMs, "here")).toEqual({ holder: "there" })
    })

    test("the end is pushed: the holder's signal fires without anyone asking", async () => {
      const { lost } = leased(await world.here.take("k", ttlMs, "here"))
      const fired = new Promise<void>((resolve) => lost.addEventListener("abort", () => resolve(), { once: true }))
      world.freezeHere()
      await world.pass(ttlMs + 1)
      world.thawHere()
      await fired
    })

    test("a stop that ends in time costs nothing", async () => {
      const lease = leased(await world.here.take("k", ttlMs, "here"))
      world.freezeHere()
      await world.pass(ttlMs / 2)
      world.thawHere()
      await world.pass(ttlMs / 4)
      await world.pass(ttlMs / 2)
      expect(lease.stillMine()).toBe(true)
      expect(await world.there.take("k", ttlMs, "there")).toEqual({ holder: "here" })
    })
  })
}
