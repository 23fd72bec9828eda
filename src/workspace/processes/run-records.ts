import { promises as fs } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { isId } from "../../base/ids.ts"
import { emptyGroups, removeGroups } from "./control-group.ts"
import { killGroup, killMarked, startTicksOf } from "./survivors.ts"

/** What of a run the next server needs to end it, should this one be killed. */
const recordSchema = z.object({
  /** Folders of its control group. */
  groups: z.array(z.string()),
  /** The process that leads its group, and when that was started. */
  leader: z.object({ pid: z.int().positive(), startTicks: z.number() }).optional(),
})
type RunRecord = z.infer<typeof recordSchema>

/** The runs of a server, each a file as long as it lives. Not synced: they only matter while the system runs. */
export interface RunRecords {
  /** Before the run begins, and again when its leader is known. */
  write(id: string, record: { readonly groups: readonly string[]; readonly leader?: number }): Promise<void>
  /** When nothing of it lives any more. */
  remove(id: string): Promise<void>
}

/** Where the records of a server are, by its data folder. */
export const recordsIn = (dataFolder: string): string => join(dataFolder, "running")

export function runRecords(folder: string): RunRecords {
  const pathOf = (id: string) => join(folder, `${id}.json`)
  return {
    async write(id, { groups, leader }) {
      await fs.mkdir(folder, { recursive: true, mode: 0o700 })
      const startTicks = leader === undefined ? undefined : await startTicksOf(leader)
      const record: RunRecord = {
        groups: [...groups],
        ...(leader !== undefined && startTicks !== undefined && { leader: { pid: leader, startTicks } }),
      }
      await fs.writeFile(pathOf(id), JSON.stringify(record), { mode: 0o600 })
    },
    remove: (id) => fs.rm(pathOf(id), { force: true }),
  }
}

/**
 * Ends what a killed server has left, by its records: control groups, process groups whose leader is still the same
 * process, and whatever carries the mark of a run in its environment. Called before the first run of a server, while no
 * other has the data folder. Gives the ids of the runs that were cut off.
 */
export async function sweepRuns(folder: string): Promise<readonly string[]> {
  const names = await fs.readdir(folder).catch((): string[] => [])
  const ids = names.flatMap((name) => (name.endsWith(".json") && isId(name.slice(0, -5)) ? [name.slice(0, -5)] : []))
  if (ids.length === 0) return []
  const records = await Promise.all(ids.map((id) => readRecord(join(folder, `${id}.json`))))
  // Only groups of runs, whatever the file says: all that is in them is killed.
  const groups = records.flatMap((record, at) => record.groups.filter((group) => group.endsWith(`-${ids[at]}`)))
  for (const { leader } of records)
    if (leader && (await startTicksOf(leader.pid)) === leader.startTicks) killGroup(leader.pid)
  await emptyGroups(groups)
  await killMarked(ids)
  await removeGroups(groups)
  for (const id of ids) await fs.rm(join(folder, `${id}.json`), { force: true })
  return ids
}

/** One that was cut off while it was written says nothing but its name; the mark is enough to find what belongs to it. */
async function readRecord(path: string): Promise<RunRecord> {
  try {
    return recordSchema.parse(JSON.parse(await fs.readFile(path, "utf8")))
  } catch {
    return { groups: [] }
  }
}
