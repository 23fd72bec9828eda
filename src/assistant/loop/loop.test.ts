import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { z } from "zod"
import { systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { type Fabric, openFabric } from "../../fabric/embedded/fabric.ts"
import type { ModelRequest } from "../../models/model.ts"
import { end, type Scripted, type Step, saying, scripted, start, text } from "../../models/scripted.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { type LiveConversation, openLive } from "../conversation/live.ts"
import { messagesOf } from "../prompt/messages.ts"
import { askTool } from "../tools/ask.ts"
import type { Recovery, Tool, ToolOutcome } from "../tools/tool.ts"
import { runTurn } from "./loop.ts"
import type { Gate, LiveEvent, TurnOptions } from "./options.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const log = "project.test"

async function fabricIn(folder: string): Promise<Fabric> {
  const fabric = await openFabric({ folder })
  cleanups.push(() => fabric.close())
  return fabric
}

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "duck-loop-"))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function conversationIn(fabric: Fabric, id = "one"): Promise<LiveConversation> {
  return openLive({ id, log, ownership: fabric.ownership, store: fabric.store })
}

async function started(): Promise<{ conversation: LiveConversation; fabric: Fabric; folder: string }> {
  const folder = folderOf()
  const fabric = await fabricIn(folder)
  const conversation = await conversationIn(fabric)
  await conversation.handle({ kind: "start", title: "t", root: "/r", mode: "ask", model: "" }, "ada")
  return { conversation, fabric, folder }
}

const say = (conversation: LiveConversation, words: string) =>
  conversation.handle({ kind: "say", message: newId(), parts: [{ kind: "text", text: words }] }, "ada")

const calling = (...calls: readonly (readonly [name: string, args: object | string])[]): Step[] => [
  start(),
  ...calls.map(
    ([name, args], index): Step => ({
      kind: "tool-call",
      index,
      id: `call_${index}`,
      name,
      arguments: typeof args === "string" ? args : JSON.stringify(args),
    }),
  ),
  end({}, "tool-calls"),
]

/** A tool that notes what it was given. */
function tool(
  name: string,
  {
    effect = "writes",
    recovery = "ask",
    work = async () => ({ content: [{ kind: "text", text: `${name} done` }] }),
    happened,
  }: {
    effect?: Tool["effect"]
    recovery?: Recovery
    work?: (value: string, signal: AbortSignal) => Promise<ToolOutcome>
    happened?: () => Promise<boolean | null>
  } = {},
): Tool & { ran: string[] } {
  const ran: string[] = []
  const input = z.object({ value: z.string() })
  return {
    name,
    description: name,
    input,
    effect,
    recovery,
    touches: () => [],
    ran,
    async run(given, { signal }) {
      const { value } = input.parse(given)
      ran.push(value)
      return work(value, signal)
    },
    ...(happened ? { happened } : {}),
  }
}

function optionsFor(
  conversation: LiveConversation,
  model: Scripted,
  tools: readonly Tool[] = [],
  more: Partial<TurnOptions> = {},
): TurnOptions & { heard: LiveEvent[] } {
  const heard: LiveEvent[] = []
  return {
    conversation,
    actor: "ada",
    model: model.model,
    tools: new Map(tools.map((one) => [one.name, one])),
    services: {},
    gate: async () => ({ decision: "allow", why: "" }),
    prompt: async (): Promise<ModelRequest> => ({
      model: "m",
      messages: await messagesOf(conversation.window, { pictures: async () => "" }),
      attribution: { user: "ada" },
    }),
    limits: { maxSteps: 20, maxCostUsd: 10 },
    hear: (event) => heard.push(event),
    stopping: new AbortController().signal,
    clock: systemClock,
    logger: silentLogger,
    heard,
    ...more,
  }
}

const never = new AbortController().signal
const outcomes = (conversation: LiveConversation) =>
  conversation.window.flatMap((entry) => (entry.kind === "tool" ? [entry.outcome] : []))
const lastText = (conversation: LiveConversation) => {
  const last = conversation.window.at(-1)
  return last?.kind === "assistant" ? last.parts.map((part) => (part.kind === "text" ? part.text : "")).join("") : ""
}

