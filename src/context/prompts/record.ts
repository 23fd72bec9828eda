import type { Clock } from "../../base/clock.ts"
import { decider } from "../../fabric/decider.ts"
import { decidedStreams } from "../../fabric/decider-stream.ts"
import type { LogId, LogStore, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { View, Views } from "../../fabric/projection.ts"
import { type OutcomeEvent, outcomeEvent, promptsStream, readOutcome } from "./events.ts"
import type { PromptOutcome } from "./prompts.ts"
import { type OutcomeRow, outcomeRows, promptsProjection } from "./view.ts"

export interface PromptFabric {
  readonly sequencer: Pick<Sequencer, "append" | "settle">
  readonly store: Pick<LogStore, "stream" | "reached" | "tip" | "logs">
  readonly views: Pick<Views, "open">
  readonly node: NodeId
}

/** How calls that prompts made came out, of all projects. */
export interface PromptRecord {
  /** Gives where the log stands. */
  add(log: LogId, outcome: PromptOutcome): Promise<Position>
  /** Sums of a project, by prompt, version, variant and outcome. */
  rows(log: LogId): Promise<OutcomeRow[]>
}

const catchUpMs = 5_000

/** One happening after the other: nothing is decided by those before. */
const outcomes = decider<OutcomeEvent, null, OutcomeEvent>({
  initial: null,
  decide: (event) => [event],
  evolve: () => null,
})

/** The record of a fabric: every caller has the same one, for a view is open once. */
export function promptRecord(fabric: PromptFabric, clock: Clock): PromptRecord {
  const known = records.get(fabric)
  if (known) return known
  const { store } = fabric
  const streams = decidedStreams({ ...fabric, decider: outcomes, parse: readOutcome, clock })
  let opening: Promise<View> | undefined
  const record: PromptRecord = {
    async add(log, { prompt, outcome, durationMs, costUsd, model, user }) {
      const { name, version, variant, source } = prompt
      const at = new Date(clock.now()).toISOString()
      const event = outcomeEvent({
        ...{ prompt: name, version, variant, source, outcome, durationMs, costUsd, model, by: user, at },
      })
      return (await streams.handle(log, promptsStream, event, { actor: user })).head
    },
    async rows(log) {
      opening ??= fabric.views.open(promptsProjection)
      const view = await opening
      if (store.logs().includes(log)) await view.reached(log, store.tip(log).pos, { withinMs: catchUpMs })
      return outcomeRows(view, log)
    },
  }
  records.set(fabric, record)
  return record
}

const records = new WeakMap<PromptFabric, PromptRecord>()
