import type { Clock } from "../base/clock.ts"
import { CancelledError, UnavailableError } from "../base/errors.ts"

/** Who uses the server now: it decides when it may stop by itself, and what a stop has to wait for. */
export interface Activity {
  /** Runs a call that a stop waits for and then cancels. Throws UnavailableError when too many run or it is stopping. */
  call<T>(outer: AbortSignal, run: (signal: AbortSignal) => Promise<T>, kind?: CallKind): Promise<T>
  /** Counts a connection until the returned function is called. */
  connect(): () => void
  /** Counts as use from now on. */
  touch(): void
  runningCalls(): number
  connections(): number
  /** How often it has been used: changes with every use. */
  uses(): number
  /** Milliseconds since the last use; 0 while it is in use. */
  idleForMs(): number
  /** No more calls; resolves when none run, at the latest `withinMs` after they were told to end. */
  drain(options: { readonly graceMs: number; readonly withinMs: number }): Promise<void>
  /** Ends the calls at once, in the middle of a drain. */
  cancelAll(): void
}

/**
 * A `model` call of the gateway mostly waits for somebody else's machine, and a command that `follows` a conversation for
 * something to happen: many more of them fit, and none takes the place of a command that works.
 */
export type CallKind = "command" | "follows" | "model"
const mostCalls: Readonly<Record<CallKind, number>> = { command: 256, follows: 4096, model: 4096 }
const lookMs = 60_000

export function activity({ clock }: { readonly clock: Clock }): Activity {
  const running = new Map<Promise<unknown>, AbortController>()
  const runningOf: Record<CallKind, number> = { command: 0, follows: 0, model: 0 }
  const cancelled = new AbortController()
  let connections = 0
  let usedAtMs = clock.now()
  let uses = 0
  const used = () => {
    usedAtMs = clock.now()
    uses += 1
  }
  let isDraining = false

  const settledWithin = (ms: number) => {
    const enough = new AbortController()
    return Promise.race([Promise.allSettled(running.keys()), clock.sleep(ms, enough.signal)]).finally(() =>
      enough.abort(),
    )
  }

  const cancelAll = () => {
    const why = stopping()
    cancelled.abort(why)
    for (const controller of running.values()) controller.abort(why)
  }

  return {
    async call(outer, run, kind = "command") {
      if (isDraining) throw stopping()
      if (runningOf[kind] >= mostCalls[kind]) {
        throw new UnavailableError({
          code: "TOO_BUSY",
          message: `The server runs ${runningOf[kind]} ${kind === "model" ? "model calls" : "commands"} already.`,
          hint: "Try again in a moment.",
        })
      }
      // Not AbortSignal.any, which costs more than all the rest of this and hangs every call on one lasting signal.
      const controller = new AbortController()
      const leave = () => controller.abort(outer.reason)
      if (outer.aborted) leave()
      else outer.addEventListener("abort", leave, { once: true })
      const call = run(controller.signal)
      running.set(call, controller)
      runningOf[kind] += 1
      try {
        return await call
      } finally {
        outer.removeEventListener("abort", leave)
        running.delete(call)
        runningOf[kind] -= 1
        used()
      }
    },
    connect() {
      connections += 1
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        connections -= 1
        used()
      }
    },
    touch: used,
    uses: () => uses,
    runningCalls: () => running.size,
    connections: () => connections,
    idleForMs: () => (running.size + connections > 0 ? 0 : clock.now() - usedAtMs),
    async drain({ graceMs, withinMs }) {
      isDraining = true
      if (running.size === 0) return
      await Promise.race([settledWithin(graceMs), fired(cancelled.signal)])
      cancelAll()
      await settledWithin(withinMs)
    },
    cancelAll,
  }
}

export function stopping(): UnavailableError {
  return new UnavailableError({
    code: "SERVER_STOPPING",
    message: "The server is stopping.",
    hint: "Run the command again; it starts a server by itself.",
  })
}

const fired = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))

/**
 * Calls `onIdle` once there has been no use for `idleMs`; never for 0. What `isBusy` says is asked last: work
 * without a caller (an index that is being built, a job) counts as use as well. Also once a minute, for any `idleMs`: a
 * server whose announcement is gone (its data folder was removed) can't be found by anyone and ends. Ends with the signal.
 */
export async function whenIdle(options: {
  readonly activity: Activity
  readonly idleMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  isBusy(): Promise<boolean>
  isAnnounced(): boolean
  onIdle(why: "idle" | "its announcement is gone"): void
}): Promise<void> {
  const { activity, clock, signal, isBusy, isAnnounced, onIdle } = options
  const idleMs = options.idleMs > 0 ? options.idleMs : Number.POSITIVE_INFINITY
  try {
    for (;;) {
      const leftMs = idleMs - activity.idleForMs()
      if (!isAnnounced()) return onIdle("its announcement is gone")
      if (leftMs > 0) await clock.sleep(Math.min(leftMs, lookMs), signal)
      else if (await isBusy()) activity.touch()
      else if (activity.idleForMs() >= idleMs) return onIdle("idle")
    }
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error
  }
}