test("a turn calls tools until an answer calls none, and gives the model their results", async () => {
  const { conversation } = await started()
  await say(conversation, "do it")
  const write = tool("write")
  const model = scripted(calling(["write", { value: "a" }], ["write", { value: "b" }]), saying("all ", "done"))
  const options = optionsFor(conversation, model, [write])
  expect(await runTurn(options, never)).toMatchObject({ how: "done" })
  expect(write.ran).toEqual(["a", "b"])
  expect(lastText(conversation)).toBe("all done")
  expect(conversation.state).toMatchObject({ turn: null, openCalls: [], messages: 3 })
  const results = model.requests[1]?.messages.at(-1)
  expect(results?.role).toBe("tool")
  expect(results?.parts.map((part) => part.kind === "tool-result" && part.content)).toEqual([
    [{ kind: "text", text: "write done" }],
    [{ kind: "text", text: "write done" }],
  ])
  expect(options.heard.filter(({ kind }) => kind === "text")).toEqual([
    { kind: "text", text: "all " },
    { kind: "text", text: "done" },
  ])
})

test("calls that only read run side by side, others alone and in order", async () => {
  const { conversation } = await started()
  await say(conversation, "look")
  let running = 0
  let most = 0
  const together = async (): Promise<ToolOutcome> => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return { content: [] }
  }
  const read = tool("read", { effect: "reads", recovery: "repeat", work: together })
  const write = tool("write", { work: together })
  const model = scripted(
    calling(["read", { value: "1" }], ["read", { value: "2" }], ["write", { value: "3" }], ["write", { value: "4" }]),
    saying("ok"),
  )
  await runTurn(optionsFor(conversation, model, [read, write]), never)
  expect(most).toBe(2)
  expect([read.ran, write.ran]).toEqual([
    ["1", "2"],
    ["3", "4"],
  ])
})

test("what is wrong with a call goes back to the model, and the turn goes on", async () => {
  const { conversation } = await started()
  await say(conversation, "do it")
  const failing = tool("failing", {
    work: async () => {
      throw new InvalidInputError({ message: "There is no such line.", hint: "Read the file first." })
    },
  })
  const model = scripted(
    calling(["nosuch", {}], ["failing", "{"], ["failing", { value: 3 }], ["failing", { value: "x" }]),
    saying("sorry"),
  )
  await runTurn(optionsFor(conversation, model, [failing]), never)
  expect(outcomes(conversation)).toEqual(["failed", "failed", "failed", "failed"])
  const said = JSON.stringify(model.requests[1]?.messages.at(-1))
  for (const words of ["There is no tool named nosuch", "not JSON", "value", "There is no such line."])
    expect(said).toContain(words)
  expect(lastText(conversation)).toBe("sorry")
})

test("a denied call is not run, and one that is asked for waits for a person", async () => {
  const { conversation } = await started()
  await say(conversation, "do it")
  const write = tool("write")
  const verdicts = { no: "deny", maybe: "ask", never: "ask", yes: "allow" } as const
  const gate: Gate = async ({ input }) => ({
    decision: verdicts[z.object({ value: z.enum(["no", "maybe", "never", "yes"]) }).parse(input).value],
    why: "a rule",
  })
  conversation.subscribe((events) => {
    for (const { type, data } of events) {
      if (type !== "permission.asked") continue
      const isAllowed = data.question.includes("maybe")
      void conversation.handle({ kind: "answer", call: data.call, isAllowed, scope: "once", by: "ada" }, "ada")
    }
  })
  const values = ["no", "maybe", "never", "yes"]
  const model = scripted(calling(...values.map((value) => ["write", { value }] as const)), saying("ok"))
  await runTurn(optionsFor(conversation, model, [write], { gate }), never)
  expect(write.ran).toEqual(["maybe", "yes"])
  expect(outcomes(conversation)).toEqual(["denied", "done", "denied", "done"])
})

test("what the model asks the person is answered in the turn", async () => {
  const { conversation } = await started()
  await say(conversation, "paint it")
  conversation.subscribe((events) => {
    for (const { type, data } of events) {
      if (type !== "permission.asked") continue
      expect(data.question).toBe("Which colour?\n1. red\n2. blue")
      const answer = {
        kind: "answer",
        call: data.call,
        isAllowed: true,
        scope: "once",
        by: "ada",
        note: "blue",
      } as const
      void conversation.handle(answer, "ada")
    }
  })
  const model = scripted(calling(["ask", { question: "Which colour?", options: ["red", "blue"] }]), saying("ok"))
  const gate: Gate = async () => ({ decision: "ask", why: "" })
  await runTurn(optionsFor(conversation, model, [askTool], { gate }), never)
  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain("The user answered: blue")
})

