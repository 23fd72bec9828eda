import { afterEach, expect, test } from "vitest"
import { DuckError } from "../base/errors.ts"
import type { Model } from "../models/model.ts"
import { saying, scripted } from "../models/scripted.testing.ts"
import { begun, folderWith, worldIn } from "./agents/agents.testing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const text = (words: string) => [{ kind: "text", text: words }] as const

test("a process that ends as soon as a message is stored leaves a turn that the next one goes on with", async () => {
  const top = folderWith({}, cleanups)
  const first = await worldIn(top, scripted(saying("never heard")).model)
  const id = await begun(first)
  await first.assistant.say(id, text("Hello"), "ada")
  expect(first.events(id).map(({ type }) => type)).toEqual(["conversation.started", "user.spoke", "turn.started"])
  await first.close()
  const next = await worldIn(top, scripted(saying("Good day.")).model)
  cleanups.push(() => next.close())
  expect(await next.assistant.resumeAll()).toBe(1)
  expect(await next.assistant.ended(id)).toMatchObject({ how: "done" })
  expect((await next.assistant.open(id)).window.at(-1)).toMatchObject({ kind: "assistant" })
})

test("what is said the moment that a turn has failed is answered", async () => {
  const good = scripted(saying("Now it works."))
  let isFailing = true
  const model: Model = (request, signal) => {
    if (!isFailing) return good.model(request, signal)
    throw new DuckError({ code: "BROKEN", message: "No answer.", status: 502 })
  }
  const world = await worldIn(folderWith({}, cleanups), model)
  cleanups.push(() => world.close())
  const { assistant } = world
  const id = await begun(world)
  const answered = new Promise<void>((resolve, reject) => {
    void assistant.watch(id, (heard) => {
      if (heard.kind === "turn-ended" && heard.end.how === "done") resolve()
      if (heard.kind !== "stored") return
      if (!heard.events.some(({ type }) => type === "turn.ended") || !isFailing) return
      isFailing = false
      assistant.say(id, text("Again"), "ada").catch(reject)
    })
  })
  await assistant.say(id, text("Hello"), "ada")
  await answered
  expect(good.requests).toHaveLength(1)
})
