import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { systemCode } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"

/** Lease tokens that one start may give out: 2^27, which leaves room for 67 million starts. */
const tokensOfAStart = 2 ** 27

/**
 * Counts the starts on a data folder and gives the first lease token of this one: higher than any that an earlier start
 * can have given out. Called by whoever holds the folder.
 */
export function firstLeaseToken(folder: string, { clock, logger }: { clock: Clock; logger: Logger }): number {
  const path = join(folder, "starts")
  let start = lastStart(path) + 1
  if (Number.isNaN(start)) {
    // Minutes since 1970: far above any count of starts, and far below where tokens would stop being exact.
    start = Math.floor(clock.now() / 60_000)
    logger.warn("the file that counts the starts was damaged and begins anew, far above any count before", { path })
  }
  write(path, String(start))
  return start * tokensOfAStart
}

function lastStart(path: string): number {
  try {
    const text = readFileSync(path, "utf8").trim()
    return /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0
    throw error
  }
}

function write(path: string, text: string): void {
  const beside = `${path}.new`
  const file = openSync(beside, "w", 0o600)
  try {
    writeSync(file, `${text}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
}
