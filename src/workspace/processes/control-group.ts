import { promises as fs } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { systemCode } from "../../base/errors.ts"
import type { Limits } from "./limits.ts"
import { killProcess } from "./survivors.ts"

/** A control group for one run: limits for all its processes together, and a way to find every one of them. */
export interface ControlGroup {
  /** Its folders, one for each tree of controllers; a process that writes its id into their `cgroup.procs` joins. */
  readonly folders: readonly string[]
  readonly limitsMemory: boolean
  /** Kills all that is in it. */
  kill(): Promise<void>
  /** Time on processors that all of it has used; undefined where the system does not tell. */
  cpuMs(): Promise<number | undefined>
  /** Which limits were met. */
  limitsHit(): Promise<readonly ("memory" | "processes")[]>
  /** Removes it once it is empty; gives whether it was. */
  remove(): Promise<boolean>
}

type Controllers = Readonly<{
  version: 1 | 2
  memory?: string | undefined
  pids?: string | undefined
  cpu?: string | undefined
}>

/** Makes groups below the server's own, or undefined where the system does not let it (decision 091). */
export async function controlGroups(): Promise<
  | { readonly limits: readonly string[]; make(name: string, limits: Limits): Promise<ControlGroup | undefined> }
  | undefined
> {
  if (process.platform !== "linux") return undefined
  const found = (await unified()) ?? (await separate()) ?? (await unlimited())
  if (!found) return undefined
  const limits = [
    ...(found.memory ? ["memory"] : []),
    ...(found.pids ? ["processes"] : []),
    ...(found.cpu ? ["cpu"] : []),
  ]
  return { limits, make: (name, wanted) => make(found, name, wanted) }
}

/** Version 2: one tree. A folder beside or below ours will do, where it has both controllers. */
async function unified(): Promise<Controllers | undefined> {
  for (const path of await unifiedFolders())
    if ((await hasFile(path, "memory.max")) && (await hasFile(path, "pids.max")))
      return { version: 2, memory: path, pids: path, cpu: path }
  return undefined
}

/** Without controllers a group of version 2 sets no limits; it still knows all of a run's processes, and their time. */
async function unlimited(): Promise<Controllers | undefined> {
  for (const path of await unifiedFolders()) if (await hasFile(path, "cgroup.kill")) return { version: 2, cpu: path }
  return undefined
}

async function unifiedFolders(): Promise<readonly string[]> {
  const own = (await ownPaths()).get("")
  if (own === undefined) return []
  const folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].flatMap((mount) =>
    [join(mount, own), join(mount, own, "..")].filter((path) => path.startsWith(mount)),
  )
  return [...new Set(folders)]
}

/** Version 1: a tree for each controller. */
async function separate(): Promise<Controllers | undefined> {
  const paths = await ownPaths()
  const usable = async (controller: string, file: string) => {
    const own = paths.get(controller)
    const path = own === undefined ? undefined : join("/sys/fs/cgroup", controller, own)
    return path !== undefined && (await hasFile(path, file)) ? path : undefined
  }
  const memory = await usable("memory", "memory.limit_in_bytes")
  const pids = await usable("pids", "pids.max")
  const cpu = await usable("cpuacct", "cpuacct.usage")
  return [memory, pids, cpu].every((path) => path === undefined) ? undefined : { version: 1, memory, pids, cpu }
}

/** Several may look at the same time. */
let probes = 0

/** Whether a group made in `folder` would have the file. */
async function hasFile(folder: string, file: string): Promise<boolean> {
  const probe = join(folder, `duck-probe-${process.pid}-${++probes}`)
  try {
    await fs.mkdir(probe)
    return await fs.access(join(probe, file)).then(
      () => true,
      () => false,
    )
  } catch {
    return false
  } finally {
    await fs.rmdir(probe).catch(() => {})
  }
}

