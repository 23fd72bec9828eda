import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill, git, repositoryWith } from "../tree.testing.ts"
import { by, projectWith, treeAt } from "./checkpoints.testing.ts"

test("a restored checkpoint can itself be undone, and that undo too", async () => {
  const { root, checkpoints } = await projectWith({ "a.ts": "one" })
  const before = await checkpoints.create("before", by)
  fill(root, { "a.ts": "two" })
  const last = await checkpoints.create("after", by)
  expect((await checkpoints.restore(String(before.number), by)).outcome).toBe("restored")
  expect(readFileSync(join(root, "a.ts"), "utf8")).toBe("one")
  await checkpoints.undo(by)
  expect(readFileSync(join(root, "a.ts"), "utf8")).toBe("two")
  await checkpoints.redo(by)
  expect(readFileSync(join(root, "a.ts"), "utf8")).toBe("one")
  await checkpoints.restore(last.id, by)
  expect(readFileSync(join(root, "a.ts"), "utf8")).toBe("two")
})

test("whatever a turn did to files is taken back: deletions, renames, modes, links, empty folders, ignored and binary files", async () => {
  const root = repositoryWith({
    "src/a.ts": "a\n",
    "src/old.ts": "old\n",
    "gone/deep/x.txt": "x",
    "data.bin": new Uint8Array([0, 255, 1, 254]),
    ".gitignore": "*.log\nsecret/\n",
  })
  fill(root, { "build.log": "ignored", "secret/key": "k", "untracked.txt": "u" })
  mkdirSync(join(root, "empty/inner"), { recursive: true })
  symlinkSync("src/a.ts", join(root, "link"))
  symlinkSync("/nowhere/at all", join(root, "dangling"))
  chmodSync(join(root, "src/a.ts"), 0o755)
  chmodSync(join(root, "secret"), 0o700)
  fill(root, { "staged.txt": "staged" })
  git(root, "add", "staged.txt")
  const status = git(root, "status", "--porcelain=v2", "--ignored")
  const { checkpoints } = await projectWith({}, { root })
  const was = treeAt(root)
  await checkpoints.create("turn 1", { ...by, turn: { id: "t1", at: "start" } })

  rmSync(join(root, "gone"), { recursive: true })
  rmSync(join(root, "build.log"))
  rmSync(join(root, "empty"), { recursive: true })
  renameSync(join(root, "src/old.ts"), join(root, "src/new.ts"))
  chmodSync(join(root, "src/a.ts"), 0o600)
  chmodSync(join(root, "secret"), 0o755)
  fill(root, { "data.bin": new Uint8Array([0, 1]), "secret/key": "other", "made/by/it.txt": "new", gone: "now a file" })
  rmSync(join(root, "link"))
  mkdirSync(join(root, "link"))
  fill(root, { "link/in.txt": "a folder where a link was" })
  rmSync(join(root, "dangling"))
  symlinkSync("elsewhere", join(root, "dangling"))
  const became = treeAt(root)
  await checkpoints.create("turn 1", { ...by, turn: { id: "t1", at: "end" } })

  const undone = await checkpoints.undo(by)
  expect(undone).toMatchObject({ outcome: "restored", left: [] })
  expect(treeAt(root)).toEqual(was)
  expect(git(root, "status", "--porcelain=v2", "--ignored")).toBe(status)
  await checkpoints.redo(by)
  expect(treeAt(root)).toEqual(became)
})

test("what a person changed since is shown, and overwritten only when asked", async () => {
  const { root, checkpoints } = await projectWith({ "a.txt": "a", "b.txt": "b", "c.txt": "c" })
  await checkpoints.create("turn", { ...by, turn: { id: "t", at: "start" } })
  fill(root, { "a.txt": "agent", "b.txt": "agent", "new.txt": "agent" })
  await checkpoints.create("turn", { ...by, turn: { id: "t", at: "end" } })
  fill(root, { "b.txt": "person", "c.txt": "person" })

  const stopped = await checkpoints.undo(by)
  expect(stopped.outcome).toBe("stopped")
  expect(stopped.changes.filter(({ isConflict }) => isConflict).map(({ path }) => path)).toEqual(["b.txt"])
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("agent")

  const kept = await checkpoints.undo({ ...by, onConflict: "keep" })
  expect(kept.left).toEqual([{ path: "b.txt", why: expect.stringContaining("kept") }])
  expect(treeAt(root)).toEqual({
    "a.txt": expect.stringMatching(/ a$/),
    "b.txt": expect.stringMatching(/ person$/),
    "c.txt": expect.stringMatching(/ person$/),
  })
  await checkpoints.redo({ ...by, onConflict: "keep" })
  await checkpoints.undo({ ...by, onConflict: "overwrite" })
  expect(readFileSync(join(root, "b.txt"), "utf8")).toBe("b")
  // Nothing is ever lost: the state with the person's words is a checkpoint.
  const kept2 = checkpoints.history.checkpoints.filter(({ role }) => role === "before-restore").at(-1)
  await checkpoints.restore(String(kept2?.number), by)
  expect(readFileSync(join(root, "b.txt"), "utf8")).toBe("person")
})

test("a restore of some paths leaves all others, and a preview changes nothing", async () => {
  const { root, checkpoints } = await projectWith({ "src/a.txt": "1\n2\n3\n", "src/b.txt": "b", "c.txt": "c" })
  const { number } = await checkpoints.create("start", by)
  fill(root, { "src/a.txt": "1\ntwo\n3\n", "src/b.txt": "B", "c.txt": "C" })
  await checkpoints.create("later", by)
  const preview = await checkpoints.restore(String(number), { ...by, dryRun: true, paths: ["./src/a.txt"] })
  expect(preview.changes).toEqual([
    expect.objectContaining({
      path: "src/a.txt",
      action: "change",
      diff: "--- a/src/a.txt\n+++ b/src/a.txt\n@@ -1,3 +1,3 @@\n 1\n-two\n+2\n 3\n",
    }),
  ])
  expect(readFileSync(join(root, "src/a.txt"), "utf8")).toBe("1\ntwo\n3\n")
  await checkpoints.restore(String(number), { ...by, paths: ["src"] })
  const texts = ["src/a.txt", "src/b.txt", "c.txt"].map((path) => readFileSync(join(root, path), "utf8"))
  expect(texts).toEqual(["1\n2\n3\n", "b", "C"])
  await expect(checkpoints.restore("1", { ...by, paths: ["../x"] })).rejects.toMatchObject({ code: "PATH_NOT_COVERED" })
})
