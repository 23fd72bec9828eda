import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { systemClock } from "../../base/clock.ts"
import { sequencerContract } from "../contract/sequencer.ts"
import { embeddedSequencer } from "./sequencer.ts"
import { logTables } from "./store-tables.ts"

sequencerContract("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "duck-sequencer-"))
  const tables = logTables({ folder })
  const sequencer = embeddedSequencer({ tables, clock: systemClock })
  return {
    sequencer,
    there: sequencer,
    async close() {
      await sequencer.close()
      tables.close()
      rmSync(folder, { recursive: true })
    },
  }
})
