import { execFileSync } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, onTestFinished, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { nameOf } from "./byte-names.ts"
import { by, projectWith, treeAt } from "./checkpoints.testing.ts"

const databaseOf = (data: string) => join(data, "checkpoints/test/objects.db")
const noise = (bytes: number) => randomBytes(bytes)

test("everything stands on the project's log, and a process that starts anew goes on from there", async () => {
  const { root, fabric, checkpoints, open } = await projectWith({ "a.txt": "a" })
  const start = await checkpoints.create("turn 7", { ...by, turn: { id: "7", at: "start" }, meta: { session: "s1" } })
  fill(root, { "a.txt": "b" })
  await checkpoints.create("turn 7", { ...by, turn: { id: "7", at: "end" } })
  await checkpoints.tag(start.id, "before-7", by)
  await checkpoints.undo(by)
  const commits = [...fabric.store.stream("project.test", "checkpoints.test")]
  expect(commits.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
    ...["checkpoint.created", "checkpoint.created", "checkpoint.tagged"],
    ...["checkpoint.created", "checkpoint.restore-begun", "checkpoint.created", "checkpoint.restored"],
  ])
  expect(new Set(commits.map(({ meta }) => meta.actor))).toEqual(new Set(["user.ann"]))
  await checkpoints.close()
  const again = await open()
  expect(again.history).toMatchObject({ done: [], undone: [{ id: "7", kind: "turn", label: "turn 7" }] })
  expect(again.find("before-7")).toMatchObject({ number: 1, meta: { session: "s1" }, turn: "7" })
  await again.redo(by)
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("b")
})

test("a turn that was cut off is taken back from where it began; one that changed nothing is no step", async () => {
  const { root, checkpoints } = await projectWith({ "a.txt": "a" })
  await checkpoints.create("idle", { ...by, turn: { id: "1", at: "start" } })
  await checkpoints.create("idle", { ...by, turn: { id: "1", at: "end" } })
  await expect(checkpoints.undo(by)).rejects.toMatchObject({ code: "NOTHING_TO_UNDO" })
  await checkpoints.create("cut off", { ...by, turn: { id: "2", at: "start" } })
  fill(root, { "a.txt": "half", "b.txt": "done" })
  const preview = await checkpoints.undo({ ...by, dryRun: true })
  expect(preview.changes.map(({ path, isConflict }) => [path, isConflict])).toEqual([
    ["a.txt", false],
    ["b.txt", false],
  ])
  expect((await checkpoints.undo(by)).outcome).toBe("restored")
  expect(treeAt(root)).toEqual({ "a.txt": "file 644 a" })
})

test("an earlier turn can be taken back alone, where nothing after it stands in the way", async () => {
  const { root, checkpoints } = await projectWith({ "a.txt": "a", "b.txt": "b" })
  for (const [id, path] of [
    ["1", "a.txt"],
    ["2", "b.txt"],
  ] as const) {
    await checkpoints.create(id, { ...by, turn: { id, at: "start" } })
    fill(root, { [path]: `turn ${id}` })
    await checkpoints.create(id, { ...by, turn: { id, at: "end" } })
  }
  await checkpoints.undo({ ...by, step: "1" })
  expect(treeAt(root)).toEqual({ "a.txt": "file 644 a", "b.txt": "file 644 turn 2" })
})

test("contents are stored once, compressed, and pruning gives back what no kept checkpoint names", async () => {
  const clock = manualClock(Date.now())
  const { root, data, checkpoints } = await projectWith({ "text.txt": "line\n".repeat(100_000) }, { clock })
  await checkpoints.create("one", by)
  fill(root, { "copy.txt": "line\n".repeat(100_000), "noise.bin": noise(3_000_000), "small.bin": noise(2_000) })
  await checkpoints.create("two", by)
  const full = checkpoints.size()
  expect(full.storedBytes).toBeLessThan(3_200_000)
  rmSync(join(root, "noise.bin"))
  fill(root, { "small.bin": noise(2_000) })
  const three = await checkpoints.create("three", by)
  const was = treeAt(root)

  expect(
    (await checkpoints.prune({ ...by, policy: { maxCount: 2 } })).dropped.map(({ checkpoint }) => checkpoint.number),
  ).toEqual([1])
  expect(checkpoints.size().storedBytes).toBeGreaterThan(3_000_000)
  const { dropped, freedBytes } = await checkpoints.prune({ ...by, policy: { maxCount: 1 } })
  expect(dropped.map(({ why }) => why)).toEqual(["count"])
  expect(freedBytes).toBeGreaterThan(2_900_000)
  await expect(checkpoints.diff("2", null)).rejects.toMatchObject({ code: "CHECKPOINT_NOT_FOUND" })
  expect(await checkpoints.verify()).toEqual([])
  expect(readFileSync(databaseOf(data)).length).toBeLessThan(1_000_000)

  // What was removed is stored again when it comes again.
  fill(root, { "text.txt": "other", "copy.txt": "other" })
  await checkpoints.create("four", by)
  await checkpoints.restore(three.id, by)
  expect(treeAt(root)).toEqual(was)
})

