import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { begun as begunIn, folderWith, worldIn } from "../agents/agents.testing.ts"
import type { Speaker } from "./control.ts"
import { type ConversationCommand, decide, event } from "./decide.ts"
import type { ConversationEvent } from "./events.ts"
import { openLive, streamOfConversation } from "./live.ts"
import { evolve, initialState } from "./state.ts"

const ada: Speaker = { user: "ada", client: "cli", isAdmin: false }
const bob: Speaker = { user: "bob", client: "vscode", isAdmin: false }
const root: Speaker = { user: "root", isAdmin: true }

const begun = event("conversation.started", { title: "t", root: "/r", mode: "ask", model: "", by: "ada" })
const after = (...events: ConversationEvent[]) => [begun, ...events].reduce(evolve, initialState)
const passed = (user: string, client?: string) =>
  event("control.passed", { to: { user, ...(client !== undefined && { client }) }, by: "ada" })
const say = (speaker: Speaker): ConversationCommand => ({
  kind: "say",
  message: "m",
  parts: [{ kind: "text", text: "hi" }],
  speaker,
})
const handOver = (by: Speaker, user: string, takes = false): ConversationCommand => ({
  kind: "hand-over",
  to: { user },
  by,
  takes,
})

test("whoever may write speaks while nobody is in control, and only who controls it then", () => {
  expect(decide(say(bob), after())).toHaveLength(1)
  const bobs = after(passed("bob"))
  expect(decide(say(bob), bobs)).toHaveLength(1)
  expect(() => decide(say(ada), bobs)).toThrow(/bob controls this conversation; you are ada@cli/)
  // What takes part without being a person, a hook or an agent, is not asked.
  const { speaker: _speaker, ...hook } = say(ada)
  expect(decide(hook as ConversationCommand, bobs)).toHaveLength(1)
})

test("control of one client is not that of the user's others", () => {
  const editors = after(passed("bob", "vscode"))
  expect(decide(say(bob), editors)).toHaveLength(1)
  expect(() => decide(say({ ...bob, client: "cli" }), editors)).toThrow(/bob@vscode controls/)
  expect(() => decide(say({ user: "bob", isAdmin: false }), editors)).toThrow(/bob@vscode controls/)
})

test("control is passed by who has it; its owner and admins take it, others are told whom to ask", () => {
  const bobs = after(passed("bob"))
  expect(decide(handOver(bob, "eve"), bobs)).toMatchObject([{ type: "control.passed", data: { to: { user: "eve" } } }])
  expect(decide(handOver(ada, "ada", true), bobs)).toHaveLength(1)
  expect(decide(handOver(root, "root", true), bobs)).toHaveLength(1)
  const eve: Speaker = { user: "eve", isAdmin: false }
  expect(() => decide(handOver(eve, "eve", true), bobs)).toThrow(
    expect.objectContaining({ code: "NOT_IN_CONTROL", hint: expect.stringContaining("Ask bob") }),
  )
  expect(decide(handOver(bob, "bob"), bobs)).toEqual([])
})

test("who controls a conversation controls the agents that work for it", async () => {
  const cleanups: (() => unknown)[] = []
  const made = await worldIn(folderWith({ "project/a.txt": "one" }, cleanups), scripted(saying("Yes.")).model)
  try {
    const top = await begunIn(made)
    const parent = { conversation: top, call: "c" }
    const spec = { log: "project.test", root: made.root, title: "agent", mode: "ask", model: "", parent } as const
    const agent = await made.assistant.start(spec, "ada")
    await made.assistant.change(top, { kind: "hand-over", to: { user: "bob" }, by: ada, takes: false }, "ada")
    const speak = (speaker: Speaker) =>
      made.assistant.say(agent, [{ kind: "text", text: "hi" }], speaker.user, { speaker })
    await expect(speak(ada)).rejects.toMatchObject({ code: "NOT_IN_CONTROL" })
    await speak(bob)
    await made.assistant.ended(agent)
  } finally {
    await made.close()
    for (const cleanup of cleanups) await cleanup()
  }
})

test("nothing follows a deletion", () => {
  const gone = after(event("conversation.deleted", { by: "ada" }))
  for (const command of [say(ada), handOver(root, "root", true), { kind: "delete", by: "ada" } as const]) {
    expect(() => decide(command, gone)).toThrow(expect.objectContaining({ code: "NO_CONVERSATION" }))
  }
})

test("a conversation that is left to another node names it in its log, and can be written to here no more", async () => {
  const folder = mkdtempSync(join(tmpdir(), "duck-control-"))
  const fabric = await openFabric({ folder })
  try {
    const where = { id: "c", log: "project.a", ownership: fabric.ownership, store: fabric.store }
    const live = await openLive(where)
    await live.handle({ kind: "start", title: "t", root: "/r", mode: "ask", model: "" }, "ada")
    await live.release("n2")
    const last = [...fabric.store.stream("project.a", streamOfConversation("c"))].at(-1)
    expect(last?.events).toMatchObject([{ type: "owner.released", data: { prefer: "n2" } }])
    expect(live.lost.aborted).toBe(true)
    await expect(live.handle({ kind: "rename", title: "x" }, "ada")).rejects.toMatchObject({ code: "RELEASED" })
  } finally {
    await fabric.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
