import { afterEach, expect, test } from "vitest"
import type { Model } from "../../models/model.ts"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { begun, calling, folderWith, worldIn } from "../agents/agents.testing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const value = ["value", "of", "the", "project", "4711"].join("-")
const shaped = ["ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("")

test("no secret reaches a model: not what people type, files, output, instructions, nor what is summarised", async () => {
  const noise = "Words that fill the conversation, so that it has to be compacted before long. ".repeat(60)
  const model = scripted(
    calling(["read", { path: "notes.txt" }], ["run", { command: "cat .env" }]),
    calling(["write", { path: "out.txt", content: "[secret:env:API_KEY:1]\n" }]),
    saying(`Done. ${noise}`),
    saying("Done again."),
    saying("And again."),
  )
  const summing = scripted(saying("A summary."))
  const both: Model = (request, signal) =>
    (request.attribution?.tool === "compaction" ? summing : model).model(request, signal)
  const top = folderWith(
    {
      "project/.env": `API_KEY=${value}\n`,
      "project/AGENTS.md": `Deploy with ${value}.\n`,
      "project/notes.txt": `The token is ${shaped}. ${noise}\n`,
    },
    cleanups,
  )
  const made = await worldIn(top, both, { strategy: "semantic", contextTokens: async () => 6_000 })
  cleanups.push(() => made.close())
  const id = await begun(made)
  for (const text of [`Use ${value} and ${shaped}. ${noise}`, `Again with ${value}.`, "Go on."]) {
    await made.assistant.say(id, [{ kind: "text", text }], "ada", { wishes: { canAsk: false } })
    expect((await made.assistant.ended(id))?.how).toBe("done")
  }
  const sent = JSON.stringify([model.requests, summing.requests])
  expect(sent).not.toContain(value)
  expect(sent).not.toContain(shaped)
  expect(sent).toContain("Use [secret:env:API_KEY:1]")
  expect(JSON.stringify(summing.requests)).toContain("[secret:env:API_KEY:1]")
  // What the model may only refer to is there where it is used, and in the log of the user's own words.
  expect(made.read("out.txt")).toBe(`${value}\n`)
  expect(JSON.stringify(made.events(id))).toContain(value)
})