test("retention by age and size keeps the tagged, the last and what a running turn needs", async () => {
  const clock = manualClock(Date.now())
  const { root, checkpoints } = await projectWith({ "a.bin": noise(1_000) }, { clock })
  const numbers = (dropped: readonly { checkpoint: { number: number }; why: string }[]) =>
    dropped.map(({ checkpoint, why }) => `${checkpoint.number} ${why}`)
  for (let i = 0; i < 4; i++) {
    fill(root, { "a.bin": noise(100_000) })
    await checkpoints.create(`${i}`, i === 1 ? { ...by, turn: { id: "t", at: "start" } } : by)
    clock.advance(3_600_000)
  }
  await checkpoints.tag("1", "kept", by)
  const old = await checkpoints.prune({ ...by, policy: { maxAgeMs: 60_000 }, dryRun: true })
  expect(numbers(old.dropped)).toEqual(["3 age"])
  const large = await checkpoints.prune({ ...by, policy: { maxBytes: 50_000 } })
  expect(numbers(large.dropped)).toEqual(["3 size"])
  expect(checkpoints.history.checkpoints.map(({ number }) => number)).toEqual([1, 2, 4])
})

test("checkpoints over the policy go by themselves", async () => {
  const { root, checkpoints } = await projectWith({}, { policy: { maxCount: 5 } })
  for (let i = 0; i < 60; i++) {
    fill(root, { "a.txt": `${i}` })
    await checkpoints.create(`${i}`, by)
  }
  expect(checkpoints.history.checkpoints.length).toBeLessThan(12)
  expect(await checkpoints.verify()).toEqual([])
})

test("a handle notices that another one of the same project has pruned", async () => {
  const { root, checkpoints, open } = await projectWith({ "a.txt": "a", "dir/b.txt": "b" })
  await checkpoints.create("one", by)
  fill(root, { "dir/b.txt": "B" })
  await checkpoints.create("two", by)
  const other = await open()
  await other.prune({ ...by, policy: { maxCount: 1 } })
  fill(root, { "dir/b.txt": "b" })
  await checkpoints.create("three", by)
  expect(await other.verify()).toEqual([])
})

test("a damaged store is found out: by verify, and before a restore touches anything", async () => {
  const { root, data, checkpoints, open } = await projectWith({ "a.bin": noise(400_000), "b.bin": noise(400_000) })
  await checkpoints.create("one", by)
  const was = treeAt(root)
  fill(root, { "a.bin": "changed", "b.bin": "changed" })
  await checkpoints.create("two", by)
  await checkpoints.close()
  const hash = createHash("sha256")
    .update(Buffer.from(was["b.bin"]?.slice("file 644 ".length) ?? "", "latin1"))
    .digest()
  const db = new DatabaseSync(databaseOf(data))
  db.prepare(
    "UPDATE block SET bytes = zeroblob(length(bytes)) WHERE id = (SELECT block FROM object WHERE hash = ?)",
  ).run(hash)
  db.close()
  const again = await open()
  expect(await again.verify()).toEqual([
    { checkpoint: expect.objectContaining({ number: 1 }), why: expect.stringContaining("can't be used") },
  ])
  const before = treeAt(root)
  await expect(again.restore("1", by)).rejects.toMatchObject({ code: "SNAPSHOT_DAMAGED" })
  expect(treeAt(root)).toEqual(before)
  expect(again.history.pending).toBeNull()
  await again.restore("1", { ...by, paths: ["a.bin"] })
  expect(treeAt(root)["a.bin"]).toBe(was["a.bin"])
})

