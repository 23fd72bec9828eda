import { type Clock, systemClock } from "../base/clock.ts"
import { asDuckError, DuckError, UnavailableError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { type Logger, silentLogger } from "../observe/log.ts"
import { appendSettled } from "./append.ts"
import { FencedError } from "./errors.ts"
import type { Incarnation } from "./incarnation.ts"
import { type OwnedStream, ownedStream } from "./owned.ts"
import { claimEvent, claimOf, isClaim, type StreamOwner } from "./owner-events.ts"
import type {
  Commit,
  Committed,
  Following,
  LogId,
  LogStore,
  Members,
  Owned,
  OwnedElsewhere,
  Ownership,
  Sequencer,
  StreamId,
} from "./ports.ts"

export interface OwnershipOptions {
  readonly sequencer: Sequencer
  readonly store: Pick<LogStore, "scan" | "stream" | "reached">
  readonly incarnation: Incarnation
  readonly members: Members
  readonly clock?: Clock
  readonly log?: Logger
}

export interface ClosableOwnership extends Ownership {
  /** Gives up everything, without a word in the log: the next owner claims it. */
  close(): Promise<void>
}

/** How long a read waits for the local copy of the log to catch up. */
const catchUpMs = 2_000

/**
 * Owners of streams, over any sequencer. An owner is who wrote the latest claim commit of a stream; every commit of an
 * owner names the position of its claim (the epoch) and is appended at the head that the owner knows. So a claim fences
 * all that its predecessor had not stored before, whatever clocks, pauses and leases do (S4). Whether to claim is decided
 * by leases and membership, and may be decided wrongly without harm.
 */
export function ownership(options: OwnershipOptions): ClosableOwnership {
  const { sequencer, store, incarnation, members, clock = systemClock, log: logger = silentLogger } = options
  const { self } = incarnation
  /** What this process owns or is about to own, by log and stream. */
  const held = new Map<string, Promise<OwnedStream | OwnedElsewhere>>()
  const followings = new Map<LogId, { readonly following: Following; readonly owned: Map<StreamId, OwnedStream> }>()
  /** The last claim seen of what is held: another's may be seen before our own was answered. */
  const lastClaims = new Map<string, number>()
  let closed = false

  /** The commit at a position, where it is still in the log. */
  function at(log: LogId, pos: number): Committed | undefined {
    const [commit] = pos > 0 ? store.scan(log, pos - 1, 1) : []
    return commit?.pos === pos ? commit : undefined
  }

  /** The stream's head and the owner that its last commit points to: two lookups, however long the stream is. */
  async function look(log: LogId, stream: StreamId): Promise<{ head: number; owner: StreamOwner | undefined }> {
    const head = await sequencer.head(log, stream)
    if (head === 0) return { head, owner: undefined }
    if (!(await store.reached(log, head, { withinMs: catchUpMs }))) throw staleError(log)
    const last = at(log, head)
    const claim = last && !isClaim(last) ? at(log, last.meta.epoch) : last
    return { head, owner: last && claim && claimOf(claim, last) }
  }

  /** Who is to be left the stream, if anyone. */
  async function elsewhere({
    node,
    incarnation: id,
    epoch,
    released,
  }: StreamOwner): Promise<OwnedElsewhere | undefined> {
    if (released) {
      const heir = members.list().find((view) => view.id === released.prefer && view.state === "alive")
      return heir && heir.id !== self.id ? { ownedBy: heir.id, epoch } : undefined
    }
    if (id === self.incarnation || !(await incarnation.isAlive(node, id))) return undefined
    return { ownedBy: node, epoch }
  }

  async function claim(log: LogId, stream: StreamId): Promise<OwnedStream | OwnedElsewhere> {
    while (true) {
      const { head, owner } = await look(log, stream)
      const other = owner && (await elsewhere(owner))
      if (other) return other
      const nowMs = clock.now()
      const commit: Commit = {
        id: newId(nowMs),
        stream,
        expect: head,
        events: [claimEvent(self)],
        meta: { actor: "system", node: self.id, epoch: 0, at: new Date(nowMs).toISOString() },
      }
      const result = await appendSettled(sequencer, log, commit)
      if (result.kind === "committed") return begin(log, stream, result.pos)
      // Someone wrote meanwhile: look again.
    }
  }

  function begin(log: LogId, stream: StreamId, epoch: number): OwnedStream {
    const { owned } = followFrom(log, epoch)
    const mine = ownedStream({
      sequencer,
      store,
      node: self.id,
      clock,
      log,
      stream,
      epoch,
      onEnd: () => {
        if (owned.get(stream) !== mine) return
        owned.delete(stream)
        held.delete(keyOf(log, stream))
        lastClaims.delete(keyOf(log, stream))
      },
    })
    owned.set(stream, mine)
    const later = lastClaims.get(keyOf(log, stream)) ?? 0
    if (closed) mine.lose(closedError())
    else if (later > epoch) mine.lose(new FencedError(log, stream, later))
    return mine
  }

  /** One reader for each log in which something is owned tells its owners of claims by others. */
  function followFrom(log: LogId, after: number) {
    const known = followings.get(log)
    if (known) return known
    const owned = new Map<StreamId, OwnedStream>()
    const following = sequencer.follow(log, after, async (batch) => {
      for (const commit of batch) {
        if (!isClaim(commit) || !held.has(keyOf(log, commit.stream))) continue
        lastClaims.set(keyOf(log, commit.stream), commit.pos)
        const mine = owned.get(commit.stream)
        if (mine && commit.pos > mine.epoch) mine.lose(new FencedError(log, commit.stream, commit.pos))
      }
    })
    following.done.catch((error: unknown) => {
      if (closed) return
      logger.error("claims can't be followed any more; what was owned is given up", { log, error })
      followings.delete(log)
      for (const mine of [...owned.values()]) mine.lose(asDuckError(error))
    })
    followings.set(log, { following, owned })
    return { following, owned }
  }

  return {
    async own(log, stream): Promise<Owned | OwnedElsewhere> {
      if (closed) throw closedError()
      const key = keyOf(log, stream)
      const before = held.get(key)
      if (before) return before
      const claiming = claim(log, stream)
      held.set(key, claiming)
      try {
        const answer = await claiming
        if (("ownedBy" in answer || answer.lost.aborted) && held.get(key) === claiming) held.delete(key)
        return answer
      } catch (error) {
        held.delete(key)
        throw error
      }
    },
    async close() {
      closed = true
      for (const { following, owned } of followings.values()) {
        for (const mine of [...owned.values()]) mine.lose(closedError())
        await following.stop()
      }
      followings.clear()
    },
  }
}

const keyOf = (log: LogId, stream: StreamId) => `${log} ${stream}`

const closedError = () => new DuckError({ code: "OWNERSHIP_CLOSED", message: "This node no longer owns streams." })

const staleError = (log: LogId) =>
  new UnavailableError({
    code: "STALE",
    message: `This node's copy of ${log} is behind.`,
    hint: "Try again in a moment; `duck status` shows how far it is.",
  })
