import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let server: ServerUnderTest
let duck: Client
let root: string
const text = { rendering: { format: "text", width: 100 } } as const

beforeAll(async () => {
  server = await serverUnderTest()
  root = join(server.home, "project")
  mkdirSync(join(root, "src"), { recursive: true })
  writeFileSync(join(root, "package.json"), "{}\n")
  writeFileSync(join(root, "src/a.ts"), "one\ntwo\n")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: join(root, "src") })
})
afterAll(() => server.end())

test("a checkpoint is made, shown, compared, restored in part and as a whole, undone and done again", async () => {
  const none = await duck.run("checkpoint.list", {}, text)
  expect(none.rendered).toContain("no such checkpoints")
  const preview = await duck.call("checkpoint.create", { dryRun: true })
  expect(preview).toMatchObject({ checkpoint: null, files: 2 })
  const made = await duck.run("checkpoint.create", { label: "begin", tag: "start" }, text)
  expect(made.output.checkpoint).toMatchObject({ number: 1, label: "begin", tag: "start", files: 2 })
  expect(made.rendered).toContain("#1 begin (start): 2 files")

  writeFileSync(join(root, "src/a.ts"), "one\n2\n")
  writeFileSync(join(root, "new.txt"), "new\n")
  const diff = await duck.run("checkpoint.diff", { from: "start" }, text)
  expect(diff.output.changes.map(({ path, action }) => `${action} ${path}`)).toEqual([
    "create new.txt",
    "change src/a.ts",
  ])
  expect(diff.rendered).toContain("-two")
  expect(await duck.call("checkpoint.compare", { from: "start" })).toMatchObject({
    isEqual: false,
    created: 1,
    changed: 1,
  })

  // Nobody said who changed them: they are shown, and nothing happens.
  const stopped = await duck.run("checkpoint.restore", { name: "1" }, text)
  expect(stopped).toMatchObject({ exitCode: 1, output: { outcome: "stopped" } })
  expect(stopped.rendered).toContain("--force")
  await duck.call("checkpoint.create", { label: "now" })
  const previewed = await duck.run("checkpoint.restore", { name: "1", dryRun: true }, text)
  expect(previewed).toMatchObject({ exitCode: 0, output: { outcome: "previewed" } })
  expect(readFileSync(join(root, "src/a.ts"), "utf8")).toBe("one\n2\n")

  const part = await duck.run("checkpoint.restore", { name: "start", paths: ["src"] }, text)
  expect(part.output).toMatchObject({ outcome: "restored", before: 3, changes: [{ path: "src/a.ts" }] })
  expect(part.rendered).toContain("duck checkpoint undo")
  expect(readFileSync(join(root, "src/a.ts"), "utf8")).toBe("one\ntwo\n")
  expect(readFileSync(join(root, "new.txt"), "utf8")).toBe("new\n")
  await duck.call("checkpoint.undo", {})
  expect(readFileSync(join(root, "src/a.ts"), "utf8")).toBe("one\n2\n")
  await duck.call("checkpoint.redo", {})
  expect(readFileSync(join(root, "src/a.ts"), "utf8")).toBe("one\ntwo\n")
  const listed = await duck.run("checkpoint.list", {}, text)
  expect(listed.output).toMatchObject({ undo: expect.stringContaining("src"), redo: null, pending: null })
  const shown = await duck.run("checkpoint.show", { name: "2" }, text)
  expect(shown.rendered).toContain("Since #1")
  expect(await duck.run("checkpoint.verify", {}, text)).toMatchObject({ exitCode: 0, output: { damaged: [] } })
})

test("tags keep checkpoints from being pruned, and are words", async () => {
  await duck.call("checkpoint.tag", { name: "2", tag: "kept" })
  await expect(duck.call("checkpoint.tag", { name: "1", tag: "kept" })).rejects.toMatchObject({ code: "TAG_TAKEN" })
  await expect(duck.call("checkpoint.tag", { name: "1", tag: "12" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  const wouldDrop = await duck.call("checkpoint.prune", { keep: 1, dryRun: true })
  const { dropped } = await duck.call("checkpoint.prune", { keep: 1 })
  expect(dropped).toEqual(wouldDrop.dropped)
  const { checkpoints } = await duck.call("checkpoint.list", {})
  expect(checkpoints.slice(1).map(({ tag }) => tag)).toEqual(["kept", "start"])
  await duck.call("checkpoint.tag", { name: "2", remove: true })
  expect((await duck.call("checkpoint.prune", { keep: 1 })).dropped.map(({ number }) => number)).toEqual([2])
})

test("what makes no sense is refused with what to do", async () => {
  await expect(duck.call("checkpoint.show", { name: "nope" })).rejects.toMatchObject({
    code: "CHECKPOINT_NOT_FOUND",
    hint: expect.stringContaining("duck checkpoint list"),
  })
  await expect(duck.call("checkpoint.restore", {})).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("checkpoint.restore", { name: "1", force: true, keep: true })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
  await expect(duck.call("checkpoint.redo", {})).rejects.toMatchObject({ code: "NOTHING_TO_REDO", status: 409 })
  expect(await duck.call("checkpoint.restore", { resume: "finish" })).toMatchObject({ outcome: "nothing" })
  rmSync(join(root, "new.txt"))
})
