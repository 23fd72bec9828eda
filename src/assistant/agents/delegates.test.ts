import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { end, saying, scripted, start, text } from "../../models/scripted.testing.ts"
import type { Heard } from "../assistant.ts"
import { begun, byRole, calling, folderWith, type World, worldIn } from "./agents.testing.ts"
import { childIdOf } from "./child-id.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function world(...models: Parameters<typeof byRole>): Promise<World> {
  const made = await worldIn(folderWith({ "project/a.txt": "one\n" }, cleanups), byRole(...models))
  cleanups.push(() => made.close())
  return made
}

async function told(made: World, mode: "plan" | "ask" | "auto" = "auto", canAsk = false): Promise<string> {
  const id = await begun(made, mode)
  await made.assistant.say(id, [{ kind: "text", text: "do it" }], "ada", { wishes: { canAsk } })
  return id
}

const callOf = (made: World, id: string): string => {
  for (const { type, data } of made.events(id)) {
    if (type !== "assistant.spoke") continue
    for (const part of data.parts) if (part.kind === "tool-call" && part.name === "delegate") return part.id
  }
  throw new Error("nothing was delegated")
}
const childOf = (made: World, id: string) => childIdOf(id, callOf(made, id))
const lastResult = (made: World, id: string) =>
  made.events(id).findLast(({ type }) => type === "tool.finished")?.data as {
    outcome: string
    content: { text: string }[]
    costUsd?: number
  }

test("an agent does its task, and its report, files and costs are its parent's", async () => {
  const person = scripted(calling(["delegate", { task: "write b" }]), saying("It is there."))
  const costly = [start(), text("b is written."), { ...end(), costUsd: 0.25 } as const]
  const agent = scripted(calling(["write", { path: "b.txt", content: "b\n" }]), costly)
  const made = await world(person.model, agent.model)
  const id = await told(made)
  expect(await made.assistant.ended(id)).toMatchObject({ how: "done" })
  expect(made.read("b.txt")).toBe("b\n")
  expect(lastResult(made, id)).toMatchObject({ outcome: "done", content: [{ text: "b is written." }], costUsd: 0.25 })
  const { state } = await made.assistant.open(id)
  expect(state.ledger.files["b.txt"]).toMatchObject({ did: "created" })
  expect(state.usage.costUsd).toBe(0.25)
  expect(made.events(childOf(made, id))[0]).toMatchObject({ data: { parent: { conversation: id } } })
  // What it changed can be taken back with the turn it worked for.
  expect(made.events(id).map(({ type }) => type)).toContain("checkpoint.taken")
})

test("an agent that was given less can't do more, and its parent hears why", async () => {
  const person = scripted(calling(["delegate", { task: "write b", mode: "plan" }]), saying("No."))
  const agent = scripted(calling(["write", { path: "b.txt", content: "b" }]), saying("I was not allowed."))
  const made = await world(person.model, agent.model)
  const id = await told(made)
  await made.assistant.ended(id)
  expect(existsSync(join(made.root, "b.txt"))).toBe(false)
  expect(lastResult(made, childOf(made, id))).toMatchObject({ outcome: "denied" })
})

test("an agent of a kind that only explores has no tools that change anything", async () => {
  const person = scripted(calling(["delegate", { task: "look", agent: "explore" }]), saying("Seen."))
  const agent = scripted(calling(["write", { path: "b.txt", content: "b" }]), saying("Looked."))
  const made = await world(person.model, agent.model)
  await made.assistant.ended(await told(made))
  expect(existsSync(join(made.root, "b.txt"))).toBe(false)
  expect(agent.requests[0]?.tools?.map(({ name }) => name)).toEqual([
    "read",
    "search",
    "outline",
    "references",
    "files",
    "list",
  ])
})

test("an unknown kind of agent is named to the model with those that there are", async () => {
  const person = scripted(calling(["delegate", { task: "look", agent: "wizard" }]), saying("Well."))
  const made = await world(person.model, scripted().model)
  const id = await told(made)
  await made.assistant.ended(id)
  expect(lastResult(made, id).content[0]?.text).toMatch(/no agent wizard. There are: general, explore/)
})

test("an interruption goes down the tree, and every agent has ended when the turn has", async () => {
  let isWaiting = () => {}
  const waits = new Promise<void>((resolve) => {
    isWaiting = resolve
  })
  const hangs = () => {
    isWaiting()
    return new Promise<void>(() => {})
  }
  const person = scripted(calling(["delegate", { task: "outer" }]), saying("never"))
  const agent = scripted(calling(["delegate", { task: "inner" }]), [start(), hangs])
  const made = await world(person.model, agent.model)
  const id = await told(made)
  const ended = made.assistant.ended(id)
  await waits
  made.assistant.interrupt(id)
  expect(await ended).toMatchObject({ how: "interrupted" })
  const outer = childOf(made, id)
  for (const agentId of [outer, childOf(made, outer)]) {
    expect(made.events(agentId).at(-1)).toMatchObject({ type: "turn.ended", data: { how: "interrupted" } })
  }
  expect(lastResult(made, id)).toMatchObject({ outcome: "failed" })
  expect(agent.running()).toBe(0)
  expect(made.assistant.running()).toBe(0)
})

