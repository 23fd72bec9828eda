import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let server: ServerUnderTest
let duck: Client
let elsewhere: Client
let nowhere: Client

beforeAll(async () => {
  server = await serverUnderTest()
  const inProject = (name: string): Client => {
    const root = join(server.home, name)
    mkdirSync(root, { recursive: true })
    execFileSync("git", ["init", "-q", root])
    return duckClient({ address: { url: server.url, token: server.file.token }, project: root })
  }
  duck = inProject("one")
  elsewhere = inProject("two")
  nowhere = duckClient({ address: { url: server.url, token: server.file.token }, project: "/" })
})
afterAll(() => server.end())

const asText = { rendering: { format: "text", width: 160 } } as const

test("what is remembered is listed where it holds, and nowhere else", async () => {
  const mine = await duck.run("memory.add", { text: "I like tabs", kind: "preference" }, asText)
  expect(mine.rendered).toMatch(/^Remembered \(.{8}\)\. duck memory undo takes it back\./)
  await duck.call("memory.add", { text: "The API is frozen", scope: "project", expires: "14d" })
  await duck.call("memory.add", { text: "We use pnpm", scope: "team", kind: "decision" })
  const texts = async (client: Client) => (await client.call("memory.list", {})).memories.map(({ text }) => text).sort()
  expect(await texts(duck)).toEqual(["I like tabs", "The API is frozen", "We use pnpm"])
  expect(await texts(elsewhere)).toEqual(["I like tabs", "We use pnpm"])
  expect(await texts(nowhere)).toEqual(["I like tabs", "We use pnpm"])
  const shown = await duck.run("memory.list", { scope: "project" }, asText)
  expect(shown.rendered).toMatch(/project +fact +user .*\(until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\) The API is frozen/)
  await expect(nowhere.call("memory.add", { text: "x", scope: "project" })).rejects.toMatchObject({
    code: "NOT_A_PROJECT",
  })
})

test("forgetting and undoing say what they did, and can be tried first", async () => {
  const { id } = await elsewhere.call("memory.add", { text: "The port is 8080", scope: "project" })
  const ids = [(id ?? "").slice(-8)]
  expect(await elsewhere.call("memory.forget", { ids, dryRun: true })).toMatchObject({
    isDryRun: true,
    memories: [{ id, state: "held" }],
  })
  expect(await elsewhere.call("memory.forget", { ids, why: "moved" })).toMatchObject({
    memories: [{ id, state: "forgotten" }],
  })
  expect(await elsewhere.call("memory.list", { scope: "project" })).toMatchObject({ total: 0 })
  expect(await elsewhere.call("memory.undo", { dryRun: true })).toMatchObject({ undone: { kind: "forgotten" } })
  const undone = await elsewhere.run("memory.undo", {}, asText)
  expect(undone).toMatchObject({ exitCode: 0, output: { memories: [{ id, state: "held" }] } })
  expect(undone.rendered).toContain("Took back that it was forgotten")
  const { memories, changes } = await elsewhere.call("memory.export", { scope: "project" })
  expect(memories).toMatchObject([{ id, text: "The port is 8080", source: null }])
  expect(changes.map(({ kind }) => kind)).toEqual(["undone", "forgotten", "added"])
})

test("search finds any form of a word and says why; what is not found is exit code 1", async () => {
  await duck.call("memory.add", { text: "It is deployed on Fridays", scope: "project" })
  const found = await duck.run("memory.search", { words: "when do we deploy?", why: true }, asText)
  expect(found).toMatchObject({ exitCode: 0, output: { found: [{ why: { words: ["deploy"] } }] } })
  expect(found.rendered).toContain("deploy; relevance")
  const none = await duck.run("memory.search", { words: "zebra" }, asText)
  expect(none).toMatchObject({ exitCode: 1, rendered: expect.stringContaining("Nothing is remembered about that") })
})

test("what can't be remembered is refused with what to do, also by a dry run", async () => {
  const secret = { text: "the password is hunter2hunter2" }
  await expect(duck.call("memory.add", secret)).rejects.toMatchObject({ code: "SECRET_NOT_REMEMBERED" })
  await expect(duck.call("memory.add", { ...secret, dryRun: true })).rejects.toMatchObject({
    code: "SECRET_NOT_REMEMBERED",
  })
  await expect(duck.call("memory.add", { text: "x y", expires: "2026-02-31" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
  await expect(duck.call("memory.forget", { ids: ["ABCDEFGH"] })).rejects.toMatchObject({ code: "NO_MEMORY" })
  const before = await duck.call("memory.list", { all: true })
  expect(await duck.call("memory.add", { text: "only tried", dryRun: true })).toMatchObject({
    id: null,
    isDryRun: true,
  })
  expect(await duck.call("memory.list", { all: true })).toEqual(before)
})
