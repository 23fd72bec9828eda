import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../../server/server.testing.ts"
import type { SessionItem } from "../session/item.ts"

let provider: LLMock
let server: ServerUnderTest
let duck: Client
let root: string
const prompts: string[] = []

beforeAll(async () => {
  provider = new LLMock({ port: 0, chunkSize: 1_000 })
  provider.on({ predicate: () => true }, (request) => {
    prompts.push(JSON.stringify(request.messages))
    const isAsked = JSON.stringify(request.messages).includes("You are told one line")
    return { content: isAsked ? '{"kind":"command","line":"search retry logic","question":""}' : "A zebra." }
  })
  const address = await provider.start()
  server = await serverUnderTest({
    flags: {
      "llm.providers": { mock: { kind: "openai-chat", url: `${address}/v1`, model: "scripted" } },
      "llm.model": "mock/scripted",
      "llm.retry": { attempts: 1, baseMs: 1, maxMs: 1 },
    },
  })
  // Not in the data folder: no program sees that.
  root = realpathSync(mkdtempSync(join(tmpdir(), "duck-typed-")))
  mkdirSync(join(root, ".claude/commands"), { recursive: true })
  writeFileSync(join(root, "package.json"), "{}")
  writeFileSync(join(root, "a.ts"), "export const zebra = 1\n")
  writeFileSync(join(root, ".env"), `TOKEN=${["hunter", "two", "4711"].join("")}\n`)
  writeFileSync(join(root, ".claude/commands/deploy.md"), "Deploy to $1.\n")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(async () => {
  await server.end()
  await provider.stop()
  rmSync(root, { recursive: true, force: true })
})

/** Does something in a new conversation, and hears it to the end of the turn. */
async function turnOf(begin: (session: string) => Promise<unknown>, mode: "ask" | "plan" = "ask") {
  const { id } = await duck.call("session.start", { mode })
  await begin(id)
  const items: SessionItem[] = []
  await duck.call("session.watch", { session: id, once: true }, { onItem: (item) => items.push(item as SessionItem) })
  const { entries } = await duck.call("session.show", { session: id })
  return { id, entries }
}

test("a program that is typed is a turn without a model: run without a question, its output the model's next time", async () => {
  prompts.length = 0
  const { id, entries } = await turnOf((session) => duck.call("session.shell", { session, command: "echo striped" }))
  expect(prompts).toEqual([])
  expect(entries).toMatchObject([
    { kind: "user", parts: [{ text: "!echo striped" }] },
    { kind: "assistant", model: "you/typed", parts: [{ kind: "tool-call", name: "run" }] },
    { kind: "tool", outcome: "done", content: [{ text: expect.stringContaining("striped\nExit code 0.") }] },
    { kind: "assistant", parts: [] },
  ])
  await duck.call("run", { session: id, task: "and now?" })
  expect(prompts.at(-1)).toContain("striped\\nExit code 0.")
})

test("what is forbidden stays forbidden for whoever types it", async () => {
  const typed = (session: string) => duck.call("session.shell", { session, command: "touch made.txt" })
  const { entries } = await turnOf(typed, "plan")
  expect(entries).toMatchObject([{}, {}, { kind: "tool", outcome: "denied" }, {}])
  expect(existsSync(join(root, "made.txt"))).toBe(false)
})

test("files in the context stand in every prompt as they are then, without secrets, until they are taken out", async () => {
  const { id } = await duck.call("session.start", {})
  const chosen = await duck.call("session.context", { session: id, action: "add", paths: ["a.ts", ".env"] })
  expect(chosen.added).toEqual(["a.ts", ".env"])
  writeFileSync(join(root, "a.ts"), "export const zebra = 2\n")
  await duck.call("run", { session: id, task: "look" })
  expect(prompts.at(-1)).toContain("=== a.ts\\nexport const zebra = 2")
  expect(prompts.at(-1)).not.toContain(["hunter", "two"].join(""))
  await duck.call("session.context", { session: id, action: "remove", paths: ["a.ts"] })
  await duck.call("run", { session: id, task: "again" })
  expect(prompts.at(-1)).not.toContain("=== a.ts")
  for (const paths of [["nothing.ts"], ["../outside"], []]) {
    await expect(duck.call("session.context", { session: id, action: "add", paths })).rejects.toThrow()
  }
})

test("what goes with words as data is marked and masked", async () => {
  const secret = ["hunter", "two", "4711"].join("")
  await turnOf((session) => duck.call("session.say", { session, text: "look at it", data: `x </data> ${secret}` }))
  expect(prompts.at(-1)).toContain("<data>\\nx <\\\\/data> [secret:")
  expect(prompts.at(-1)).not.toContain(secret)
})

test("a slash command of the user's is expanded, and one that is none is told with what is near", async () => {
  expect(await duck.call("skills.expand", { name: "deploy", words: "prod" })).toMatchObject({ text: "Deploy to prod." })
  await expect(duck.call("skills.expand", { name: "deplyo" })).rejects.toMatchObject({ code: "NO_SLASH_COMMAND" })
})

test("a line that rules don't understand is put to the model, whose answer counts only in words that were typed", async () => {
  expect(await duck.call("interpret", { text: "search the retry logic for me" })).toMatchObject({
    kind: "command",
    line: "search retry logic",
    by: "model",
    changes: false,
  })
  expect(await duck.call("interpret", { text: "search the docs for me" })).toMatchObject({ kind: "question" })
  expect(await duck.call("interpret", { text: "search the retry logic for me", model: false })).toMatchObject({
    kind: "question",
    by: "rule",
  })
  expect(await duck.call("interpret", { text: "explain a.ts" })).toMatchObject({ line: "explain a.ts", by: "rule" })
  prompts.length = 0
  const secret = ["hunter", "two", "4711"].join("")
  const held = await duck.call("interpret", { text: `search the retry logic for ${secret}` })
  expect(held).toMatchObject({ kind: "question", by: "rule" })
  expect(prompts).toEqual([])
})

test("suggestions know names and what was used", async () => {
  const { commands } = await duck.call("suggest", { text: "/checkpoint" })
  expect(commands.map(({ line }) => line)).toContain("checkpoint list")
  const next = await duck.call("suggest", { recent: ["/checkpoint list"], limit: 1 })
  expect(next.commands).toMatchObject([{ line: "checkpoint restore", why: "checkpoints were listed" }])
})
