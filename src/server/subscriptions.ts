import { type Actor, permits } from "../access/actor.ts"
import { asDuckError, DuckError, InvalidInputError, NotFoundError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import type { EndedParams, EventParams, SubscribeAnswer, SubscribeParams } from "../base/wire.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { Committed, Following } from "../fabric/ports.ts"
import type { Outbox } from "./outbox.ts"
import { notification } from "./rpc-messages.ts"

export interface Subscriptions {
  /** Throws DuckError for a log that is not there or not for this actor. Nothing is sent before `begin`. */
  subscribe(params: SubscribeParams): SubscribeAnswer
  /** Starts what was subscribed to: the answer that names the subscription must reach the client before its events. */
  begin(): void
  unsubscribe(subscription: string): Promise<void>
  close(): Promise<void>
}

const mostAtOnce = 64

/**
 * Log events for one connection. Each subscription follows the log by itself and waits for room in the outbox before
 * every commit: a client that reads slowly holds up its own subscriptions, costs no memory, and nobody else notices.
 */
export function subscriptions({
  fabric,
  actor,
  outbox,
}: {
  readonly fabric: () => Fabric
  readonly actor: Actor
  readonly outbox: Outbox
}): Subscriptions {
  const open = new Map<string, Following>()
  const agreed = new Map<string, SubscribeParams>()

  const follow = (subscription: string, { log, after }: SubscribeParams): Following => {
    const sink = async (batch: readonly Committed[]) => {
      for (const commit of batch) {
        if (!(await outbox.room()) || !open.has(subscription)) return
        outbox.send(notification("event", eventOf(subscription, commit)))
      }
    }
    return fabric().sequencer.follow(log, after, sink)
  }

  const start = (subscription: string, params: SubscribeParams) => {
    const following = follow(subscription, params)
    open.set(subscription, following)
    following.done.catch((thrown) => {
      if (!open.delete(subscription)) return
      const ended: EndedParams = { subscription, error: asDuckError(thrown).toJSON() }
      outbox.send(notification("events.ended", ended))
    })
  }

  return {
    subscribe(params) {
      check(params, actor, fabric())
      if (open.size + agreed.size >= mostAtOnce) {
        throw new DuckError({ code: "TOO_MANY", message: `${mostAtOnce} subscriptions are open already.`, status: 429 })
      }
      const subscription = newId()
      agreed.set(subscription, params)
      return { subscription }
    },
    begin() {
      for (const [subscription, params] of agreed) start(subscription, params)
      agreed.clear()
    },
    async unsubscribe(subscription) {
      const following = open.get(subscription)
      if (!following) throw new NotFoundError({ message: `There is no subscription ${subscription}.` })
      open.delete(subscription)
      await following.stop()
    },
    async close() {
      const all = [...open.values()]
      open.clear()
      agreed.clear()
      await Promise.all(all.map((following) => following.stop()))
    },
  }
}

function check({ log, after }: SubscribeParams, actor: Actor, { store }: Fabric): void {
  // `core` is there from the start, if only with its first commit.
  if (log !== "core" && !store.logs().includes(log)) {
    throw new NotFoundError({ code: "NO_SUCH_LOG", message: `There is no log ${JSON.stringify(log.slice(0, 200))}.` })
  }
  if (!permits(actor, log === "core" ? "admin" : "read")) {
    throw new DuckError({ code: "NOT_PERMITTED", message: `You may not read the log ${log}.`, status: 403 })
  }
  const { pos } = store.tip(log)
  if (after > pos) {
    throw new InvalidInputError({
      code: "POSITION_AHEAD",
      message: `The log ${log} ends at ${pos}; nothing can follow ${after} yet.`,
      hint: "Subscribe from a position that this log has given; after a restore from a backup, from 0.",
      details: { log, end: pos },
    })
  }
}

const eventOf = (subscription: string, { log, pos, stream, events, meta }: Committed): EventParams => ({
  subscription,
  log,
  position: pos,
  stream,
  events,
  at: meta.at,
  actor: meta.actor,
})
