import { z } from "zod"
import type { LogId } from "../../fabric/ports.ts"
import type { Projection, View } from "../../fabric/projection.ts"
import { promptsStream, readOutcome } from "./events.ts"
import type { PromptOutcome } from "./prompts.ts"

/** Calls of one outcome, summed. Squares are summed too: the spread of a mean is told from them. */
export interface OutcomeRow {
  readonly prompt: string
  readonly version: string
  readonly variant: string
  readonly source: string
  readonly outcome: PromptOutcome["outcome"]
  readonly times: number
  readonly ms: number
  readonly msSquared: number
  /** Of these the price is known. */
  readonly priced: number
  readonly usd: number
  readonly usdSquared: number
}

/** How calls of each prompt came out, by project. */
export const promptsProjection: Projection = {
  name: "prompts",
  version: 1,
  wants: (log) => log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE outcome (
        log TEXT NOT NULL, prompt TEXT NOT NULL, version TEXT NOT NULL, variant TEXT NOT NULL, source TEXT NOT NULL,
        outcome TEXT NOT NULL, times INTEGER NOT NULL, ms REAL NOT NULL, ms_squared REAL NOT NULL,
        priced INTEGER NOT NULL, usd REAL NOT NULL, usd_squared REAL NOT NULL,
        PRIMARY KEY (log, prompt, version, variant, source, outcome)
      ) STRICT, WITHOUT ROWID
    `)
  },
  apply(db, batch) {
    const add = db.prepare(
      `INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       times = times + 1, ms = ms + excluded.ms, ms_squared = ms_squared + excluded.ms_squared,
       priced = priced + excluded.priced, usd = usd + excluded.usd, usd_squared = usd_squared + excluded.usd_squared`,
    )
    for (const { log, stream, events } of batch) {
      if (stream !== promptsStream) continue
      for (const event of events) {
        const { prompt, version, variant, source, outcome, durationMs, costUsd } = readOutcome(event).data
        const usd = costUsd ?? 0
        const sums = [durationMs, durationMs ** 2, costUsd === null ? 0 : 1, usd, usd ** 2]
        add.run(log, prompt, version, variant, source, outcome, ...sums)
      }
    }
  },
}

const Row = z
  .object({
    prompt: z.string(),
    version: z.string(),
    variant: z.string(),
    source: z.string(),
    outcome: z.enum(["accepted", "repaired", "rejected", "failed", "answered"]),
    times: z.number(),
    ms: z.number(),
    ms_squared: z.number(),
    priced: z.number(),
    usd: z.number(),
    usd_squared: z.number(),
  })
  .transform(
    ({ ms_squared, usd_squared, ...row }): OutcomeRow => ({ ...row, msSquared: ms_squared, usdSquared: usd_squared }),
  )

export const outcomeRows = (view: View, log: LogId): OutcomeRow[] =>
  view
    .all("SELECT * FROM outcome WHERE log = ? ORDER BY prompt, version, variant, source, outcome", log)
    .map((row) => Row.parse(row))