test("a cancelled checkpoint leaves no trace, and the next is whole", async () => {
  const { checkpoints } = await projectWith(
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i}/f`, `${i}`])),
  )
  const stop = new AbortController()
  const making = checkpoints.create("no", { ...by, signal: stop.signal })
  stop.abort()
  await expect(making).rejects.toMatchObject({ code: "CANCELLED" })
  expect(checkpoints.history.checkpoints).toEqual([])
  expect(await checkpoints.create("yes", by)).toMatchObject({ files: 300 })
  expect(await checkpoints.verify()).toEqual([])
})

/** A file system of its own, mounted for one test; undefined where that is not allowed. */
function mounted(options: string): string | undefined {
  const root = treeWith()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", root], { stdio: "ignore" })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync("umount", ["-l", root]))
  return root
}

test("a full disk under the store is a clear error, and nothing is half there", async (context) => {
  const disk = mounted("size=48m")
  if (!disk) return context.skip("SKIPPED: mounting a small file system needs root; a full disk was not tried here")
  const { root, fabric, checkpoints } = await projectWith({ "a.txt": "a" }, { data: join(disk, "data") })
  await checkpoints.create("one", by)
  fill(root, { "large.bin": noise(60_000_000) })
  await expect(checkpoints.create("two", by)).rejects.toMatchObject({ code: "DISK_FULL", status: 503 })
  expect(checkpoints.history.checkpoints).toHaveLength(1)
  // The log, which matters more, still has room.
  const { bavail, bsize } = statfsSync(disk)
  expect(bavail * bsize).toBeGreaterThan(10_000_000)
  rmSync(join(root, "large.bin"))
  fill(root, { "a.txt": "b" })
  await checkpoints.create("three", by)
  await checkpoints.restore("1", by)
  expect(treeAt(root)).toEqual({ "a.txt": "file 644 a" })
  expect(await checkpoints.verify()).toEqual([])
  // Before its disk goes.
  await checkpoints.close()
  await fabric.close()
})

test("a full disk under the project stops a restore, which can then be rolled back", async (context) => {
  const root = mounted("size=3m")
  if (!root) return context.skip("SKIPPED: mounting a small file system needs root; a full disk was not tried here")
  fill(root, { "a.txt": "a", "large.bin": noise(1_500_000) })
  const { checkpoints } = await projectWith({}, { root })
  await checkpoints.create("one", by)
  rmSync(join(root, "large.bin"))
  fill(root, { "a.txt": "b" })
  await checkpoints.create("two", by)
  const became = treeAt(root)
  // Someone else fills the disk after the checkpoint before the restore.
  fill(root, { filler: noise(2_000_000) })
  await checkpoints.create("three", by)
  await expect(checkpoints.restore("1", { ...by, paths: ["a.txt", "large.bin"] })).rejects.toMatchObject({
    code: "DISK_FULL",
  })
  await expect(checkpoints.create("no", by)).rejects.toMatchObject({ code: "RESTORE_PENDING" })
  expect(await checkpoints.resume("roll-back", by)).toMatchObject({ outcome: "rolled-back", left: [] })
  rmSync(join(root, "filler"))
  expect(treeAt(root)).toEqual(became)
})

test("names are found by number, id, tag and `last`", async () => {
  const { checkpoints } = await projectWith({ "a.txt": "a" })
  const one = await checkpoints.create("one", by)
  const two = await checkpoints.create("two", by)
  await checkpoints.tag("1", "first", by)
  expect([
    checkpoints.find("first").id,
    checkpoints.find(one.id).id,
    checkpoints.find("2").id,
    checkpoints.find("last").id,
  ]).toEqual([one.id, one.id, two.id, two.id])
  expect(() => checkpoints.find("3")).toThrow(/no checkpoint/)
  writeFileSync(Buffer.from([...Buffer.from(`${checkpoints.root}/`), 0xff]), "")
  expect((await checkpoints.diff("last", null)).map(({ path }) => path)).toEqual([nameOf(Buffer.from([0xff]))])
})
