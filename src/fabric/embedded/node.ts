import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { version } from "../../base/version.ts"
import type { Logger } from "../../observe/log.ts"
import { holdIncarnation } from "../incarnation.ts"
import { type Jobs, openJobs } from "../jobs/index.ts"
import { ownership } from "../ownership.ts"
import type {
  Blobs,
  Bus,
  Doorbell,
  Leases,
  LogId,
  LogStore,
  Members,
  NodeId,
  NodeView,
  Ownership,
  Sequencer,
  Shared,
} from "../ports.ts"
import type { Views } from "../projection.ts"
import { fileBlobs } from "./blobs.ts"
import { embeddedBus } from "./bus.ts"
import { embeddedDoorbell } from "./doorbell.ts"
import { embeddedLeases, leaseTable } from "./leases.ts"
import { busMembers } from "./members.ts"
import { embeddedShared } from "./shared.ts"
import { firstLeaseToken } from "./starts.ts"

/** What a node has besides its log. */
export interface NodePorts {
  readonly bus: Bus
  readonly leases: Leases
  readonly members: Members
  readonly shared: Shared
  readonly doorbell: Doorbell
  readonly blobs: Blobs
  readonly ownership: Ownership
  readonly jobs: Jobs
}

export interface StartedNode {
  readonly ports: NodePorts
  /** Drains the jobs, then ends the rest. The log must still be open. */
  close(): Promise<void>
}

/** The ports of one process on one data folder, which it holds. */
export async function startNode({
  folder,
  node,
  sequencer,
  store,
  views,
  clock,
  logger,
}: {
  readonly folder: string
  readonly node: NodeId
  readonly sequencer: Sequencer
  readonly store: LogStore
  readonly views: Views
  readonly clock: Clock
  readonly logger: Logger
}): Promise<StartedNode> {
  const self = { id: node, incarnation: newId(clock.now()), address: "local", version }
  const blobs = await fileBlobs(join(folder, "blobs"))
  const bus = embeddedBus({ clock, log: logger })
  const table = leaseTable({ clock, firstToken: firstLeaseToken(folder, { clock, logger }) })
  const leases = embeddedLeases({ clock, table })
  const shared = embeddedShared({ clock, log: logger })
  const doorbell = embeddedDoorbell({ clock, log: logger })
  const tips = tipsOf(store)
  const members = busMembers({ self, bus, tips: tips.read, clock, log: logger })
  const incarnation = await holdIncarnation({ self, leases, members, clock })
  const owners = ownership({ sequencer, store, incarnation, members, clock, log: logger })
  const jobs = await openJobs({
    ...{ sequencer, store, views, bus, shared, doorbell, leases, incarnation, clock },
    log: logger,
  })
  return {
    ports: { bus, leases, members, shared, doorbell, blobs, ownership: owners, jobs },
    async close() {
      await jobs.close()
      await owners.close()
      tips.close()
      members.close()
      doorbell.close()
      shared.close()
      await incarnation.close()
      await leases.close()
      bus.close()
    },
  }
}

/** Tips of the logs that are in use: `core`, and those that have grown since the start; asking for more would open them. */
function tipsOf(store: LogStore): { read(): NodeView["tips"]; close(): void } {
  const used = new Set<LogId>(["core"])
  const close = store.onChange((log) => used.add(log))
  return {
    read() {
      const tips: Record<LogId, { pos: number; hash: string }> = {}
      for (const log of used) {
        const { pos, hash } = store.tip(log)
        if (pos > 0) tips[log] = { pos, hash: Buffer.from(hash).toString("hex") }
      }
      return tips
    },
    close,
  }
}
