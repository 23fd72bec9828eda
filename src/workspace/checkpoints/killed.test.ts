import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { below, seededRandom } from "../../base/random.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { by, treeAt } from "./checkpoints.testing.ts"
import type { Checkpoints } from "./checkpoints.ts"
import { openCheckpoints } from "./open-checkpoints.ts"

const entry = join(import.meta.dirname, "fixtures/restoring-process.ts")

function dataFolder(): string {
  const data = mkdtempSync(join(tmpdir(), "duck-killed-"))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  return data
}

/** Opens the project for as long as `work` takes: the data folder belongs to one process at a time. */
async function withProject<T>(data: string, root: string, work: (checkpoints: Checkpoints) => Promise<T>): Promise<T> {
  const fabric = await openFabric({ folder: data })
  const checkpoints = await openCheckpoints({ root, projectId: "test", dataFolder: data, fabric })
  try {
    return await work(checkpoints)
  } finally {
    await checkpoints.close()
    await fabric.close()
  }
}

function restoreKilledAt(data: string, root: string, checkpoint: string, n: number) {
  return spawnSync(process.execPath, [entry, data, root, checkpoint, String(n)], { encoding: "utf8" })
}

function undoKilledAt(data: string, root: string, n: number) {
  return spawnSync(process.execPath, [entry, data, root, "", String(n)], { encoding: "utf8" })
}

/** Two states of one tree that differ in all ways there are. */
async function twoStates(data: string, root: string) {
  fill(root, {
    "a.txt": "one",
    "both/same.txt": "same",
    "dir/x/1": "1",
    "dir/x/2": "2",
    swap: "a file",
    "ro/in.txt": "r",
  })
  symlinkSync("a.txt", join(root, "link"))
  mkdirSync(join(root, "empty"))
  chmodSync(join(root, "ro"), 0o555)
  const one = treeAt(root)
  return withProject(data, root, async (checkpoints) => {
    await checkpoints.create("one", by)
    chmodSync(join(root, "ro"), 0o755)
    fill(root, { "a.txt": "two", "ro/in.txt": "w", "new/deep/er.txt": "n", "ro/more.txt": "m" })
    chmodSync(join(root, "ro"), 0o500)
    rmSync(join(root, "dir"), { recursive: true })
    rmSync(join(root, "empty"), { recursive: true })
    rmSync(join(root, "swap"))
    fill(root, { "swap/inner": "a folder" })
    rmSync(join(root, "link"))
    symlinkSync("new", join(root, "link"))
    await checkpoints.create("two", by)
    return { 1: one, 2: treeAt(root) }
  })
}

const killedAnywhere =
  "a restore that is killed at any point is finished or rolled back at the next start: 10 rounds of"
test.each([1, 2, 3, 4, 5])(`${killedAnywhere} seed %i`, async (seed) => {
  const random = seededRandom(seed)
  const [data, root] = [dataFolder(), treeWith()]
  const states = await twoStates(data, root)
  let at = 2 as 1 | 2
  const seen = { finish: 0, "roll-back": 0, untouched: 0 }
  for (let round = 0; round < 10; round++) {
    const goal: 1 | 2 = at === 1 ? 2 : 1
    const n = 1 + below(random, 70)
    const { signal, stdout, stderr } = restoreKilledAt(data, root, String(goal), n)
    expect(signal === "SIGKILL" || stdout === "restored\n", stderr).toBe(true)
    const how = random() < 0.5 ? "finish" : "roll-back"
    await withProject(data, root, async (checkpoints) => {
      const isPending = checkpoints.history.pending !== null
      if (isPending) {
        await expect(checkpoints.restore("1", by)).rejects.toMatchObject({ code: "RESTORE_PENDING" })
        await expect(checkpoints.create("no", by)).rejects.toMatchObject({ code: "RESTORE_PENDING" })
        expect(await checkpoints.resume(how, by), `round ${round}, killed at ${n}`).toMatchObject({ left: [] })
        seen[how]++
      } else seen.untouched++
      expect(await checkpoints.resume(how, by)).toBeNull()
      if (isPending ? how === "finish" : stdout !== "") at = goal
      expect(treeAt(root), `round ${round}, killed at ${n}`).toEqual(states[at])
      expect(await checkpoints.verify()).toEqual([])
    })
  }
  expect(seen.finish).toBeGreaterThan(0)
  expect(seen["roll-back"]).toBeGreaterThan(0)
})

test("what a person wrote after the crash is left alone when the restore goes on", async () => {
  const [data, root] = [dataFolder(), treeWith()]
  const states = await twoStates(data, root)
  expect(restoreKilledAt(data, root, "1", 12).signal).toBe("SIGKILL")
  fill(root, { "a.txt": "by a person" })
  await withProject(data, root, async (checkpoints) => {
    const answer = await checkpoints.resume("finish", by)
    expect(answer?.left).toEqual([{ path: "a.txt", why: expect.stringContaining("changed since") }])
    expect(treeAt(root)).toEqual({ ...states[1], "a.txt": expect.stringMatching(/by a person$/) })
    // And all of that can be taken back.
    await checkpoints.undo(by)
    expect(treeAt(root)).toEqual({ ...states[2], "a.txt": expect.any(String) })
  })
})

test("an undo that overwrites a person's folder is finished or rolled back whole, wherever it is killed", async () => {
  for (const [n, how] of [3, 6, 9, 12].flatMap((n) => [[n, "finish"] as const, [n, "roll-back"] as const])) {
    const [data, root] = [dataFolder(), treeWith({ "p/q.txt": "q", swap: "a file", "a.txt": "a" })]
    const start = treeAt(root)
    await withProject(data, root, async (checkpoints) => {
      await checkpoints.create("turn", { ...by, turn: { id: "t", at: "start" } })
      fill(root, { "p/q.txt": "turn", swap: "turn", "a.txt": "turn" })
      await checkpoints.create("turn", { ...by, turn: { id: "t", at: "end" } })
    })
    rmSync(join(root, "p"), { recursive: true })
    rmSync(join(root, "swap"))
    fill(root, { "swap/mine/too.txt": "by a person" })
    const before = treeAt(root)
    expect(undoKilledAt(data, root, n).signal).toBe("SIGKILL")
    await withProject(data, root, async (checkpoints) => {
      expect(await checkpoints.resume(how, by), `killed at ${n}`).toMatchObject({ left: [] })
      expect(treeAt(root), `${how}, killed at ${n}`).toEqual(how === "finish" ? start : before)
    })
  }
})
