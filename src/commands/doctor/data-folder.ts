import { chmod, lstat, readdir, rm, stat, statfs } from "node:fs/promises"
import { join } from "node:path"
import { discard, writeWhole } from "../../access/private-file.ts"
import { tokenFault, tokenPathOf } from "../../access/token.ts"
import { asDuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { count } from "../../base/text.ts"
import { spokenSize } from "../server-facts.ts"
import { type Check, curable, type Examination, note, ok, problem } from "./check.ts"

const leastFreeBytes = 100_000_000
const fairFreeBytes = 1_000_000_000
/** A temporary file this old was left by a process that died. */
const leftOverMs = 3_600_000

/** The folder that holds everything: there, ours, writable, and with room. */
export async function dataFolder(examination: Examination): Promise<Check[]> {
  const { data } = examination.host.folders
  const found = await stat(data).catch(() => undefined)
  if (!found) return [note("data folder", `${data} is not there yet.`, "The first command makes it.")]
  if (!found.isDirectory()) {
    return [problem("data folder", `${data} is not a folder.`, "Move it away, or set DUCK_HOME to a folder.")]
  }
  return [
    await rights(data, found.mode, found.uid, examination),
    writable(data),
    await room(data),
    await token(data, examination),
    ...(await leftOvers(data, examination)),
  ]
}

async function rights(data: string, mode: number, uid: number, { fixes }: Examination): Promise<Check> {
  const own = process.getuid?.()
  if (own !== undefined && uid !== own) {
    return problem(
      "data folder",
      `${data} belongs to another user.`,
      "Give it back with chown, or set DUCK_HOME to another folder.",
    )
  }
  if (process.platform === "win32" || (mode & 0o077) === 0) return ok("data folder", data)
  const says = `${data} can be read by others (mode ${(mode & 0o777).toString(8)}).`
  return curable({ name: "data folder", says, cure: "Take the rights of others away (mode 700)." }, fixes, () =>
    chmod(data, 0o700),
  )
}

function writable(data: string): Check {
  const probe = join(data, `probe-${newId()}`)
  try {
    writeWhole(probe, "probe\n")
    return ok("writing", "files can be written and reach the disk")
  } catch (thrown) {
    const { message, hint } = asDuckError(thrown)
    return problem("writing", message, hint ?? "")
  } finally {
    discard(probe)
  }
}

async function room(data: string): Promise<Check> {
  const { bavail, bsize } = await statfs(data)
  const says = `${spokenSize(bavail * bsize)} free on the disk of the data folder`
  if (bavail * bsize < leastFreeBytes) return problem("space", says, "Free some space before the log can't be written.")
  return bavail * bsize < fairFreeBytes ? note("space", says) : ok("space", says)
}

async function token(data: string, { fixes }: Examination): Promise<Check> {
  const path = tokenPathOf(data)
  const found = await lstat(path).catch(() => undefined)
  if (!found) return note("token", "There is no token yet.", "The first start of the server makes it.")
  const fault = tokenFault(found)
  if (fault === undefined) return ok("token", `${path}, for its owner alone`)
  const cure = "Remove it; the next start of the server makes a new one."
  return curable({ name: "token", says: `${path} can't be trusted: ${fault}.`, cure }, fixes, () => rm(path))
}

async function leftOvers(data: string, { fixes, host }: Examination): Promise<Check[]> {
  const names = await readdir(data)
  const checks: Check[] = []
  const stale: string[] = []
  for (const name of names.filter((one) => /\.tmp$|^probe-/.test(one))) {
    const path = join(data, name)
    const found = await stat(path).catch(() => undefined)
    if (found && host.clock.now() - found.mtimeMs > leftOverMs) stale.push(path)
  }
  if (stale.length > 0) {
    const says = `${count(stale.length, "temporary file")} left by a process that died.`
    const cure = "Remove them."
    checks.push(
      await curable({ name: "left over", says, cure }, fixes, () => Promise.all(stale.map((path) => rm(path)))),
    )
  }
  if (names.includes("damaged")) {
    const path = join(data, "damaged")
    checks.push(
      note(
        "left over",
        `${path} holds the originals of logs that were recovered.`,
        "Remove it when you need them no more.",
      ),
    )
  }
  return checks
}
