import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { firstLeaseToken } from "./starts.ts"

test("the first token of each start is far above those of the one before, even when the count was damaged", () => {
  const folder = mkdtempSync(join(tmpdir(), "duck-starts-"))
  const next = () => firstLeaseToken(folder, { clock: systemClock, logger: silentLogger })
  const first = next()
  const second = next()
  expect(second - first).toBeGreaterThan(100_000_000)
  writeFileSync(join(folder, "starts"), "\0\0\0")
  const third = next()
  expect(third).toBeGreaterThan(second)
  expect(next()).toBeGreaterThan(third)
  expect(Number.isSafeInteger(next() * 2)).toBe(true)
  rmSync(folder, { recursive: true })
})
