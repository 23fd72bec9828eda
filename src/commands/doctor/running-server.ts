import { existsSync, readFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { asDuckError } from "../../base/errors.ts"
import { version } from "../../base/version.ts"
import { type ServerFile, serverFileName } from "../../base/wire.ts"
import { holderOf, takeFolder } from "../../fabric/embedded/lock.ts"
import { type Check, curable, type Examination, note, ok, problem } from "./check.ts"

const FileSchema = z.object({ pid: z.int(), port: z.int(), instance: z.string(), version: z.string() })
const HealthSchema = z.object({ instance: z.string(), status: z.string() })

/** Whether a server runs, is the one that is announced, and answers. `isRunning` keeps hands off what it holds. */
export async function runningServer(examination: Examination): Promise<{ checks: Check[]; isRunning: boolean }> {
  const { data } = examination.host.folders
  if (!existsSync(data)) return { checks: [], isRunning: false }
  const path = join(data, serverFileName)
  const announced = readAnnounced(path)
  const isAnswering = announced !== undefined && (await answers(announced, examination.signal))
  const holder = isAnswering ? undefined : folderHolder(data)
  const checks: Check[] = []
  if (isAnswering) checks.push(server(announced))
  else if (holder) checks.push(holder)
  else checks.push(ok("server", "none is running; commands start one by themselves"))
  if (!isAnswering && !holder && existsSync(path)) {
    const says = `${path} names a server that is gone.`
    checks.push(await curable({ name: "server file", says, cure: "Remove it." }, examination.fixes, () => rm(path)))
  }
  return { checks, isRunning: isAnswering || holder !== undefined }
}

type Announced = Pick<ServerFile, "pid" | "port" | "instance" | "version">

function server({ pid, port, version: theirs }: Announced): Check {
  const says = `version ${theirs} runs on port ${port}, process ${pid}`
  if (theirs === version) return ok("server", says)
  return note("server", `${says}; this is ${version}.`, "`duck stop`; the next command starts this version.")
}

function readAnnounced(path: string): Announced | undefined {
  try {
    return FileSchema.parse(JSON.parse(readFileSync(path, "utf8")))
  } catch {
    return undefined
  }
}

async function answers({ port, instance }: Announced, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(3_000)])
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: limit })
    return HealthSchema.parse(await response.json()).instance === instance
  } catch {
    return false
  }
}

/** Someone holds the folder and no server answers: it is starting, stopping, or hangs. */
function folderHolder(data: string): Check | undefined {
  // To look is not to make: where no server ever was there is no lock.
  if (!existsSync(join(data, "lock.db"))) return undefined
  try {
    takeFolder({ folder: data }).release()
    return undefined
  } catch (thrown) {
    const error = asDuckError(thrown)
    if (error.code !== "FOLDER_HELD")
      return problem("lock", error.message, error.hint ?? "See what is wrong with the data folder.")
    const who = holderOf(data)
    const name = who ? `Process ${who.pid}, since ${who.since},` : "A process"
    return problem(
      "lock",
      `${name} holds the data folder and does not answer.`,
      who
        ? `It may be starting or stopping: look again. If it hangs, end it with \`kill ${who.pid}\`; nothing that was stored is lost.`
        : "Look again in a moment.",
    )
  }
}
