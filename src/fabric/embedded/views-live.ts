import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { UnavailableError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import { genesis } from "../chain.ts"
import { LogSuspectError, LogTrimmedError } from "../errors.ts"
import type { Committed, Following, LogId, LogStore, Position } from "../ports.ts"
import type { Projection, View, ViewState } from "../projection.ts"
import { isDamage, isRefusedWrite } from "./sqlite-errors.ts"
import type { Tip } from "./sqlite-log.ts"
import { waitUntil } from "./store-wait.ts"
import { makeViewFile, openViewFile, type ViewFile } from "./views-file.ts"

const retryAfterMs = 1000

/** A view that follows its logs until it is closed. */
export interface LiveView extends View {
  wants(log: LogId): boolean
  /** Resolves when the view has applied what the logs hold now, or is broken. */
  caughtUp(): Promise<void>
  rebuild(why: string): Promise<void>
  close(): Promise<void>
}

export interface LiveViewOptions {
  readonly folder: string
  readonly projection: Projection
  readonly store: LogStore
  readonly clock: Clock
  readonly logger: Logger
}

export function liveView({ folder, projection, store, clock, logger: base }: LiveViewOptions): LiveView {
  const { name } = projection
  const logger = base.with({ view: name })
  const path = join(folder, "views", `${name}.db`)
  const followings = new Map<LogId, Following>()
  const broken = new Map<LogId, Extract<ViewState, { kind: "broken" }>>()
  const listeners = new Set<(log: LogId, pos: Position) => void>()
  const closing = new AbortController()
  let waitingFor: string | undefined
  let rebuilding: Promise<void> | undefined

  const opened = openViewFile(path, projection, isOnLog)
  let file: ViewFile = opened.file
  if (opened.rebuiltBecause !== undefined) logger.warn("The view is rebuilt.", { why: opened.rebuiltBecause })

  const unsubscribe = store.onChange(attach)
  for (const log of store.logs()) attach(log)

  function isOnLog(log: LogId, { pos, hash }: Tip): boolean {
    const there = pos === 0 ? genesis : store.hashAt(log, pos)
    return there !== undefined && Buffer.compare(there, hash) === 0
  }

  function attach(log: LogId, from = file.position(log)) {
    if (closing.signal.aborted || rebuilding || followings.has(log) || broken.has(log) || !projection.wants(log)) return
    const following = store.follow(log, from, (batch) => apply(log, batch))
    followings.set(log, following)
    following.done.catch((error: unknown) => failed(log, following, error))
  }

  function failed(log: LogId, following: Following, error: unknown) {
    if (followings.get(log) !== following) return
    followings.delete(log)
    if (closing.signal.aborted) return
    if (error instanceof LogTrimmedError) {
      logger.warn("The view begins where the log was trimmed.", { log, trimmedTo: error.trimmedTo })
      attach(log, error.trimmedTo)
    } else if ((error instanceof LogSuspectError && error.why === "regression") || isDamage(error))
      rebuild(error instanceof Error ? error.message : String(error)).catch(() => {})
    else breakAt(log, file.position(log) + 1, error)
  }

  async function apply(log: LogId, batch: readonly Committed[]) {
    while (!closing.signal.aborted) {
      try {
        applyOrBreak(log, batch)
        waitingFor = undefined
        return
      } catch (error) {
        if (!isRefusedWrite(error)) throw error
        if (waitingFor === undefined) logger.error("The view can't be written; it is tried again.", { error })
        waitingFor = error instanceof Error ? error.message : String(error)
        await clock.sleep(retryAfterMs, closing.signal).catch(() => {})
      }
    }
  }

  function applyOrBreak(log: LogId, batch: readonly Committed[]) {
    try {
      write(log, batch)
    } catch (error) {
      if (isRefusedWrite(error) || isDamage(error)) throw error
      // One of them can't be applied: take those before it, and say which it is.
      for (const commit of batch)
        try {
          write(log, [commit])
        } catch (cause) {
          if (!isRefusedWrite(cause) && !isDamage(cause)) breakAt(log, commit.pos, cause)
          throw cause
        }
    }
  }

  function write(log: LogId, batch: readonly Committed[]) {
    const pos = batch.at(-1)?.pos ?? 0
    const hash = store.hashAt(log, pos)
    if (!hash) throw new LogSuspectError(log, pos, "regression")
    file.apply(log, batch, hash)
    changed(log, pos)
  }

  function breakAt(log: LogId, pos: Position, error: unknown) {
    if (broken.has(log)) return
    const message = error instanceof Error ? error.message : String(error)
    broken.set(log, { kind: "broken", log, pos, error: message })
    logger.error("The view is broken: a commit can't be applied. The log goes on without it.", { log, pos, error })
    changed(log, file.position(log))
  }

  function changed(log: LogId, pos: Position) {
    for (const listener of [...listeners]) listener(log, pos)
  }

  function rebuild(why: string): Promise<void> {
    rebuilding ??= (async () => {
      logger.warn("The view is rebuilt.", { why })
      await detach()
      file.close()
      file = makeViewFile(path, projection)
      broken.clear()
    })().finally(() => {
      rebuilding = undefined
      for (const log of store.logs()) attach(log)
    })
    return rebuilding
  }

  async function detach() {
    const all = [...followings.values()]
    followings.clear()
    await Promise.all(all.map((following) => following.stop()))
  }

  function querying<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      if (!isDamage(cause)) throw cause
      rebuild((cause as Error).message).catch(() => {})
      throw new UnavailableError({
        code: "VIEW_REBUILDING",
        message: `The view ${name} was damaged and is being rebuilt from the log.`,
        hint: "Try again in a moment; nothing is lost.",
        cause,
      })
    }
  }

  const view: LiveView = {
    name,
    wants: (log) => projection.wants(log),
    position: (log) => file.position(log),
    state() {
      const first = [...broken.values()][0]
      if (first) return first
      if (rebuilding) return { kind: "behind", why: "it is being rebuilt" }
      if (waitingFor !== undefined) return { kind: "behind", why: waitingFor }
      const log = store.logs().find((log) => projection.wants(log) && file.position(log) < store.tip(log).pos)
      return log === undefined ? { kind: "live" } : { kind: "behind", why: `it has yet to read all of ${log}` }
    },
    reached: (log, pos, { withinMs = 2000 } = {}) =>
      waitUntil({
        isTrue: () => !rebuilding && file.position(log) >= pos,
        isOver: () => broken.has(log) || closing.signal.aborted,
        onChange: view.onChange,
        withinMs,
        clock,
      }),
    all: (sql, ...parameters) => querying(() => file.all(sql, parameters)),
    get: (sql, ...parameters) => querying(() => file.get(sql, parameters)),
    onChange(callback) {
      listeners.add(callback)
      return () => void listeners.delete(callback)
    },
    async caughtUp() {
      await rebuilding
      const targets = store.logs().filter(view.wants)
      await Promise.all(
        targets.map((log) => view.reached(log, store.tip(log).pos, { withinMs: Number.POSITIVE_INFINITY })),
      )
    },
    rebuild,
    async close() {
      closing.abort()
      unsubscribe()
      await rebuilding?.catch(() => {})
      await detach()
      for (const log of store.logs()) changed(log, 0)
      file.close()
    },
  }
  return view
}
