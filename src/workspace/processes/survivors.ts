import { promises as fs } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { runVariable } from "./environment.ts"

/** Kills a process; nothing happens where there is none. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended by itself.
  }
}

/** Kills a process group; nothing happens where there is none. */
export const killGroup = (leader: number): void => killProcess(-leader)

/**
 * Without a namespace, what left its process group (`setsid`, a daemon) is known by the mark of its run in its environment.
 * Kills such processes of any of the runs until none is found; gives whether that was reached. Only Linux shows
 * environments.
 */
export async function killMarked(runIds: readonly string[]): Promise<boolean> {
  if (process.platform !== "linux") return false
  const marks = new Set(runIds.map((id) => `${runVariable}=${id}`))
  for (let round = 0; round < 100; round++) {
    const found = await marked(marks)
    if (found.length === 0) return true
    found.forEach(killProcess)
    await wait(5)
  }
  return false
}

async function marked(marks: ReadonlySet<string>): Promise<number[]> {
  const names = (await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    names.map(async (name) => {
      // Another user's process or one that has just ended can't be read.
      const environment = await fs.readFile(`/proc/${name}/environ`, "latin1").catch(() => "")
      return environment.split("\0").some((entry) => marks.has(entry)) ? [Number(name)] : []
    }),
  )
  return found.flat()
}

/**
 * When a process was started, in ticks since the system was; two that have the same number at different times differ in
 * it. Undefined where there is no such process, and outside Linux. Source: proc_pid_stat(5), field 22.
 */
export async function startTicksOf(pid: number): Promise<number | undefined> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "latin1").catch(() => "")
  // The name stands in parentheses and may hold any character.
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19])
  return Number.isInteger(ticks) ? ticks : undefined
}

/** Resolves once a process is gone or only waits to be collected; gives up after a second. */
export async function gone(pid: number): Promise<boolean> {
  for (let round = 0; round < 200; round++) {
    const stat = await fs.readFile(`/proc/${pid}/stat`, "latin1").catch(() => "")
    // The state follows the name, which stands in parentheses and may hold any character.
    if (stat === "" || /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2))) return true
    await wait(5)
  }
  return false
}
