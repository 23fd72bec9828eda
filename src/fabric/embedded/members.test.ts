import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { logger } from "../../observe/log.ts"
import { eventually } from "../contract/eventually.ts"
import { freezable, passTime } from "../contract/frozen-clock.ts"
import { membersContract } from "../contract/members.ts"
import { embeddedBus } from "./bus.ts"
import { busMembers } from "./members.ts"

membersContract("embedded", () => {
  const clock = manualClock()
  const bus = embeddedBus()
  const joined: { close(): void }[] = []
  return {
    join(self, tips) {
      const own = freezable(clock)
      const members = busMembers({ self, bus, clock: own, ...(tips ? { tips } : {}) })
      joined.push(members)
      return { members, leave: () => members.close(), freeze: own.freeze, thaw: own.thaw }
    },
    pass: (ms) => passTime(clock, ms),
    close() {
      for (const members of joined) members.close()
      bus.close()
    },
  }
})

test("a beat that can't be read is dropped and written to the log", async () => {
  const bus = embeddedBus()
  const lines: string[] = []
  const self = { id: "a", incarnation: "1", address: "", version: "1" }
  const members = busMembers({ self, bus, log: logger({ sinks: [(line) => lines.push(line)] }) })
  bus.send("members.beat", Buffer.from("{not json"))
  bus.send("members.beat", Buffer.from('{"id": 7}'))
  await eventually(() => expect(lines).toHaveLength(2))
  expect(members.list()).toHaveLength(1)
  members.close()
})
