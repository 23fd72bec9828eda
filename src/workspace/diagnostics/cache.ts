import { createHash } from "node:crypto"
import { lstat, mkdir, readdir, rm, utimes } from "node:fs/promises"
import { join } from "node:path"
import { type Clock, systemClock } from "../../base/clock.ts"
import { systemCode } from "../../base/errors.ts"

interface Bounds {
  /** Of all projects together. */
  readonly mostBytes: number
  readonly unusedMs: number
}

const bounds: Bounds = { mostBytes: 5e9, unusedMs: 30 * 86_400_000 }
/** How long one is taken to be at work after it was asked for; also how often there is a look at what they take. */
const inUseMs = 3_600_000

/**
 * A folder where the checkers of a project (its real path) keep what makes the next time faster, out of the project: made
 * where it is missing, and noted as used. Those that nobody has used for 30 days are removed, and the longest unused ones
 * while all together have more than 5 GB, this one too where it alone has more. None that was used within the hour.
 */
export async function checkerCache(
  dataFolder: string,
  root: string,
  { clock = systemClock, ...limits }: { readonly clock?: Clock } & Partial<Bounds> = {},
): Promise<string> {
  const all = join(dataFolder, "checkers")
  const own = join(all, createHash("sha256").update(root).digest("hex").slice(0, 16))
  await mkdir(all, { recursive: true, mode: 0o700 })
  if (clock.now() - (await usedAt(join(all, tidied))) > inUseMs) {
    await note(join(all, tidied), clock)
    await tidy(all, clock, { ...bounds, ...limits })
  }
  await note(own, clock)
  return own
}

const tidied = "looked-at"

async function tidy(all: string, clock: Clock, { mostBytes, unusedMs }: Bounds) {
  const names = (await readdir(all)).filter((name) => name !== tidied)
  const found = await Promise.all(names.map(async (name) => ({ name, used: await usedAt(join(all, name)) })))
  let sizeBytes = 0
  for (const { name, used } of found.sort((a, b) => b.used - a.used)) {
    const folder = join(all, name)
    const idleMs = clock.now() - used
    if (idleMs <= unusedMs) sizeBytes += await sizeOf(folder)
    if (idleMs > unusedMs || (sizeBytes > mostBytes && idleMs > inUseMs))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The time of the folder says when it was used last. */
async function note(folder: string, clock: Clock) {
  const seconds = clock.now() / 1000
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await utimes(folder, seconds, seconds)
}

/** 0 where it is not there. */
const usedAt = (folder: string): Promise<number> => lstat(folder).then(({ mtimeMs }) => mtimeMs, missing)

async function sizeOf(folder: string): Promise<number> {
  let sizeBytes = 0
  // Tools of another session may be at work in it.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) sizeBytes += await lstat(join(entry.parentPath, entry.name)).then(({ size }) => size, missing)
  }
  return sizeBytes
}

const missing = (thrown: unknown): 0 => {
  if (systemCode(thrown) === "ENOENT") return 0
  throw thrown
}
