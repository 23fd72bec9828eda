import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ErrorAnswer, headers } from "../base/wire.ts"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let provider: LLMock
let server: ServerUnderTest
let duck: Client
let root = ""

/** Writes where it is told to ("write a.ts two"), and answers what it is asked. */
beforeAll(async () => {
  provider = new LLMock({ port: 0 })
  provider.on({ predicate: () => true }, ({ messages }) => {
    const last = messages.at(-1)
    const [, path, content] = /write (\S+) (\w+)/.exec(JSON.stringify(last?.content ?? "")) ?? []
    if (last?.role === "user" && path) {
      return { toolCalls: [{ name: "write", arguments: JSON.stringify({ path, content }) }] }
    }
    const asked = messages.filter(({ role }) => role === "user").map(({ content: said }) => JSON.stringify(said))
    return { content: asked.some((text) => text.includes("zebra")) ? "You spoke of a zebra." : "I know of no animal." }
  })
  const address = await provider.start()
  server = await serverUnderTest({
    flags: {
      "llm.providers": { mock: { kind: "openai-chat", url: `${address}/v1`, model: "scripted" } },
      "llm.model": "mock/scripted",
      "llm.retry": { attempts: 1, baseMs: 1, maxMs: 1 },
    },
  })
  root = join(server.home, "project")
  mkdirSync(root)
  writeFileSync(join(root, "package.json"), "{}")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(async () => {
  await server.end()
  await provider.stop()
})

async function ran(task: string, session?: string) {
  const output = await duck.call("run", { task, mode: "auto", ...(session ? { session } : {}) })
  if ("wouldRun" in output) throw new Error("It was not run.")
  return output
}

const said = async (session: string, rewound = false) =>
  (await duck.call("session.show", { session, rewound, limit: 100 })).entries.flatMap((entry) =>
    entry.kind === "user" ? entry.parts.map(({ text }) => text) : [],
  )

const file = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : null)

/** As another client of the same user. */
async function through(client: string, name: string, input: unknown) {
  const response = await server.post(name, input, { [headers.client]: `${client}/1.0.0` })
  const answer = (await response.json()) as ErrorAnswer & { output: unknown }
  return response.ok ? answer : answer.error
}

test("a conversation is taken back to a message, files and all, and that is taken back, and that as well", async () => {
  const { session } = await ran("write a.txt one")
  await ran("write a.txt two", session)
  await ran("write b.txt three", session)
  const { entries } = await duck.call("session.show", { session })
  const end = entries.filter(({ kind }) => kind === "assistant")[1]
  const back = await duck.call("session.rewind", { session, to: String(end?.n) })
  expect(back).toMatchObject({ isDone: true, takenBack: 8, files: { outcome: "restored" } })
  expect([file("a.txt"), file("b.txt")]).toEqual(["one", null])
  expect(await said(session)).toEqual(["write a.txt one"])
  expect((await said(session, true)).length).toBe(3)
  expect((await duck.call("session.info", { session })).ledger.files).toEqual({ "a.txt": expect.anything() })

  const again = await duck.call("session.rewind", { session, undo: true })
  expect(again).toMatchObject({ takenBack: 0, broughtBack: 8 })
  expect([file("a.txt"), file("b.txt")]).toEqual(["two", "three"])
  expect((await said(session)).length).toBe(3)
  expect(Object.keys((await duck.call("session.info", { session })).ledger.files)).toEqual(["a.txt", "b.txt"])

  await duck.call("session.rewind", { session, undo: true })
  expect([file("a.txt"), file("b.txt")]).toEqual(["one", null])
  expect(await said(session)).toEqual(["write a.txt one"])
})

test("only the conversation or only the files can be taken back", async () => {
  const { session } = await ran("write c.txt one")
  await ran("write c.txt two", session)
  await duck.call("session.rewind", { session, to: "4", what: "conversation" })
  expect([file("c.txt"), (await said(session)).length]).toEqual(["two", 1])
  await duck.call("session.rewind", { session, undo: true })
  await duck.call("session.rewind", { session, to: "4", what: "files" })
  expect([file("c.txt"), (await said(session)).length]).toEqual(["one", 2])
  await duck.call("session.rewind", { session, undo: true })
  expect([file("c.txt"), (await said(session)).length]).toEqual(["two", 2])
})

test("the model knows nothing of what was taken back, and what is said then goes another way", async () => {
  const { session } = await ran("think of a number")
  expect((await ran("I saw a zebra", session)).text).toBe("You spoke of a zebra.")
  await duck.call("session.rewind", { session, to: "2" })
  expect((await ran("which animal was it?", session)).text).toBe("I know of no animal.")
  expect(await said(session)).toEqual(["think of a number", "which animal was it?"])
  expect((await duck.call("session.search", { words: "zebra saw" })).found).toEqual([])
  const { id } = await duck.call("session.branch", { session, at: "4" })
  expect(await said(id)).toEqual(["think of a number", "I saw a zebra"])
  const exported = await duck.call("session.export", { session })
  expect(await said((await duck.call("session.import", { text: exported.text })).id)).toEqual(await said(session))
})

test("a rewinding changes nothing where somebody has changed the files since, in a dry run, or where there is no such entry", async () => {
  const { session } = await ran("write d.txt one")
  await ran("write d.txt two", session)
  const dry = await duck.call("session.rewind", { session, to: "4", dryRun: true })
  expect(dry).toMatchObject({ isDone: false, takenBack: 4, files: { outcome: "previewed" } })
  writeFileSync(join(root, "d.txt"), "mine")
  const stopped = await duck.run("session.rewind", { session, to: "4" })
  expect(stopped).toMatchObject({ exitCode: 1, output: { isDone: false, files: { outcome: "stopped" } } })
  expect([file("d.txt"), (await said(session)).length]).toEqual(["mine", 2])
  await expect(duck.call("session.rewind", { session, to: "99" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("session.rewind", { session, undo: true })).rejects.toMatchObject({ code: "NOTHING_TO_UNDO" })
  await expect(duck.call("session.rewind", { session })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  // Between a write and its answer, files are not recorded.
  await expect(duck.call("session.rewind", { session, to: "3" })).rejects.toMatchObject({ code: "NOT_RECORDED" })
})

test("a conversation handed to one client is refused to the others, which are told by whom and how to get it", async () => {
  const { session } = await ran("hello")
  await duck.call("session.handoff", { session, to: "@vscode" })
  expect(await duck.call("session.info", { session })).toMatchObject({
    owner: "owner",
    control: { user: "owner", client: "vscode" },
  })
  for (const [name, input] of [
    ["session.say", { text: "from here" }],
    ["session.set", { mode: "auto" }],
    ["session.rename", { title: "mine" }],
    ["session.archive", {}],
    ["session.rewind", { to: "1" }],
    ["session.delete", { yes: true }],
    ["session.share", {}],
    ["run", { task: "from here" }],
  ] as const) {
    const expected = { code: "NOT_IN_CONTROL", message: expect.stringContaining("owner@vscode") }
    expect(await through("web", name, { session, ...input }), name).toMatchObject(expected)
  }
  expect(await through("vscode", "session.say", { session, text: "from the editor" })).toHaveProperty("output")
  await (await server.host.assistant()).ended(session)
  expect(await said(session)).toEqual(["hello", "from the editor"])

  await expect(duck.call("session.handoff", { session, to: "@sdk" })).rejects.toMatchObject({ code: "NOT_IN_CONTROL" })
  expect(await duck.call("session.handoff", { session, take: true })).toMatchObject({ control: { user: "owner" } })
  expect((await ran("back here", session)).how).toBe("done")
  expect(await duck.call("session.handoff", { session, open: true })).toMatchObject({ control: null })
})

test("nobody is given a conversation who is not there", async () => {
  const { session } = await ran("hello")
  await expect(duck.call("session.handoff", { session, to: "bob" })).rejects.toMatchObject({ code: "NO_SUCH_USER" })
  await expect(duck.call("session.handoff", { session, node: "n9" })).rejects.toMatchObject({ code: "NO_SUCH_NODE" })
  for (const input of [{}, { to: "@" }, { take: true, open: true }]) {
    await expect(duck.call("session.handoff", { session, ...input })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  }
})

test("a deleted conversation is in no list, search or export, and takes what its programs printed with it", async () => {
  const { session } = await ran("an okapi, if I may")
  const kept = join(server.home, "runs", session)
  mkdirSync(kept, { recursive: true })
  const unsure = await duck.run("session.delete", { session })
  expect(unsure).toMatchObject({ exitCode: 1, output: { isDeleted: false, isUnsure: true } })
  expect(unsure.choice).toMatchObject({ options: [{ label: "yes, delete it", input: { yes: true } }] })
  expect(await duck.call("session.delete", { session, dryRun: true })).toMatchObject({ isDeleted: false })
  expect(await said(session)).toHaveLength(1)
  const gone = await duck.call("session.delete", { session, yes: true })
  expect(gone).toMatchObject({ isDeleted: true, stays: expect.stringContaining("append-only") })
  expect((await duck.call("session.list", { all: true })).sessions.map(({ id }) => id)).not.toContain(session)
  expect((await duck.call("session.search", { words: "okapi" })).found).toEqual([])
  expect(existsSync(kept)).toBe(false)
  for (const name of ["session.show", "session.export", "session.branch", "session.info"] as const) {
    await expect(duck.call(name, { session }), name).rejects.toMatchObject({ code: "NO_CONVERSATION" })
  }
  // The views are made of the log, and it is in none of them when they are made again.
  await server.host.fabric().views.rebuild("conversations")
  expect((await duck.call("session.search", { words: "okapi" })).found).toEqual([])
})
