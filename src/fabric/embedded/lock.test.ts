import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type FolderLock, holderOf, takeFolder } from "./lock.ts"
import { testFolder } from "./store.testing.ts"

const { folder, make, remove } = testFolder()
const children: ChildProcess[] = []
beforeEach(make)
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  remove()
})

/** A process that takes the folder and keeps it until it is killed. */
async function otherHolder(): Promise<ChildProcess> {
  const script = `
    import { takeFolder } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))}
    const lock = takeFolder({ folder: process.argv[1], node: "node-other" })
    lock.announce("http://127.0.0.1:4141")
    console.log("held")
    process.stdin.resume()`
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script, folder()], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  expect(line).toBe("held")
  return child
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGKILL")
  await once(child, "exit")
}

test("the second process is refused and told who has the folder, since when, and where it listens", async () => {
  const child = await otherHolder()
  expect(() => takeFolder({ folder: folder() })).toThrow(
    expect.objectContaining({
      code: "FOLDER_HELD",
      message: expect.stringMatching(new RegExp(`process ${child.pid}, since 20.*, at http://127.0.0.1:4141`)),
      details: expect.objectContaining({
        holder: { pid: child.pid, since: expect.any(String), node: "node-other", address: "http://127.0.0.1:4141" },
      }),
    }),
  )
})

test("after kill -9 of the holder the next one gets the folder at once", async () => {
  for (let round = 0; round < 3; round++) {
    const child = await otherHolder()
    expect(() => takeFolder({ folder: folder() })).toThrow("in use")
    await kill(child)
    takeFolder({ folder: folder() }).release()
  }
})

test("a holder in the same process is refused too, until the first lets go", () => {
  const first = takeFolder({ folder: folder() })
  expect(() => takeFolder({ folder: folder() })).toThrow(expect.objectContaining({ code: "FOLDER_HELD" }))
  first.release()
  const second = takeFolder({ folder: folder() })
  first.release()
  expect(() => takeFolder({ folder: folder() })).toThrow(expect.objectContaining({ code: "FOLDER_HELD" }))
  second.release()
})

test("a record that is missing or unreadable does not keep the lock from working", () => {
  const lock = takeFolder({ folder: folder() })
  writeFileSync(join(folder(), "holder.json"), "{ half")
  expect(() => takeFolder({ folder: folder() })).toThrow("has not said who it is")
  lock.release()
  expect(existsSync(join(folder(), "holder.json"))).toBe(false)
  expect(holderOf(folder())).toBeUndefined()
  const next: FolderLock = takeFolder({ folder: folder() })
  expect(holderOf(folder())?.pid).toBe(process.pid)
  next.release()
})

test("a record left behind by a killed holder says nothing on whether the folder is free", async () => {
  const child = await otherHolder()
  await kill(child)
  expect(holderOf(folder())?.pid).toBe(child.pid)
  const lock = takeFolder({ folder: folder() })
  expect(holderOf(folder())?.pid).toBe(process.pid)
  lock.release()
})