test("what a person says while a turn runs is heard in it", async () => {
  const { conversation } = await started()
  await say(conversation, "do it")
  const write = tool("write", {
    work: async () => {
      await say(conversation, "in blue, please")
      return { content: [] }
    },
  })
  const model = scripted(calling(["write", { value: "x" }]), saying("blue it is"))
  await runTurn(optionsFor(conversation, model, [write]), never)
  const heard = model.requests[1]?.messages.at(-1)
  expect(heard).toMatchObject({ role: "user", parts: [{ text: "in blue, please" }] })
  expect(conversation.state.queued).toEqual([])
})

test("an interrupted turn keeps the text that was read, and says of its calls what is known", async () => {
  const { conversation } = await started()
  await say(conversation, "talk")
  const interrupt = new AbortController()
  const talking = scripted([start(), text("half a sen"), async () => interrupt.abort(), text("never"), end()])
  expect(await runTurn(optionsFor(conversation, talking), interrupt.signal)).toMatchObject({ how: "interrupted" })
  expect(lastText(conversation)).toBe("half a sen")

  await say(conversation, "act")
  const again = new AbortController()
  const slow = tool("slow", {
    work: (_value, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true })
        again.abort()
      }),
  })
  const acting = scripted(calling(["slow", { value: "x" }], ["slow", { value: "y" }]))
  await runTurn(optionsFor(conversation, acting, [slow]), again.signal)
  expect(outcomes(conversation)).toEqual(["unknown", "cancelled"])
  expect(conversation.state).toMatchObject({ turn: null, openCalls: [] })
})

test("a turn that goes in circles is told, then ended", async () => {
  const { conversation } = await started()
  await say(conversation, "go")
  const read = tool("read", { effect: "reads", recovery: "repeat" })
  const model = scripted(calling(["read", { value: "same" }]))
  expect(await runTurn(optionsFor(conversation, model, [read]), never)).toMatchObject({ how: "limit" })
  expect(read.ran.length).toBe(6)
  expect(JSON.stringify(model.requests.at(-1)?.messages.at(-1))).toContain("Do something else")
})

test("a turn ends at its limit of steps", async () => {
  const { conversation } = await started()
  await say(conversation, "go")
  let n = 0
  const read = tool("read", {
    effect: "reads",
    recovery: "repeat",
    work: async () => ({ content: [{ kind: "text", text: String(n++) }] }),
  })
  const model = scripted(calling(["read", { value: "x" }]))
  const options = optionsFor(conversation, model, [read], { limits: { maxSteps: 4, maxCostUsd: 1 } })
  expect(await runTurn(options, never)).toMatchObject({ how: "limit" })
  expect(model.requests.length).toBe(4)
})

test("what a turn had cost before it was cut off counts when it goes on", async () => {
  const { conversation } = await started()
  await say(conversation, "go")
  const dear = (events: readonly Step[]): Step[] =>
    events.map((step) =>
      typeof step === "object" && "kind" in step && step.kind === "end" ? { ...step, costUsd: 3 } : step,
    )
  const stopping = new AbortController()
  const read = tool("read", { effect: "reads", recovery: "repeat", work: async () => ({ content: [] }) })
  const limits = { maxSteps: 20, maxCostUsd: 5 }
  const first = scripted(dear(calling(["read", { value: "1" }])), [start(), async () => stopping.abort(), end()])
  const cut = await runTurn(optionsFor(conversation, first, [read], { limits, stopping: stopping.signal }), never)
  expect(cut.how).toBe("suspended")
  const second = scripted(dear(calling(["read", { value: "2" }])))
  const over = await runTurn(optionsFor(conversation, second, [read], { limits }), never)
  expect(over).toMatchObject({ how: "limit", why: "$6.00 were spent, the most allowed." })
  expect(second.requests.length).toBe(1)
})

