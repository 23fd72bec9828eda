import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { version } from "../../base/version.ts"
import type { Logger } from "../../observe/log.ts"
import { holdIncarnation } from "../incarnation.ts"
import { type Jobs, openJobs } from "../jobs/jobs.ts"
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
  const firstToken = firstLeaseToken(folder, { clock, logger })
  /** What has been started, to be ended in reverse. */
  const closers: (() => void | Promise<void>)[] = []
  const started = <T extends { close(): void | Promise<void> }>(part: T): T => {
    closers.unshift(() => part.close())
    return part
  }
  const close = async () => {
    for (const end of closers.splice(0)) await end()
  }
  try {
    const bus = started(embeddedBus({ clock, log: logger }))
    const leases = started(embeddedLeases({ clock, table: leaseTable({ clock, firstToken }) }))
    const shared = started(embeddedShared({ clock, log: logger }))
    const doorbell = started(embeddedDoorbell({ clock, log: logger }))
    const tips = started(tipsOf(store))
    const members = started(busMembers({ self, bus, tips: tips.read, clock, log: logger }))
    const incarnation = started(await holdIncarnation({ self, leases, members, clock }))
    const owners = started(ownership({ sequencer, store, incarnation, members, clock, log: logger }))
    const parts = { sequencer, store, views, bus, shared, doorbell, leases, incarnation, clock, log: logger }
    const jobs = started(await openJobs(parts))
    return { ports: { bus, leases, members, shared, doorbell, blobs, ownership: owners, jobs }, close }
  } catch (error) {
    await close()
    throw error
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
