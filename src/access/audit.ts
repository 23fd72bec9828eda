import { type Clock, systemClock } from "../base/clock.ts"
import { newId } from "../base/ids.ts"
import { appendSettled } from "../fabric/append.ts"
import type { Commit, CommitId, Events, LogId, NodeId, Position, Sequencer, StreamId } from "../fabric/ports.ts"
import type { Logger } from "../observe/log.ts"

/** What belongs into the audit: who did or was refused what, to what. Never a secret, never a file's content. */
export interface AuditEvent {
  readonly actor: string
  /** "command.run", "path.refused", "token.refused", "config.set"... */
  readonly action: string
  /** What it was done to: a command's name, a path, a key. */
  readonly target: string
  readonly outcome: "done" | "refused" | "failed"
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Audit {
  /**
   * Stores in the order of the calls. Resolves with the position; rejects when the log can't be written. `as`: it happened
   * before, and is stored once under this id however often it is recorded.
   */
  record(event: AuditEvent, as?: { readonly id: CommitId; readonly atMs: number }): Promise<Position>
  /** As `record` for callers that can't wait: a failure is logged as an error with the event itself. */
  note(event: AuditEvent): void
  /** Resolves when everything noted so far is stored or has failed. */
  flush(): Promise<void>
}

export const auditLog: LogId = "core"
export const auditStreamOf = (ms: number): StreamId => `audit.${new Date(ms).toISOString().slice(0, 7)}`

/** Beyond this many waiting, `note` gives the event to the log file only, so that a flood can't fill the memory. */
const mostWaiting = 10_000

/** The audit is part of the log `core`: one stream a month, so ordered, chained and sealed as all else. */
export function openAudit(options: {
  readonly sequencer: Sequencer
  readonly node: NodeId
  readonly logger: Logger
  readonly clock?: Clock
}): Audit {
  const { sequencer, node, logger, clock = systemClock } = options
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  const append = async (event: AuditEvent, as: Parameters<Audit["record"]>[1]): Promise<Position> => {
    const at = as?.atMs ?? clock.now()
    const id = as?.id ?? newId(at)
    const stream = auditStreamOf(at)
    const { actor, ...data } = event
    const events: Events = [{ type: "audit.recorded", v: 1, data }]
    const meta = { actor, node, epoch: 0, at: new Date(at).toISOString() }
    while (true) {
      const expect = await sequencer.head(auditLog, stream)
      const commit: Commit = { id, stream, expect, events, meta }
      const answer = await appendSettled(sequencer, auditLog, commit)
      if (answer.kind === "committed") return answer.pos
    }
  }

  const record: Audit["record"] = (event, as) => {
    waiting += 1
    const stored = last.then(() => append(event, as)).finally(() => (waiting -= 1))
    last = stored.catch(() => {})
    return stored
  }

  return {
    record,
    note(event) {
      if (waiting >= mostWaiting) return logger.error("audit is behind", { audit: event })
      record(event).catch((error) => logger.error("audit could not be stored", { audit: event, error }))
    },
    flush: () => last.then(() => {}),
  }
}
