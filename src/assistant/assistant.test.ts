import { afterEach, expect, test } from "vitest"
import { saying, scripted } from "../models/scripted.testing.ts"
import { begun, folderWith, worldIn } from "./agents/agents.testing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test("a process that ends as soon as a message is stored leaves a turn that the next one goes on with", async () => {
  const top = folderWith({}, cleanups)
  const first = await worldIn(top, scripted(saying("never heard")).model)
  const id = await begun(first)
  await first.assistant.say(id, [{ kind: "text", text: "Hello" }], "ada")
  expect(first.events(id).map(({ type }) => type)).toEqual(["conversation.started", "user.spoke", "turn.started"])
  await first.close()
  const next = await worldIn(top, scripted(saying("Good day.")).model)
  cleanups.push(() => next.close())
  expect(await next.assistant.resumeAll()).toBe(1)
  expect(await next.assistant.ended(id)).toMatchObject({ how: "done" })
  expect((await next.assistant.open(id)).window.at(-1)).toMatchObject({ kind: "assistant" })
})
