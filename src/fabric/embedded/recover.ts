import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import { LogSuspectError, LogUnreadableError } from "../errors.ts"
import type { Head, LogId, Position } from "../ports.ts"
import { inspectLog, type LogInspection } from "./inspect.ts"
import { takeFolder } from "./lock.ts"
import { type Salvaged, salvage } from "./recover-salvage.ts"
import { createLog, openLog } from "./sqlite-open.ts"
import { syncFile, syncFolder } from "./store-durable.ts"
import { tipMemo } from "./store-memo.ts"
import { filesOf, logPath } from "./store-tables.ts"

/** What became of a log that could not be used as it was. */
export interface Recovery {
  readonly log: LogId
  /** What was wrong with it. */
  readonly problem: string
  /** The log ends here now. */
  readonly savedTo: Head
  /** Commits that are in the new file. */
  readonly saved: number
  /** Folder with the damaged files as they were; nothing of them was changed. */
  readonly keptIn?: string
  readonly lost?: Loss
}

export interface Loss {
  /** The first position that could not be saved. */
  readonly from: Position
  /** The last position that is known to have been there, where that is known. */
  readonly to?: Position
  readonly why: string
  /** Commits after `from` that can still be read in the kept file. They are not in the new log, which has no holes. */
  readonly readableAfter: number
}

/**
 * Makes every log of a data folder usable again and deletes nothing: a damaged file is copied into
 * `damaged/<time>/`, and what can be read of it, up to the first hole or false hash, is written into a new one. Logs that are sound, and
 * those of a newer version, are left alone. A log that is missing, or shorter than it is known to have been, is taken
 * as it is from now on. Throws FolderHeldError while a server has the folder.
 */
export async function recoverLog(
  folder: string,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<Recovery[]> {
  const lock = takeFolder({ folder, clock })
  try {
    const aside = join(folder, "damaged", new Date(clock.now()).toISOString().replaceAll(":", "-"))
    const recovered: Recovery[] = []
    for (const inspection of await inspectLog(folder)) {
      const recovery = recoverOne(folder, aside, inspection)
      if (recovery) recovered.push(recovery)
    }
    return recovered
  } finally {
    lock.release()
  }
}

function recoverOne(
  folder: string,
  aside: string,
  { log, problem, verification }: LogInspection,
): Recovery | undefined {
  if (!problem || problem.code === "LOG_TOO_NEW") return undefined
  const memo = tipMemo(folder)
  const to = memo.get(log)?.pos
  const known = to === undefined ? {} : { to }
  if (problem.code === "LOG_MISSING") {
    memo.forget(log)
    const lost = { from: 1, ...known, why: "the file is gone", readableAfter: 0 }
    return { log, problem: problem.message, savedTo: 0, saved: 0, ...(to === 0 ? {} : { lost }) }
  }
  if (problem instanceof LogSuspectError) return acceptAsItIs()
  if (problem instanceof LogUnreadableError) return saveWhatIsReadable()
  throw problem

  /** The file is whole, but not what it was: an older copy, or one whose last part was cut off. */
  function acceptAsItIs(): Recovery | undefined {
    const table = openLog({ log, path: logPath(folder, log) })
    const tip = table.tip()
    const saved = tip.pos - table.trimmed().pos
    table.close()
    // A false seal can't be mended here: it says that someone changed the log, and goes on saying so.
    if (verification?.fault) return undefined
    memo.set([[log, tip]])
    const lost = { from: tip.pos + 1, ...known, why: "it is older than it is known to have been", readableAfter: 0 }
    return { log, problem: problem?.message ?? "", savedTo: tip.pos, saved, ...((to ?? 0) > tip.pos ? { lost } : {}) }
  }

  function saveWhatIsReadable(): Recovery {
    const path = logPath(folder, log)
    const draft = `${path}.recovered`
    keepCopies(filesOf(path), aside)
    for (const file of filesOf(draft)) rmSync(file, { force: true })
    const table = createLog({ log, path: draft })
    let tip = table.tip()
    let trimmedTo = 0
    let salvaged: Salvaged
    try {
      salvaged = salvage(log, path, table)
      tip = table.tip()
      trimmedTo = table.trimmed().pos
    } finally {
      table.close()
    }
    // A WAL that is left behind would be written into the new file. What was in it is kept aside.
    for (const file of filesOf(path).slice(1)) rmSync(file, { force: true })
    renameSync(draft, path)
    syncFolder(dirname(path))
    memo.set([[log, tip]])

    const { why = "it was not in the file", readableAfter } = salvaged
    const isLoss = salvaged.why !== undefined || (to ?? 0) > tip.pos
    return {
      log,
      problem: problem?.message ?? "",
      savedTo: tip.pos,
      saved: tip.pos - trimmedTo,
      keptIn: aside,
      ...(isLoss ? { lost: { from: tip.pos + 1, ...known, why, readableAfter } } : {}),
    }
  }
}

/** Copies that are on stable storage before anything else happens to the originals. */
function keepCopies(files: readonly string[], folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const file of files) {
    if (!existsSync(file)) continue
    const copy = join(folder, basename(file))
    copyFileSync(file, copy)
    syncFile(copy)
  }
  syncFolder(folder)
  syncFolder(dirname(folder))
}
