import { z } from "zod"
import { type Clock, systemClock } from "../../base/clock.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Bus, Members, NodeId, NodeInfo, NodeView } from "../ports.ts"

export interface MembersOptions {
  readonly self: NodeInfo
  /** Over which nodes hear of one another. */
  readonly bus: Bus
  /** Position and hash of each log that this node serves, said with every beat. */
  readonly tips?: () => NodeView["tips"]
  readonly clock?: Clock
  readonly log?: Logger
}

export interface BusMembers extends Members {
  /** Tells the others that this node leaves. */
  close(): void
}

export const beatMs = 5_000
/** Two beats missed, with half of one as grace. */
export const silentAfterMs = 12_500
/** As long as the lease of an incarnation. */
export const goneAfterMs = 20_000
/** A node that is gone stays in the list for so long, for people to see. */
const forgottenAfterMs = 600_000

const subject = "members.beat"
const beatSchema = z.object({
  id: z.string().min(1),
  incarnation: z.string().min(1),
  address: z.string(),
  version: z.string(),
  tips: z.record(z.string(), z.object({ pos: z.number().int().nonnegative(), hash: z.string() })),
  /** "hello" asks everyone to say who they are; "bye" is said once, at the end. */
  says: z.enum(["hello", "here", "bye"]),
})
type Beat = z.infer<typeof beatSchema>

interface Heard {
  readonly beat: Beat
  readonly atMs: number
  /** Incarnations that this node has left behind; a late beat of theirs counts for nothing. */
  readonly past: ReadonlySet<string>
}

/**
 * Membership by beats over any bus. In one process there is one node and nobody answers; the same code serves a cluster.
 * States are information: that a node is gone never proves that it has stopped writing.
 */
export function busMembers({
  self,
  bus,
  tips = () => ({}),
  clock = systemClock,
  log = silentLogger,
}: MembersOptions): BusMembers {
  const others = new Map<NodeId, Heard>()
  const callbacks = new Set<(view: readonly NodeView[]) => void>()
  const closing = new AbortController()
  let told = ""

  function beat(says: Beat["says"]) {
    const message: Beat = { ...self, tips: tips(), says }
    bus.send(subject, Buffer.from(JSON.stringify(message)))
  }

  function hear(data: Uint8Array) {
    const beat = readBeat(data)
    if (!beat) return log.warn("a membership beat could not be read", { sizeBytes: data.length })
    if (beat.id === self.id) return hearNamesake(beat)
    const before = others.get(beat.id)
    if (before?.past.has(beat.incarnation)) return
    const left = before && before.beat.incarnation !== beat.incarnation ? [before.beat.incarnation] : []
    others.set(beat.id, { beat, atMs: clock.now(), past: new Set([...(before?.past ?? []), ...left]) })
    if (beat.says === "hello") sayHere()
    tellChanges()
  }

  function hearNamesake(beat: Beat) {
    if (beat.incarnation !== self.incarnation)
      log.error("another process runs under this node's id", { node: self.id, incarnation: beat.incarnation })
  }

  function list(): readonly NodeView[] {
    const now = clock.now()
    const views: NodeView[] = [{ ...self, state: "alive", tips: tips() }]
    for (const [id, heard] of others) {
      const silentMs = now - heard.atMs
      if (silentMs >= forgottenAfterMs) others.delete(id)
      else views.push(viewOf(heard.beat, silentMs))
    }
    return views
  }

  function tellChanges() {
    if (callbacks.size === 0) return
    const view = list()
    const now = JSON.stringify(view)
    if (now === told) return
    told = now
    for (const callback of callbacks) {
      try {
        callback(view)
      } catch (error) {
        log.warn("a callback on membership failed", { error })
      }
    }
  }

  async function keepBeating() {
    while (!closing.signal.aborted) {
      await clock.sleep(beatMs, closing.signal)
      try {
        beat("here")
        tellChanges()
      } catch (error) {
        log.warn("a membership beat could not be sent", { error })
      }
    }
  }

  const sayHere = () => beat("here")
  const leave = bus.on(subject, hear)
  beat("hello")
  // A sleep that rejects was cut short by `close`.
  keepBeating().catch(() => {})

  return {
    self,
    list,
    changes(callback) {
      told ||= JSON.stringify(list())
      callbacks.add(callback)
      return () => void callbacks.delete(callback)
    },
    close() {
      closing.abort()
      leave()
      callbacks.clear()
      beat("bye")
    },
  }
}

function readBeat(data: Uint8Array): Beat | undefined {
  try {
    return beatSchema.safeParse(JSON.parse(Buffer.from(data).toString("utf8"))).data
  } catch {
    return undefined
  }
}

function viewOf({ says, ...view }: Beat, silentMs: number): NodeView {
  const isGone = says === "bye" || silentMs >= goneAfterMs
  return { ...view, state: isGone ? "gone" : silentMs >= silentAfterMs ? "silent" : "alive" }
}
