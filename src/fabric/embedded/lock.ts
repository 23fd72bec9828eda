import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { z } from "zod"
import { type Clock, systemClock } from "../../base/clock.ts"
import { FolderHeldError, type FolderHolder } from "../errors.ts"
import { isBusy } from "./sqlite-errors.ts"

/** The exclusive right to a data folder, held until `release` or until the process ends, however it ends. */
export interface FolderLock {
  readonly holder: FolderHolder
  /** Writes down where the server can be reached, so that the next one can say it. */
  announce(address: string): void
  release(): void
}

const holderSchema = z.object({
  pid: z.number(),
  since: z.string(),
  node: z.string().optional(),
  address: z.string().optional(),
})

/**
 * Takes the folder or throws FolderHeldError, which says who has it. The lock is an exclusive SQLite transaction on
 * `lock.db`: the operating system ends it with the process, so nothing is ever stale. `holder.json` only tells people.
 */
export function takeFolder({
  folder,
  node,
  clock = systemClock,
}: {
  readonly folder: string
  readonly node?: string
  readonly clock?: Clock
}): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // No other file API may touch lock.db in this process: closing it would end SQLite's POSIX lock.
  const db = new DatabaseSync(join(folder, "lock.db"))
  try {
    db.exec("begin exclusive")
  } catch (error) {
    db.close()
    if (isBusy(error)) throw new FolderHeldError(folder, holderOf(folder))
    throw error
  }
  let holder: FolderHolder = { pid: process.pid, since: new Date(clock.now()).toISOString(), node }
  writeHolder(folder, holder)
  return {
    get holder() {
      return holder
    },
    announce(address) {
      holder = { ...holder, address }
      writeHolder(folder, holder)
    },
    release() {
      if (!db.isOpen) return
      try {
        // Before the lock: after it the record may be the next holder's.
        rmSync(join(folder, "holder.json"), { force: true })
      } finally {
        db.close()
      }
    },
  }
}

/** Who holds the folder, if that can be known; says nothing on whether it is held. */
export function holderOf(folder: string): FolderHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(join(folder, "holder.json"), "utf8")))
  } catch {
    return undefined
  }
}

function writeHolder(folder: string, holder: FolderHolder) {
  const path = join(folder, "holder.json")
  writeFileSync(`${path}.new`, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
