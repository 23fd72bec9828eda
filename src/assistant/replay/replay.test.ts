import { afterEach, expect, test } from "vitest"
import { ModelError } from "../../models/errors.ts"
import type { Model } from "../../models/model.ts"
import { never, type Step, saying, scripted, start, text } from "../../models/scripted.testing.ts"
import { begun, calling, folderWith, type World, worldIn } from "../agents/agents.testing.ts"
import { treeOf } from "../conversation/line.ts"
import { firstDifference, normalForm } from "./normal.ts"
import { rerun } from "./rerun.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const world = (...answers: readonly (readonly Step[])[]): Promise<World> => worldOf(scripted(...answers).model)

async function worldOf(model: Model): Promise<World> {
  const files = { "project/a.txt": "one\n", "project/AGENTS.md": "Names are short.\n" }
  const made = await worldIn(folderWith(files, cleanups), model)
  cleanups.push(() => made.close())
  return made
}

async function said(made: World, id: string, words: string, canAsk = false) {
  await made.assistant.say(id, [{ kind: "text", text: words }], "ada", { wishes: { canAsk } })
  return made.assistant.ended(id)
}

const again = async (made: World, id: string) => rerun(made.events(id), { signal: never() })

test("a session of several turns gives the same events without a model or a tool", async () => {
  const made = await world(
    calling(["read", { path: "a.txt" }], ["list", {}], ["nothing", {}]),
    calling(["write", { path: "b.txt", content: "b" }]),
    calling(["run", { command: "npm test" }]),
    saying("Done."),
    calling(["edit", { path: "b.txt", before: "no", after: "yes" }], ["edit", { path: 1 }]),
    saying("Not found."),
  )
  const id = await begun(made)
  await said(made, id, "first")
  await made.assistant.change(id, { kind: "rename", title: "new" }, "ada")
  await said(made, id, "second")
  const { difference, events } = await again(made, id)
  expect(difference).toBeNull()
  expect(events.length).toBe(made.events(id).length)
  expect(normalForm(events)).toEqual(normalForm(made.events(id)))
})

test("what was asked, allowed and denied comes again", async () => {
  const made = await world(
    calling(["write", { path: "b.txt", content: "b" }]),
    calling(["delete", { path: "a.txt" }]),
    saying("Half of it."),
  )
  const id = await begun(made, "ask")
  let isAllowed = true
  await made.assistant.watch(id, (heard) => {
    if (heard.kind !== "stored") return
    for (const { type, data } of heard.events) {
      if (type !== "permission.asked") continue
      const answer = { kind: "answer", call: data.call, isAllowed, scope: "once", by: "ada", note: "why" } as const
      isAllowed = false
      void made.assistant.change(id, answer, "ada")
    }
  })
  await said(made, id, "do it", true)
  expect(made.events(id).filter(({ type }) => type === "permission.answered")).toHaveLength(2)
  expect((await again(made, id)).difference).toBeNull()
})

test("a turn that failed, one that was interrupted and one that was denied come again as they were", async () => {
  let isWaiting = () => {}
  const waits = new Promise<void>((resolve) => {
    isWaiting = resolve
  })
  const hangs = () => {
    isWaiting()
    return new Promise<void>(() => {})
  }
  const broken = new ModelError({ fault: "CONTENT_REFUSED", provider: "p", model: "m", message: "No." })
  const made = await world(
    [broken],
    [start(), text("I begin"), hangs],
    calling(["write", { path: "b.txt", content: "b" }]),
    saying("No."),
  )
  const id = await begun(made, "plan")
  expect(await said(made, id, "first")).toMatchObject({ how: "failed" })
  const second = said(made, id, "second")
  await waits
  made.assistant.interrupt(id)
  expect(await second).toMatchObject({ how: "interrupted" })
  expect(await said(made, id, "third")).toMatchObject({ how: "done" })
  expect((await again(made, id)).difference).toBeNull()
})

test("a message that steered a turn is heard at its place", async () => {
  let go = () => {}
  let isWaiting = () => {}
  const waits = new Promise<void>((resolve) => {
    isWaiting = resolve
  })
  const held = () => {
    isWaiting()
    return new Promise<void>((resolve) => {
      go = resolve
    })
  }
  const [first, ...rest] = saying("Hello.")
  const made = await world([...(first ? [first] : []), held, ...rest], saying("In German: Hallo."))
  const id = await begun(made)
  const ended = said(made, id, "greet")
  await waits
  await made.assistant.say(id, [{ kind: "text", text: "in German" }], "ada")
  go()
  await ended
  expect(made.events(id).filter(({ type }) => type === "assistant.spoke")).toHaveLength(2)
  expect((await again(made, id)).difference).toBeNull()
})

test("a history that was taken back and went on comes again as it was", async () => {
  const made = await world(saying("One."), saying("Two."), saying("Three."))
  const id = await begun(made)
  await said(made, id, "first")
  const to = made.events(id).findLast(({ type }) => type === "assistant.spoke")
  await said(made, id, "second")
  const end = to?.type === "assistant.spoke" ? to.data.message : ""
  const restored = treeOf(made.events(id)).restored(end)
  await made.assistant.change(id, { kind: "rewind", to: end, restored, by: "ada" }, "ada")
  await said(made, id, "another way")
  expect((await again(made, id)).difference).toBeNull()
})

test("a fork asks another model from its event on, with recorded results, and the first difference is told", async () => {
  const first = scripted(calling(["read", { path: "a.txt" }]), saying("It says one."))
  const made = await worldOf(first.model)
  const id = await begun(made)
  await said(made, id, "what is in a?")
  const events = made.events(id)
  const at = events.findIndex(({ type }) => type === "assistant.spoke")
  const other = scripted(
    calling(["read", { path: "a.txt" }], ["write", { path: "c.txt", content: "c" }]),
    saying("It says one, too."),
  )
  const system = await made.assistant.system(id, "ada")
  const forked = await rerun(events, { fork: { at, model: other.model, name: "other/m", system }, signal: never() })
  expect(forked.difference?.at).toBe(at)
  expect(other.requests[0]?.model).toBe("other/m")
  // It is told what the one before was told, word for word.
  expect(other.requests[0]?.messages).toEqual(first.requests[0]?.messages)
  expect(JSON.stringify(other.requests[0]?.messages)).toContain("Names are short.")
  const results = JSON.stringify(other.requests[1]?.messages.at(-1))
  expect(results).toContain("one")
  expect(results).toContain("nothing is done in a replay")
  expect(() => made.read("c.txt")).toThrow(/ENOENT/)
  expect(forked.events.at(-1)).toMatchObject({ type: "turn.ended", data: { how: "done" } })
})

test("two runs are told apart by the first event that differs, not by ids and times", async () => {
  const made = await world(saying("One."), saying("One."), saying("Two."))
  const [a, b, c] = [await begun(made), await begun(made), await begun(made)]
  for (const id of [a, b, c]) await said(made, id, "say")
  expect(firstDifference(made.events(a), made.events(b))).toBeNull()
  const { length } = made.events(a)
  expect(firstDifference(made.events(a), made.events(c))).toMatchObject({
    at: length - 2,
    a: { data: { parts: [{ text: "One." }] } },
    b: { data: { parts: [{ text: "Two." }] } },
  })
  expect(firstDifference(made.events(a), made.events(a).slice(0, 2))).toMatchObject({ at: 2, b: null })
})
