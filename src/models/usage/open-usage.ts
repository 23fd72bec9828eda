import type { Clock } from "../../base/clock.ts"
import type { NodeId, Sequencer } from "../../fabric/ports.ts"
import type { Views } from "../../fabric/projection.ts"
import type { Logger } from "../../observe/log.ts"
import type { UsageQuery, UsageRow } from "../models.ts"
import { type Budgets, openBudgets } from "./budgets.ts"
import { type UsageEvent, usageLog } from "./events.ts"
import { usageJournal } from "./journal.ts"
import { usageRecorder } from "./recorder.ts"
import { usageProjection, usageRows } from "./view.ts"

/** What models were used for: told to the log, read from a view of it, held within budgets. */
export interface UsageBook {
  readonly budgets: Budgets
  note(event: UsageEvent): void
  report(query: UsageQuery): Promise<readonly UsageRow[]>
  /** Resolves when all that was noted is stored. */
  close(): Promise<void>
}

/** Once for a data folder: the budgets go on from what its log says was spent today, with the limits they are told to follow. */
export async function openUsage({
  fabric,
  folder,
  clock,
  logger,
}: {
  readonly fabric: { readonly sequencer: Sequencer; readonly node: NodeId; readonly views: Views }
  /** For what is not in the log yet; made when it is needed. */
  readonly folder: string
  readonly clock: Clock
  readonly logger: Logger
}): Promise<UsageBook> {
  const view = await fabric.views.open(usageProjection)
  const rows = usageRows(view)
  const recorder = usageRecorder({ ...fabric, journal: usageJournal(folder), clock, logger })
  const stored = async () => {
    const position = await recorder.flush()
    if (position > 0) await view.reached(usageLog, position)
  }
  // What a killed process left was spent as well.
  await stored()
  const budgets = openBudgets({
    before: rows,
    clock,
    logger,
    onWarned: (data) => recorder.note({ type: "budget.warned", data }),
  })
  return {
    budgets,
    note: recorder.note,
    async report(query) {
      await stored()
      return rows.report(query)
    },
    close: recorder.close,
  }
}