/** Controller ("" for version 2) -> our group's path. Source: cgroups(7). */
async function ownPaths(): Promise<Map<string, string>> {
  const text = await fs.readFile("/proc/self/cgroup", "utf8").catch(() => "")
  const paths = new Map<string, string>()
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const controller of controllers.split(",")) paths.set(controller, path)
  }
  return paths
}

async function make(where: Controllers, name: string, limits: Limits): Promise<ControlGroup | undefined> {
  const [memory, pids, cpu] = [where.memory, where.pids, where.cpu].map((path) => path && join(path, `duck-${name}`))
  const folders = [...new Set([memory, pids, cpu].filter((path) => path !== undefined))]
  try {
    for (const folder of folders) await fs.mkdir(folder)
    if (memory !== undefined && where.version === 2) {
      await fs.writeFile(join(memory, "memory.max"), String(limits.memoryBytes))
      await fs.writeFile(join(memory, "memory.oom.group"), "1").catch(() => {})
      await fs.writeFile(join(memory, "memory.swap.max"), "0").catch(() => {})
    } else if (memory !== undefined) {
      await fs.writeFile(join(memory, "memory.limit_in_bytes"), String(limits.memoryBytes))
      // Not there where swap is not counted.
      await fs.writeFile(join(memory, "memory.memsw.limit_in_bytes"), String(limits.memoryBytes)).catch(() => {})
    }
    if (pids !== undefined) await fs.writeFile(join(pids, "pids.max"), String(limits.processes))
  } catch {
    await removeGroups(folders)
    return undefined
  }
  const counted = async (folder: string | undefined, file: string, key: string) => {
    if (folder === undefined) return false
    const text = await fs.readFile(join(folder, file), "utf8").catch(() => "")
    return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1] ?? 0) > 0
  }
  return {
    folders,
    limitsMemory: memory !== undefined,
    kill: () => emptyGroups(folders),
    async cpuMs() {
      if (cpu === undefined) return undefined
      const file = where.version === 2 ? "cpu.stat" : "cpuacct.usage"
      const text = await fs.readFile(join(cpu, file), "utf8").catch(() => "")
      const used = where.version === 2 ? /^usage_usec (\d+)$/m.exec(text)?.[1] : /^\d+/.exec(text)?.[0]
      return used === undefined ? undefined : Number(used) / (where.version === 2 ? 1e3 : 1e6)
    },
    async limitsHit() {
      const events = where.version === 2 ? "memory.events" : "memory.oom_control"
      const isOverMemory = await counted(memory, events, "oom_kill")
      const isOverProcesses = await counted(pids, "pids.events", "max")
      return [...(isOverMemory ? (["memory"] as const) : []), ...(isOverProcesses ? (["processes"] as const) : [])]
    },
    remove: () => removeGroups(folders),
  }
}

/**
 * Kills what is in groups, one after the other, again and again: one that is being forked while the list is read is met
 * the next time. Nothing happens where there are none.
 */
export async function emptyGroups(folders: readonly string[]): Promise<void> {
  for (let round = 0; round < 200; round++) {
    let isEmpty = true
    for (const folder of folders) {
      const isDone = await fs.writeFile(join(folder, "cgroup.kill"), "1").then(
        () => true,
        () => false,
      )
      const list = await fs.readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "")
      for (const pid of list.split("\n").filter(Boolean).map(Number)) {
        isEmpty = false
        if (!isDone && pid > 0) killProcess(pid)
      }
    }
    if (isEmpty) return
    await wait(5)
  }
}

/** Removes empty groups; gives whether they are gone. One is busy for a moment after its last process has ended. */
export async function removeGroups(folders: readonly string[]): Promise<boolean> {
  for (const folder of folders)
    for (let attempt = 0; ; attempt++) {
      const code = await fs.rmdir(folder).then(() => undefined, systemCode)
      if (code === undefined || code === "ENOENT") break
      if (attempt === 100) return false
      await wait(5)
    }
  return true
}
