import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { z } from "zod"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let provider: LLMock
let server: ServerUnderTest
let duck: Client
let root = ""

/** Reads a.ts where it is told to; another model writes as well. */
beforeAll(async () => {
  provider = new LLMock({ port: 0 })
  provider.on({ predicate: () => true }, ({ messages, model }) => {
    const last = messages.at(-1)
    if (last?.role !== "user") return { content: "It has one line." }
    if (!JSON.stringify(last.content).includes("read")) return { content: "A zebra." }
    const read = { name: "read", arguments: '{"path":"a.ts"}' }
    const write = { name: "write", arguments: '{"path":"c.ts","content":"c"}' }
    return { toolCalls: model === "other" ? [read, write] : [read] }
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
  writeFileSync(join(root, "a.ts"), "export const a = 1\n")
  writeFileSync(join(root, "AGENTS.md"), "Names are short here.\n")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(async () => {
  await server.end()
  await provider.stop()
})

async function ran(task: string, session?: string): Promise<string> {
  const output = await duck.call("run", { task, ...(session ? { session } : {}) })
  if ("wouldRun" in output) throw new Error("It was not run.")
  return output.session
}

const requestSchema = z.object({ messages: z.array(z.looseObject({ role: z.string() })) })
const systemOf = (request: { readonly body: unknown } | undefined) =>
  requestSchema.parse(request?.body).messages.filter(({ role }) => role === "system")

test("a conversation comes again without a model, however many turns it has", async () => {
  const session = await ran("please read it")
  await ran("and what else?", session)
  const asked = provider.getRequests().length
  const answer = await duck.run("session.replay", { session }, { rendering: { format: "text", width: 80 } })
  expect(answer).toMatchObject({ exitCode: 0, output: { difference: null } })
  expect(answer.output.replayed).toBe(answer.output.events)
  expect(answer.rendered).toContain(`All ${answer.output.events} events came again.`)
  expect(provider.getRequests().length).toBe(asked)
})

test("a fork asks another model with the conversation's own system prompt, does nothing, and shows where it went", async () => {
  const session = await ran("please read it")
  const original = systemOf(provider.getRequests().at(-2))
  const { text } = await duck.call("session.export", { session })
  const events = (JSON.parse(text) as { events: { type: string }[] }).events
  const fork = events.findIndex(({ type }) => type === "assistant.spoke")
  const forked = await duck.run("session.replay", { session, fork, model: "mock/other" })
  expect(forked.exitCode).toBe(1)
  expect(forked.output.difference).toMatchObject({ at: fork, b: { type: "assistant.spoke" } })
  const asked = provider.getRequests().filter(({ body }) => body?.model === "other")
  expect(systemOf(asked[0])).toEqual(original)
  expect(JSON.stringify(original)).toContain("Names are short here.")
  expect(JSON.stringify(asked.at(-1)?.body)).toContain("nothing is done in a replay")
  expect(readdirSync(root)).not.toContain("c.ts")
})

test("a fork that can't be is refused: beyond the end, or a model without a place", async () => {
  const session = await ran("hello")
  for (const input of [{ fork: 1_000 }, { model: "mock/other" }]) {
    await expect(duck.call("session.replay", { session, ...input })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  }
  await expect(duck.call("session.replay", { session: "ZZZ" })).rejects.toMatchObject({ code: "NO_CONVERSATION" })
})

test("two conversations that say and do the same do not differ, whoever else may read or control one of them", async () => {
  const [a, b, c] = [await ran("hello"), await ran("hello"), await ran("please read it")]
  await duck.call("session.share", { session: b })
  await duck.call("session.handoff", { session: b, take: true })
  expect(await duck.run("session.diff", { a, b })).toMatchObject({ exitCode: 0, output: { difference: null } })
  const other = await duck.run("session.diff", { a, b: c }, { rendering: { format: "text", width: 80 } })
  expect(other).toMatchObject({ exitCode: 1, output: { difference: { at: 0 } } })
  expect(other.rendered).toContain("They differ from event 0 on.")
})

test("what tools gave is shown with its indentation", async () => {
  writeFileSync(join(root, "a.ts"), "export function a() {\n  if (b) {\n    c()\n  }\n}\n")
  const session = await ran("please read it")
  const { rendered } = await duck.run("session.show", { session }, { rendering: { format: "text", width: 80 } })
  expect(rendered).toMatch(/^.*export function a\(\) \{\n.{0,9} {2}if \(b\) \{\n.{0,9} {4}c\(\)\n/m)
})
