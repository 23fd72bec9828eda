import { readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { count } from "../../base/text.ts"
import { inspectLog } from "../../fabric/embedded/inspect.ts"
import { recoverLog } from "../../fabric/embedded/recover.ts"
import { spokenSize } from "../server-facts.ts"
import { type Check, curable, type Examination, ok, problem } from "./check.ts"

/** The logs, which are the truth, and the indexes, which can be made anew. */
export async function stores(examination: Examination, isRunning: boolean): Promise<Check[]> {
  const { data } = examination.host.folders
  if (!(await stat(data).catch(() => undefined))) return []
  return [...(await logs(data, examination, isRunning)), ...(await indexes(data, examination, isRunning))]
}

async function logs(data: string, { recovers, signal }: Examination, isRunning: boolean): Promise<Check[]> {
  const inspections = await inspectLog(data, { signal })
  if (inspections.length === 0) return [ok("log", "nothing is stored yet")]
  const damaged = inspections.filter(({ problem }) => problem !== undefined)
  const sound = inspections
    .filter((one) => one.problem === undefined)
    .map(({ log, verification, sizeBytes }) => {
      const commits = count(verification?.checked ?? 0, "commit")
      return ok(`log ${log}`, `${commits}, ${spokenSize(sizeBytes)}, every hash is right`)
    })
  if (damaged.length === 0) return sound
  const canRecover = damaged.some(({ problem }) => problem?.code !== "LOG_TOO_NEW")
  if (!recovers || isRunning || !canRecover) {
    const advice = isRunning
      ? "Stop the server with `duck stop`, then `duck doctor --recover`."
      : "`duck doctor --recover` saves what can be read into a new file and keeps the old one."
    return [
      ...sound,
      ...damaged.map(({ log, problem: found }) => ({
        ...problem(`log ${log}`, found?.message ?? "", found?.code === "LOG_TOO_NEW" ? (found.hint ?? "") : advice),
        ...(found?.code === "LOG_TOO_NEW" ? {} : { repair: "offered" as const }),
      })),
    ]
  }
  const recovered = await recoverLog(data)
  return [
    ...sound,
    ...recovered.map(
      ({ log, saved, keptIn, lost }): Check => ({
        name: `log ${log}`,
        state: "ok",
        says: `${count(saved, "commit")} saved into a new file${lost ? "; what followed could not be read" : ""}.`,
        advice: keptIn === undefined ? "The log is taken as it is from now on." : `The old files are in ${keptIn}.`,
        repair: "done",
      }),
    ),
  ]
}

async function indexes(data: string, { fixes }: Examination, isRunning: boolean): Promise<Check[]> {
  const folder = join(data, "indexes")
  const names = await readdir(folder).catch(() => [])
  const checks: Check[] = []
  let sizeBytes = 0
  for (const name of names) {
    const path = join(folder, name, "index.db")
    const found = await stat(path).catch(() => undefined)
    if (!found) continue
    sizeBytes += await folderSize(join(folder, name))
    const complaint = complaintOf(path)
    if (complaint === undefined) continue
    const says = `The index ${path} is damaged: ${complaint}.`
    const cure = isRunning
      ? "Stop the server first; then it can be removed."
      : "Remove it; it is built anew when it is needed."
    checks.push(
      await curable({ name: "index", says, cure }, fixes && !isRunning, () =>
        rm(join(folder, name), { recursive: true }),
      ),
    )
  }
  if (checks.length > 0) return checks
  return [ok("index", `${count(names.length, "index", "indexes")}, ${spokenSize(sizeBytes)}`)]
}

async function folderSize(folder: string): Promise<number> {
  const names = await readdir(folder)
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size),
  )
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

function complaintOf(path: string): string | undefined {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    const answer = String(db.prepare("pragma quick_check(1)").get()?.quick_check)
    return answer === "ok" ? undefined : answer
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    db?.close()
  }
}
