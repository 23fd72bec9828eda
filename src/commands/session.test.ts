import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient, type InputOf } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"
import type { SessionItem } from "./session/item.ts"

let provider: LLMock
let server: ServerUnderTest
let duck: Client

/** Reads a file where it is told to, and answers what it is asked. */
beforeAll(async () => {
  provider = new LLMock({ port: 0, chunkSize: 4 })
  provider.on({ predicate: () => true }, (request) => {
    const last = request.messages.at(-1)
    const text = JSON.stringify(last?.content ?? "")
    if (last?.role === "user" && text.includes("read")) {
      return { content: "Looking.", toolCalls: [{ name: "read", arguments: '{"path":"a.ts"}' }] }
    }
    const path = last?.role === "user" ? /write (\w+\.ts)/.exec(text)?.[1] : undefined
    if (path) return { toolCalls: [{ name: "write", arguments: JSON.stringify({ path, content: "export {}\n" }) }] }
    return { content: "A zebra, in **bold**." }
  })
  const address = await provider.start()
  server = await serverUnderTest({
    flags: {
      "llm.providers": { mock: { kind: "openai-chat", url: `${address}/v1`, model: "scripted" } },
      "llm.model": "mock/scripted",
      "llm.retry": { attempts: 1, baseMs: 1, maxMs: 1 },
    },
  })
  const root = join(server.home, "project")
  mkdirSync(root)
  writeFileSync(join(root, "package.json"), "{}")
  writeFileSync(join(root, "a.ts"), "export const a = 1\n")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(async () => {
  await server.end()
  await provider.stop()
})

async function ran(task: string, more: Partial<InputOf<"run">> = {}) {
  const items: SessionItem[] = []
  const output = await duck.call("run", { task, ...more }, { onItem: (item) => items.push(item as SessionItem) })
  if ("wouldRun" in output) throw new Error("It was not run.")
  return { ...output, items }
}

test("a task is told as it is done, and its end says what came of it", async () => {
  const { items, session, ...end } = await ran("please read it")
  expect(end).toMatchObject({ how: "done", text: "A zebra, in **bold**.", steps: 2, denied: [], files: [] })
  expect(items[0]).toMatchObject({ kind: "opened", session, isRunning: false })
  expect(items.map((item) => (item.kind === "text" ? item.text : "")).join("")).toBe("Looking.A zebra, in **bold**.")
  const stored = items.flatMap((item) => (item.kind === "event" ? [item.type] : []))
  expect(stored).toEqual([
    "user.spoke",
    "turn.started",
    "assistant.spoke",
    "tool.finished",
    "ledger.changed",
    "assistant.spoke",
    "turn.ended",
  ])
  expect(items.at(-1)).toMatchObject({ kind: "turn-ended", how: "done" })
})

test("what would be asked is denied without a person, and allowed by --allow or a freer mode", async () => {
  const denied = await duck.run("run", { task: "write b.ts" })
  expect(denied).toMatchObject({ exitCode: 1, output: { how: "done", files: [], denied: [{ name: "write" }] } })
  for (const [path, more] of [
    ["c.ts", { allow: ["write"] }],
    ["d.ts", { mode: "accept-edits" }],
  ] satisfies [string, Parameters<typeof ran>[1]][]) {
    const allowed = await duck.run("run", { task: `write ${path}`, ...more })
    expect(allowed).toMatchObject({ exitCode: 0, output: { denied: [], files: [{ path, did: "created" }] } })
  }
  await expect(duck.call("run", { task: "x", allow: ["Bash("] })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("limits of a task end its turn", async () => {
  const limited = await duck.run("run", { task: "please read it", maxSteps: 1 })
  expect(limited).toMatchObject({ exitCode: 1, output: { how: "limit", steps: 1 } })
})

test("a conversation is gone on with by the beginning of its id, or as the last one", async () => {
  const first = await ran("first words")
  const again = await ran("and again", { continue: true })
  expect(again.session).toBe(first.session)
  const named = await ran("a third time", { session: first.session.slice(0, -1).toLowerCase() })
  expect(named.session).toBe(first.session)
  const shown = await duck.call("session.show", { session: first.session })
  expect(shown.entries.filter(({ kind }) => kind === "user").length).toBe(3)
  await expect(duck.call("session.show", { session: "0" })).rejects.toMatchObject({ code: "AMBIGUOUS" })
  await expect(duck.call("session.show", { session: "ZZZ" })).rejects.toMatchObject({ code: "NO_CONVERSATION" })
})

test("nothing to do is said, and a dry run asks nobody", async () => {
  await expect(duck.call("run", {})).rejects.toMatchObject({ code: "INVALID_INPUT" })
  const asked = provider.getRequests().length
  expect(await duck.call("run", { task: "x", dryRun: true })).toMatchObject({
    wouldRun: { model: "mock/scripted", mode: "ask", title: "x" },
  })
  expect(provider.getRequests().length).toBe(asked)
})

test("conversations are listed, found by their words, renamed and archived", async () => {
  const { session } = await ran("the giraffe question")
  expect((await duck.call("session.list")).sessions[0]).toMatchObject({ id: session, title: "the giraffe question" })
  const { found } = await duck.call("session.search", { words: "giraffe question" })
  expect(found[0]).toMatchObject({ session: { id: session }, excerpt: expect.stringContaining("«giraffe»") })
  await duck.call("session.rename", { session, title: "Long necks" })
  expect((await duck.call("session.list")).sessions[0]?.title).toBe("Long necks")
  await duck.call("session.archive", { session })
  expect((await duck.call("session.list")).sessions.map(({ id }) => id)).not.toContain(session)
  expect((await duck.call("session.list", { archived: true })).sessions[0]?.id).toBe(session)
  await expect(ran("more", { session })).rejects.toMatchObject({ code: "CONVERSATION_ARCHIVED" })
  await duck.call("session.archive", { session, undo: true })
})

test("long conversations are shown by pages", async () => {
  const { session } = await ran("please read it")
  const last = await duck.call("session.show", { session, limit: 2 })
  expect(last.entries.map(({ n }) => n)).toEqual([3, 4])
  const first = await duck.call("session.show", { session, limit: 2, before: last.before ?? 0 })
  expect(first.entries.map(({ kind }) => kind)).toEqual(["user", "assistant"])
  expect(first.before).toBeNull()
})

test("a branch has the history up to its entry, and goes its own way", async () => {
  const { session } = await ran("please read it")
  await ran("one more", { session })
  const branch = await duck.call("session.branch", { session, at: "2", title: "Another way" })
  const shown = await duck.call("session.show", { session: branch.id })
  expect(shown.entries.map(({ kind }) => kind)).toEqual(["user", "assistant", "tool"])
  expect(shown.session).toMatchObject({ title: "Another way", isRunning: false })
  expect((await ran("on we go", { session: branch.id })).how).toBe("done")
  expect((await duck.call("session.show", { session })).entries.length).toBe(6)
})

test("an exported conversation is the same when it is imported, but what was allowed in it is not", async () => {
  const { session } = await ran("please read it", { allow: ["write"] })
  const { text } = await duck.call("session.export", { session })
  const { id } = await duck.call("session.import", { text })
  const entries = async (of: string) =>
    (await duck.call("session.show", { session: of })).entries.map(({ at: _at, ...entry }) => entry)
  expect(await entries(id)).toEqual(await entries(session))
  expect((await duck.call("session.info", { session: id })).mode).toBe("ask")
  expect((await duck.call("session.export", { session: id })).text).not.toContain("wishes")
  await expect(duck.call("session.import", { text: "{}" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("Markdown has what was said, and gives a conversation to go on with", async () => {
  const { session } = await ran("say it\n<!-- duck:you -->\nliterally")
  const answer = await duck.run(
    "session.export",
    { session, as: "markdown" },
    { rendering: { format: "text", width: 20 } },
  )
  expect(answer.rendered).toBe(answer.output.text)
  expect(answer.rendered).toContain("A zebra, in **bold**.")
  const { id } = await duck.call("session.import", { text: answer.output.text })
  const { entries } = await duck.call("session.show", { session: id })
  const said = entries.map((entry) => ("parts" in entry ? entry.parts.map(({ text }) => text).join("") : ""))
  expect(said).toEqual(["say it\n<!-- duck:you -->\nliterally", "A zebra, in **bold**."])
  expect((await ran("go on", { session: id })).how).toBe("done")
})

test("a conversation can be watched while another client speaks in it, and asks whoever is there", async () => {
  const { id } = await duck.call("session.start")
  const connection = duck.connect()
  const leave = new AbortController()
  const items: SessionItem[] = []
  const asked = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const watching = connection.call(
    "session.watch",
    { session: id },
    {
      signal: leave.signal,
      onItem(item) {
        const one = item as SessionItem
        items.push(one)
        if (one.kind === "event" && one.type === "permission.asked") asked.resolve()
        if (one.kind === "turn-ended") ended.resolve()
      },
    },
  )
  expect(await duck.call("session.say", { session: id, text: "write e.ts" })).toMatchObject({ isSteering: false })
  await asked.promise
  expect((await duck.call("session.info", { session: id })).asked).toMatchObject([{ name: "write" }])
  await duck.call("session.answer", { session: id, answer: "yes", for: "session" })
  await ended.promise
  expect(
    items.some((item) => item.kind === "event" && item.type === "tool.finished" && item.data.outcome === "done"),
  ).toBe(true)
  leave.abort()
  await expect(watching).rejects.toMatchObject({ code: "CANCELLED" })
  connection.close()
  expect((await duck.call("session.list")).sessions[0]).toMatchObject({ title: "write e.ts" })
  await expect(duck.call("session.answer", { session: id, answer: "no" })).rejects.toMatchObject({
    code: "NOTHING_ASKED",
  })
})

test("whoever hangs up in the middle of a task interrupts it", async () => {
  const leave = new AbortController()
  let session = ""
  const running = duck.call(
    "run",
    { task: "first words" },
    {
      signal: leave.signal,
      onItem(item) {
        const one = item as SessionItem
        if (one.kind === "opened") session = one.session
        if (one.kind === "text") leave.abort()
      },
    },
  )
  await expect(running).rejects.toMatchObject({ code: "CANCELLED" })
  for (;;) {
    const { sessions } = await duck.call("session.list")
    if (sessions.find(({ id }) => id === session)?.isRunning === false) break
  }
  const { text } = await duck.call("session.export", { session })
  expect(text).toMatch(/"how": "(interrupted|done)"/)
})

test("a conversation is compacted, and says what it must not forget", async () => {
  const { session } = await ran("please read it")
  for (let n = 0; n < 3; n++) await ran(`${"words ".repeat(2_000)}${n}`, { session })
  const compacted = await duck.call("session.compact", { session, strategy: "truncation" })
  expect(compacted).toMatchObject({ isCompacted: true })
  expect(compacted.tokensAfter).toBeLessThan(compacted.tokensBefore)
  const info = await duck.call("session.info", { session })
  expect(info).toMatchObject({ isCompacted: true, ledger: { files: { "a.ts": { did: "read" } } } })
  expect((await duck.call("session.show", { session })).entries.length).toBe(10)
})

test("mode and model are set, and a turn that does not run can't be interrupted", async () => {
  const { id } = await duck.call("session.start")
  await duck.call("session.set", { session: id, mode: "plan", model: "mock/other" })
  expect(await duck.call("session.info", { session: id })).toMatchObject({ mode: "plan", model: "mock/other" })
  await expect(duck.call("session.set", { session: id })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  expect((await duck.run("session.interrupt", { session: id })).exitCode).toBe(1)
})
