import { setImmediate } from "node:timers/promises"
import type { Clock, ManualClock } from "../../base/clock.ts"
import { embeddedBus } from "../embedded/bus.ts"
import { embeddedLeases, leaseTable } from "../embedded/leases.ts"
import { busMembers } from "../embedded/members.ts"
import { holdIncarnation, type Incarnation } from "../incarnation.ts"
import { ownership } from "../ownership.ts"
import type { Leases, LogStore, Members, Sequencer } from "../ports.ts"
import { freezable } from "./frozen-clock.ts"
import type { OwnershipNode } from "./ownership.ts"

export interface LocalNode extends OwnershipNode {
  readonly incarnation: Incarnation
  readonly leases: Leases
  readonly members: Members
  /** Its own time, which stands still while it is frozen. */
  readonly clock: Clock
}

/** Several nodes in one process, on one bus and one table of leases, each with a clock that can be stopped. */
export function localNodes({ clock }: { readonly clock: ManualClock }) {
  const bus = embeddedBus({ clock })
  const table = leaseTable({ clock })
  const closers: (() => Promise<void>)[] = []
  let starts = 0
  return {
    bus,
    async start(
      id: string,
      { sequencer, store }: { sequencer: Sequencer; store: Pick<LogStore, "scan" | "stream" | "reached"> },
    ): Promise<LocalNode> {
      const own = freezable(clock)
      const self = { id, incarnation: `${id}-${++starts}`, address: "", version: "1" }
      const leases = embeddedLeases({ clock: own, table })
      const members = busMembers({ self, bus, clock: own })
      const incarnation = await holdIncarnation({ self, leases, members, clock: own })
      // Everyone has heard of everyone.
      await setImmediate()
      const owners = ownership({ sequencer, store, incarnation, members, clock: own })
      closers.push(async () => {
        own.thaw()
        await owners.close()
        members.close()
        await incarnation.close()
        await leases.close()
      })
      return { ownership: owners, incarnation, leases, members, clock: own, freeze: own.freeze, thaw: own.thaw }
    },
    async close() {
      for (const close of closers) await close()
      bus.close()
    },
  }
}
