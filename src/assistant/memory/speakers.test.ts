import { afterEach, expect, test } from "vitest"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { begun, folderWith, worldIn } from "../agents/agents.testing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test("each who speaks in a conversation is answered with what they wanted remembered, and with nobody else's", async () => {
  const { model, requests } = scripted(saying("Yes."))
  const made = await worldIn(folderWith({ "project/a.txt": "one" }, cleanups), model)
  cleanups.push(() => made.close())
  const remember = async (user: string, scope: "user" | "project", text: string) =>
    made.assistant.memory.add(
      { user, project: "project.test", by: "user" },
      { scope, kind: "preference", text, confidence: 1, source: null, holds: null },
    )
  await remember("ada", "user", "Ada wants tabs in every answer.")
  await remember("bob", "user", "Bob wants spaces in every answer.")
  await remember("ada", "project", "Answers of the project are short.")
  const id = await begun(made)
  for (const user of ["ada", "bob", "ada"]) {
    await made.assistant.say(id, [{ kind: "text", text: "how do we indent answers?" }], user)
    await made.assistant.ended(id)
  }
  const told = requests.map(({ messages }) => JSON.stringify(messages.filter(({ section }) => section === "memory")))
  expect(told.map((text) => [text.includes("Ada wants"), text.includes("Bob wants"), text.includes("short")])).toEqual([
    [true, false, true],
    [false, true, true],
    [true, false, true],
  ])
  // What a speaker's prompts begin with stays the same, for the provider's cache.
  expect(told[2]).toBe(told[0])
})
