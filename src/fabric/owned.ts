import type { Clock } from "../base/clock.ts"
import { DuckError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { AppendUnknownError, appendSettled, settled } from "./append.ts"
import { FencedError } from "./errors.ts"
import { isClaim, releaseEvent } from "./owner-events.ts"
import type {
  Commit,
  CommitMeta,
  Epoch,
  Events,
  LogId,
  LogStore,
  NodeId,
  Owned,
  Position,
  Sequencer,
  Settled,
  StreamId,
} from "./ports.ts"

export interface OwnedStream extends Owned {
  /** Ends the ownership here: from now on every commit is refused with `reason`. */
  lose(reason: Error): void
}

interface OwnedStreamOptions {
  readonly sequencer: Sequencer
  readonly store: Pick<LogStore, "stream">
  readonly node: NodeId
  readonly clock: Clock
  readonly log: LogId
  readonly stream: StreamId
  /** Position of this owner's claim, which is also the head it starts from. */
  readonly epoch: Epoch
  readonly onEnd: () => void
}

/** The writing side of one claim: commits one after the other, each at the head that the one before left. */
export function ownedStream(options: OwnedStreamOptions): OwnedStream {
  const { sequencer, store, node, clock, log, stream, epoch, onEnd } = options
  const losing = new AbortController()
  /** An append that ended without an answer: nothing else is appended before it has one. */
  let unsettled: Commit | undefined
  let head: number = epoch
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time, in the order of the calls. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  function lose(reason: Error) {
    if (losing.signal.aborted) return
    losing.abort(reason)
    onEnd()
  }

  function assertMine() {
    if (losing.signal.aborted) throw losing.signal.reason
  }

  function commitOf(events: Events, meta: Partial<CommitMeta>): Commit {
    const nowMs = clock.now()
    const at = new Date(nowMs).toISOString()
    return {
      id: newId(nowMs),
      stream,
      expect: head,
      events,
      meta: { actor: "system", at, ...meta, node, epoch },
    }
  }

  async function append(events: Events, meta: Partial<CommitMeta>): Promise<Position> {
    await settleFirst()
    assertMine()
    const commit = commitOf(events, meta)
    try {
      return took(await appendSettled(sequencer, log, commit))
    } catch (error) {
      if (error instanceof AppendUnknownError) unsettled = commit
      throw error
    }
  }

  async function settleFirst() {
    if (!unsettled) return
    const result = await settled(sequencer, log, unsettled)
    unsettled = undefined
    took(result)
  }

  /** Only this owner appends under its epoch and it knows its head, so a conflict is somebody else's commit. */
  function took(result: Settled): Position {
    if (result.kind === "conflict") {
      lose(new FencedError(log, stream, laterClaim() ?? result.head))
      throw losing.signal.reason
    }
    head = result.pos
    return head
  }

  function laterClaim(): Position | undefined {
    let found: Position | undefined
    for (const commit of store.stream(log, stream, head)) if (isClaim(commit)) found = commit.pos
    return found
  }

  return {
    epoch,
    get head() {
      return head
    },
    lost: losing.signal,
    lose,
    commit: (events, meta = {}) => inTurn(() => append(events, meta)),
    release: (prefer) =>
      inTurn(async () => {
        if (losing.signal.aborted) return
        try {
          await append([releaseEvent(prefer)], {})
        } catch (error) {
          // Somebody claimed it first: it is no longer ours to give.
          if (!losing.signal.aborted) throw error
        }
        lose(new DuckError({ code: "RELEASED", message: `The stream ${stream} was released.`, status: 409 }))
      }),
  }
}
