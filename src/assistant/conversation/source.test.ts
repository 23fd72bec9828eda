import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { ContextNeed } from "../../context/context.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { LedgerChange } from "../ledger/change.ts"
import { event } from "./decide.ts"
import type { ConversationEvent } from "./events.ts"
import { openLive } from "./live.ts"
import { conversationSource } from "./source.ts"
import { conversationsProjection } from "./tables.ts"
import { conversationRows } from "./view.ts"

type Events = readonly [ConversationEvent, ...ConversationEvent[]]

const log = "project.a"
const need: ContextNeed = { task: "go on", engine: "refactor", paths: [], symbols: [], user: "ada" }
const signal = new AbortController().signal

/** A conversation with what these events make of it, and its source as `project` has it. */
async function talked() {
  const folder = mkdtempSync(join(tmpdir(), "duck-conversation-source-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const fabric = await openFabric({ folder })
  onTestFinished(() => fabric.close())
  const live = await openLive({ id: "one", log, ownership: fabric.ownership, store: fabric.store })
  await live.handle({ kind: "start", title: "Shop", root: "/r", mode: "ask", model: "" }, "ada")
  const view = await fabric.views.open(conversationsProjection)
  const say = (message: string, text: string): Events => [
    event("user.spoke", { message, parts: [{ kind: "text", text }] }),
    event("turn.started", { turn: `t-${message}`, message, by: "ada" }),
  ]
  const answer = (question: string, text: string): Events => [
    event("assistant.spoke", {
      ...{ message: `to-${question}`, turn: `t-${question}`, model: "p/m", finish: "stop" },
      parts: [
        { kind: "reasoning", text: "thinking" },
        { kind: "text", text },
      ],
      usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: 0 },
    }),
    event("turn.ended", { turn: `t-${question}`, how: "done", why: "", steps: 1 }),
  ]
  const gathered = async (project: LogId = log, session: string | undefined = "one") => {
    expect(await view.reached(log, await fabric.sequencer.end(log))).toBe(true)
    const mask = (text: string) => text.replaceAll("hunter2", "[secret]")
    return conversationSource(conversationRows(view), { project, mask }).gather({ ...need, session }, signal)
  }
  return { live, say, answer, gathered }
}

test("what was said comes in its order, without thoughts, secrets and what no model is given; the ledger with its files", async () => {
  const { live, say, answer, gathered } = await talked()
  await live.record([...say("u1", "The password is hunter2."), ...answer("u1", "I won't keep it.")], "ada")
  await live.record([...say("u2", "Tell nobody."), event("message.withheld", { message: "u2", why: "a hook" })], "ada")
  const changes: LedgerChange[] = [
    { kind: "goal", text: "Carts instead of baskets" },
    { kind: "file", path: "src/cart.ts", did: "changed", hash: "h" },
  ]
  await live.record([...answer("u2", "Yes."), event("ledger.changed", { changes })], "ada")
  const [said, ledger] = await gathered()
  expect(said?.text).toBe("User: The password is [secret].\n\nAssistant: I won't keep it.\n\nAssistant: Yes.")
  expect(ledger?.text).toContain("Carts instead of baskets")
  expect(ledger?.text).toContain("- src/cart.ts (changed)")
})

test("of a long conversation the end goes in, each message cut, and with less room only the last ones", async () => {
  const { live, say, answer, gathered } = await talked()
  for (let n = 0; n < 40; n++) await live.record([...say(`u${n}`, `Ask ${n}.`), ...answer(`u${n}`, `Say ${n}.`)], "ada")
  await live.record([...say("long", "x".repeat(50_000)), ...answer("long", "Much.")], "ada")
  const [said] = await gathered()
  expect(said?.text.startsWith("User: Ask 33.\n\nAssistant: Say 33.")).toBe(true)
  expect(said?.text.length).toBeLessThan(4_000)
  const shorter = await said?.shorter?.[0]?.text()
  expect(shorter?.split("\n\n").map((text) => text.slice(0, 20))).toEqual([
    "User: Ask 39.",
    "Assistant: Say 39.",
    "User: xxxxxxxxxxxxxx",
    "Assistant: Much.",
  ])
})

test("what a hook may still refuse, other projects and conversations that are not there say nothing", async () => {
  const { live, say, answer, gathered } = await talked()
  expect(await gathered()).toEqual([])
  await live.record(say("u1", "Hello."), "ada")
  expect(await gathered()).toEqual([])
  await live.record(answer("u1", "Hello."), "ada")
  expect(await gathered()).toHaveLength(1)
  expect(await gathered("project.b")).toEqual([])
  expect(await gathered(log, "none")).toEqual([])
})
