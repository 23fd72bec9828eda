import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { freezable, passTime } from "../contract/frozen-clock.ts"
import { leased, leasesContract } from "../contract/leases.ts"
import { embeddedLeases, leaseTable } from "./leases.ts"

leasesContract("embedded", () => {
  const clock = manualClock()
  const hereClock = freezable(clock)
  const table = leaseTable({ clock })
  const here = embeddedLeases({ clock: hereClock, table })
  const there = embeddedLeases({ clock, table })
  return {
    here,
    there,
    pass: (ms) => passTime(clock, ms),
    freezeHere: () => hereClock.freeze(),
    thawHere: () => hereClock.thaw(),
    async close() {
      await here.close()
      await there.close()
    },
  }
})

test("tokens start where they are told to, above those of earlier processes", async () => {
  const leases = embeddedLeases({ table: leaseTable({ firstToken: 5_000 }) })
  expect(leased(await leases.take("k", 1_000, "me")).token).toBe(5_000)
  await leases.close()
})

test("closing releases everything, and nothing more is given out", async () => {
  const table = leaseTable()
  const leases = embeddedLeases({ table })
  const lease = leased(await leases.take("k", 60_000, "me"))
  await leases.close()
  expect(lease.stillMine()).toBe(false)
  await expect(leases.take("k", 60_000, "me")).rejects.toMatchObject({ code: "LEASES_CLOSED" })
  expect(table.grant("k", 1_000, "other")).toHaveProperty("token")
})
