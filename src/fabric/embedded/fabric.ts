import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { type Clock, systemClock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { parseJson } from "../../base/schema.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import { publicKeyOf } from "../chain-seal.ts"
import type { LogStore, NodeId, Sequencer } from "../ports.ts"
import type { Views } from "../projection.ts"
import { nodeKey } from "./fabric-key.ts"
import { type Seals, startSeals } from "./fabric-seals.ts"
import { type FolderLock, takeFolder } from "./lock.ts"
import { type NodePorts, startNode } from "./node.ts"
import { embeddedSequencer } from "./sequencer.ts"
import { logStore } from "./store.ts"
import { writeDurably } from "./store-durable.ts"
import { logTables } from "./store-tables.ts"
import { openViews } from "./views.ts"

export interface FabricOptions {
  /** The data folder; made when it is not there. */
  readonly folder: string
  /** This node's id; without it, one is made with the folder and kept in it. */
  readonly node?: NodeId
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Everything that processes share, on one data folder. Nothing above knows which engine it has. */
export interface Fabric extends NodePorts {
  readonly node: NodeId
  readonly lock: FolderLock
  readonly sequencer: Sequencer
  readonly store: LogStore
  readonly views: Views
  /** Signed seals of the logs: made every hour, at the end, and when asked for. */
  readonly seals: Seals
  /** The public keys whose seals this folder trusts: its own. For `store.verify`. */
  readonly trustedKeys: readonly string[]
  /** Waits for what is on its way, then gives the folder up. */
  close(): Promise<void>
}

/**
 * Takes the data folder and opens its log. Throws FolderHeldError when another process has it, and LogUnreadableError
 * when the core log can't be used as it is.
 */
export async function openFabric({
  folder,
  node,
  clock = systemClock,
  logger = silentLogger,
}: FabricOptions): Promise<Fabric> {
  // Closed in the opposite order, also when opening fails half-way.
  const opened = new AsyncDisposableStack()
  try {
    const lock = takeFolder({ folder, clock, ...(node === undefined ? {} : { node }) })
    opened.defer(() => lock.release())
    const tables = logTables({ folder })
    opened.defer(() => tables.close())
    opened.defer(() => tables.remember())
    tables.find("core")
    const store = logStore({ tables, clock })
    const views = openViews({ folder, store, clock, logger })
    opened.defer(() => views.close())
    const sequencer = embeddedSequencer({ tables, clock })
    opened.defer(() => sequencer.close())
    const key = nodeKey(folder, logger)
    const self = node ?? nodeOf(folder)
    const seals = startSeals({ sequencer, store, key, node: self, clock, logger, sealed: () => tables.remember() })
    opened.defer(() => seals.close())
    const started = await startNode({ folder, node: self, sequencer, store, views, clock, logger })
    opened.defer(() => started.close())
    return {
      ...started.ports,
      node: self,
      lock,
      sequencer,
      store,
      views,
      seals,
      trustedKeys: [publicKeyOf(key)],
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

const nodeSchema = z.object({ node: z.string().min(1) })

/** The id that the folder's node keeps over all starts. */
function nodeOf(folder: string): NodeId {
  const path = join(folder, "node.json")
  if (existsSync(path)) return parseJson(nodeSchema, readFileSync(path, "utf8"), `the node file ${path}`).node
  const node = `node-${newId()}`
  writeDurably(path, `${JSON.stringify({ node })}\n`)
  return node
}