test("a failed model ends the turn with its reason, and the next message begins another", async () => {
  const { conversation } = await started()
  await say(conversation, "go")
  const broken = scripted([new InvalidInputError({ message: "No key.", hint: "Connect a provider." })])
  expect(await runTurn(optionsFor(conversation, broken), never)).toMatchObject({
    how: "failed",
    why: "No key. Connect a provider.",
  })
  await say(conversation, "again")
  await runTurn(optionsFor(conversation, scripted(saying("better"))), never)
  expect(lastText(conversation)).toBe("better")
})

/** A process that dies while the first call of a turn runs; what the next one, on the same folder, does with it. */
async function afterCrash(recovery: Recovery, happened?: () => Promise<boolean | null>, isRepeated = false) {
  const { conversation, fabric, folder } = await started()
  await say(conversation, "do it")
  const stopping = new AbortController()
  const dying = tool("write", {
    recovery,
    work: (_value, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("died")), { once: true })
        stopping.abort()
      }),
  })
  const first = scripted(calling(["write", { value: "x" }], ["write", { value: "y" }]))
  const options = optionsFor(conversation, first, [dying], { stopping: stopping.signal })
  expect(await runTurn(options, never)).toMatchObject({ how: "suspended" })
  cleanups.splice(cleanups.length - 1)
  await fabric.close()

  const again = await conversationIn(await fabricIn(folder))
  expect(again.state.turn).not.toBeNull()
  again.subscribe((events) => {
    for (const { type, data } of events) {
      if (type !== "permission.asked") continue
      void again.handle({ kind: "answer", call: data.call, isAllowed: isRepeated, scope: "once", by: "ada" }, "ada")
    }
  })
  const write = tool("write", { recovery, ...(happened ? { happened } : {}) })
  const model = scripted(saying("finished"))
  expect(await runTurn(optionsFor(again, model, [write]), never)).toMatchObject({ how: "done" })
  expect(lastText(again)).toBe("finished")
  return { ran: write.ran, outcomes: outcomes(again) }
}

test("after a crash, a call that is safe to repeat is repeated, and the turn goes on", async () => {
  expect(await afterCrash("repeat")).toEqual({ ran: ["x", "y"], outcomes: ["done", "done"] })
})

test("after a crash, a call that had taken effect is not done again", async () => {
  expect(await afterCrash("check", async () => true)).toEqual({ ran: ["y"], outcomes: ["done", "done"] })
})

test("after a crash, a call that had no effect is done", async () => {
  expect(await afterCrash("check", async () => false)).toEqual({ ran: ["x", "y"], outcomes: ["done", "done"] })
})

test("after a crash, a person decides about what nobody can tell", async () => {
  expect(await afterCrash("ask")).toEqual({ ran: ["y"], outcomes: ["unknown", "done"] })
  expect(await afterCrash("check", async () => null, true)).toEqual({ ran: ["x", "y"], outcomes: ["done", "done"] })
})

test("a turn that ends well says what is proved of the files as they are", async () => {
  const { conversation } = await started()
  await say(conversation, "fix it")
  const ran = (tree: string): ToolOutcome => ({
    content: [],
    ledger: [{ kind: "command", command: "npm test", exitCode: 0, outputHash: "h", tree }],
  })
  const model = scripted(calling(["run", { value: "x" }]), saying("Fixed."))
  const check = tool("run", { work: async () => ran("one") })
  const treeNow = async () => "one"
  const end = await runTurn(optionsFor(conversation, model, [check], { treeNow }), never)
  expect(end.receipts).toMatchObject({ claim: "verified", valid: [{ command: "npm test", tree: "one" }] })

  await say(conversation, "and this")
  const later = optionsFor(conversation, scripted(saying("Done.")), [], { treeNow: async () => "two" })
  const events: unknown[] = []
  conversation.subscribe((stored) => events.push(...stored))
  await runTurn(later, never)
  expect(events.at(-1)).toMatchObject({
    type: "turn.ended",
    data: { receipts: { claim: "unverified", valid: [], stale: [{ command: "npm test" }] } },
  })
})

test("a turn ends well also where the tree can't be told, and says that nothing is proved", async () => {
  const { conversation } = await started()
  await say(conversation, "fix it")
  const treeNow = async () => Promise.reject(new Error("no index"))
  const end = await runTurn(optionsFor(conversation, scripted(saying("Fixed.")), [], { treeNow }), never)
  expect(end).toMatchObject({ how: "done", receipts: { tree: null, claim: "unverified" } })
})