test("after a crash the call finds its agent and goes on with it, and nothing is done twice", async () => {
  const top = folderWith({ "project/a.txt": "one\n" }, cleanups)
  let isWaiting = () => {}
  const waits = new Promise<void>((resolve) => {
    isWaiting = resolve
  })
  const hangs = () => {
    isWaiting()
    return new Promise<void>(() => {})
  }
  const person = scripted(calling(["delegate", { task: "write b" }]), saying("never"))
  const dying = scripted(calling(["write", { path: "b.txt", content: "b\n" }]), [start(), hangs])
  const first = await worldIn(top, byRole(person.model, dying.model))
  const id = await told(first)
  await waits
  await first.close()

  const agent = scripted(saying("b is written."))
  const again = await worldIn(top, byRole(scripted(saying("Finished.")).model, agent.model))
  cleanups.push(() => again.close())
  expect(await again.assistant.resumeAll()).toBe(1)
  expect(await again.assistant.ended(id)).toMatchObject({ how: "done" })
  expect(lastResult(again, id)).toMatchObject({ outcome: "done", content: [{ text: "b is written." }] })
  const child = again.events(childOf(again, id))
  expect(child.filter(({ type }) => type === "user.spoke")).toHaveLength(1)
  expect(child.filter(({ type }) => type === "tool.intended")).toHaveLength(1)
  expect(again.assistant.rows.list({ subAgents: true, limit: 10 })).toHaveLength(2)
})

test("an agent that had ended before the crash is not asked again", async () => {
  const top = folderWith({}, cleanups)
  const id = "parent"
  const person = scripted(calling(["delegate", { task: "think" }]), saying("Good."))
  const made = await worldIn(top, byRole(person.model, scripted(saying("Thought.")).model))
  cleanups.push(() => made.close())
  await made.assistant.start({ id, log: "project.test", root: made.root, title: "t", mode: "auto", model: "" }, "ada")
  await made.assistant.say(id, [{ kind: "text", text: "x" }], "ada")
  await made.assistant.ended(id)
  const child = childOf(made, id)
  const live = await made.assistant.open(child)
  expect(live.state.messages).toBe(2)
  expect(
    await made.assistant.start({ id: child, log: live.log, root: "/other", title: "", mode: "auto", model: "" }, "ada"),
  ).toBe(child)
  expect(live.state.root).toBe(made.root)
})

test("what agents spend counts against the turn they work for, and stops them", async () => {
  const person = scripted(calling(["delegate", { task: "spend" }]), saying("never"))
  const costly = [...calling(["list", {}]).slice(0, -1), { ...end({}, "tool-calls"), costUsd: 0.6 } as const]
  const made = await world(person.model, scripted(costly).model)
  const id = await told(made)
  expect(await made.assistant.ended(id)).toMatchObject({ how: "limit" })
  expect(lastResult(made, id)).toMatchObject({ outcome: "failed", costUsd: 1.2 })
  expect(made.events(childOf(made, id)).at(-1)).toMatchObject({ data: { how: "limit" } })
})

test("agents can be nested three deep and no deeper", async () => {
  const made = await world(
    scripted(calling(["delegate", { task: "1" }]), saying("end")).model,
    scripted(...[2, 3, 4].map((n) => calling(["delegate", { task: `${n}` }])), saying("reported")).model,
  )
  const id = await told(made)
  await made.assistant.ended(id)
  const conversations = made.assistant.rows.list({ subAgents: true, limit: 10 })
  expect(conversations.length).toBeLessThanOrEqual(4)
  const deepest = childOf(made, childOf(made, childOf(made, id)))
  expect(made.events(deepest).find(({ type }) => type === "tool.finished")?.data).toMatchObject({ outcome: "failed" })
})

test("what an agent asks is heard by whoever watches its parent, and an answer for the session holds for both", async () => {
  const person = scripted(
    calling(["delegate", { task: "write b" }]),
    calling(["write", { path: "b.txt", content: "again" }]),
    saying("Done."),
  )
  const agent = scripted(calling(["write", { path: "b.txt", content: "b" }]), saying("b is written."))
  const made = await world(person.model, agent.model)
  const id = await begun(made, "ask")
  const heard: Heard[] = []
  await made.assistant.watch(id, (one) => {
    heard.push(one)
    if (one.kind !== "agent") return
    for (const { type, data } of one.events) {
      if (type !== "permission.asked") continue
      const answer = { kind: "answer", call: data.call, isAllowed: true, scope: "session", by: "ada" } as const
      void made.assistant.change(one.conversation, answer, "ada")
    }
  })
  await made.assistant.say(id, [{ kind: "text", text: "do it" }], "ada")
  expect(await made.assistant.ended(id)).toMatchObject({ how: "done" })
  expect(made.read("b.txt")).toBe("again")
  expect(heard.filter(({ kind }) => kind === "agent").length).toBeGreaterThan(0)
})
