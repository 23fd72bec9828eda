import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type ManualClock, manualClock } from "../../base/clock.ts"
import { type Fabric, openFabric } from "../../fabric/embedded/fabric.ts"
import type { Logger } from "../../observe/log.ts"
import { logger } from "../../observe/log.ts"
import type { ModelCalled } from "./events.ts"

/** A data folder with its log, gone with the test, and a clock that stands still. */
export async function fabricOf(): Promise<{
  fabric: Fabric
  /** Of the journal; not made yet. */
  folder: string
  clock: ManualClock
  reopen(): Promise<Fabric>
}> {
  const folder = mkdtempSync(join(tmpdir(), "duck-usage-"))
  const clock = manualClock()
  let fabric = await openFabric({ folder })
  onTestFinished(async () => {
    await fabric.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    fabric,
    folder: join(folder, "usage"),
    clock,
    async reopen() {
      await fabric.close()
      fabric = await openFabric({ folder })
      return fabric
    },
  }
}

/** A logger, and what it wrote. */
export function linesOf(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return { logger: logger({ sinks: [(line) => lines.push(line)] }), lines }
}

export const called = (more: Partial<ModelCalled> = {}): ModelCalled => ({
  at: "2026-01-01T10:00:00.000Z",
  user: "ada",
  asked: "",
  provider: "openai",
  model: "gpt-x",
  outcome: "done",
  inputTokens: 100,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 10,
  reasoningTokens: 0,
  isEstimated: false,
  sections: {},
  cacheMiss: null,
  firstTokenMs: 50,
  durationMs: 200,
  costUsd: 0.5,
  attempts: 1,
  ...more,
})
