import { expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { event } from "../conversation/decide.ts"
import { type LiveConversation, openLive } from "../conversation/live.ts"
import type { LedgerChange } from "../ledger/change.ts"
import { ada, type MemoryUnderTest, memoryUnderTest } from "./memory.testing.ts"

const dayMs = 86_400_000

async function talk({ fabric }: MemoryUnderTest, id: string, parent?: string): Promise<LiveConversation> {
  const live = await openLive({ id, log: "project.a", ownership: fabric.ownership, store: fabric.store })
  const of = parent === undefined ? {} : { parent: { conversation: parent, call: "c" } }
  await live.handle({ kind: "start", title: id, root: "/r", mode: "ask", model: "", ...of }, "ada")
  return live
}

/** One turn: something is said, the ledger learns, an answer. */
async function turn(live: LiveConversation, text: string, changes: readonly LedgerChange[] = []) {
  const message = newId()
  await live.handle({ kind: "say", message, parts: [{ kind: "text", text }] }, "ada")
  const id = newId()
  const [first, ...rest] = changes
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: null }
  await live.record(
    [
      event("turn.started", { turn: id, message, by: "ada" }),
      ...(first ? [event("ledger.changed", { changes: [first, ...rest] })] : []),
      event("assistant.spoke", { message: newId(), turn: id, parts: [], model: "p/m", usage, finish: "stop" }),
      event("turn.ended", { turn: id, how: "done", why: "", steps: 1 }),
    ],
    "ada",
  )
}

const changedFile = (path: string): LedgerChange => ({ kind: "file", path, did: "changed", hash: null })
const ran = (command: string, exitCode: number): LedgerChange => ({
  kind: "command",
  command,
  exitCode,
  outputHash: "",
  tree: "",
})
const constraint = (id: string, text: string): LedgerChange => ({ kind: "constraint", id, text, by: "user" })

const patterns = async ({ memory }: MemoryUnderTest) =>
  (await memory.list(ada)).filter(({ tier }) => tier === "middle").map(({ text }) => text)

test("files that are changed together and commands that are run often are patterns, with their outcomes", async () => {
  await using held = await memoryUnderTest()
  const one = await talk(held, "one")
  const two = await talk(held, "two")
  const files = [changedFile("src/a.ts"), changedFile("src/a.test.ts")]
  await turn(one, "change it", [...files, ran("npm test", 1), ran("ls", 0)])
  await turn(two, "change it", [...files, changedFile("README.md"), ran("npm test", 0)])
  expect((await patterns(held)).sort()).toEqual([
    "The command `npm test` was run 2 times and failed once; the last exit code was 0.",
    "src/a.test.ts and src/a.ts were changed together in 2 turns.",
  ])
})

test("what the user sets right is a pattern; what they begin with is none, nor what a sub-agent is told", async () => {
  await using held = await memoryUnderTest()
  const one = await talk(held, "one")
  await turn(one, "Don't use classes")
  await turn(one, "No, use the existing clock instead")
  await turn(one, "Now add a test")
  const sub = await talk(held, "sub", "one")
  await turn(sub, "look for it")
  await turn(sub, "stop, look elsewhere", [constraint("c", "only read")])
  expect(await patterns(held)).toEqual(["The user corrected the assistant: No, use the existing clock instead"])
})

test("constraints of earlier conversations hold until they are withdrawn or worded anew", async () => {
  await using held = await memoryUnderTest()
  const one = await talk(held, "one")
  await turn(one, "x", [constraint("c", "never touch  legacy/"), constraint("d", "tabs")])
  await turn(one, "x", [constraint("c", "never touch old/")])
  await turn(one, "x", [{ kind: "withdrawn", id: "d", why: "changed my mind" }])
  expect(await patterns(held)).toEqual(["The user demanded in an earlier conversation: never touch old/"])
})

test("a command or a word with a secret in it is no pattern", async () => {
  await using held = await memoryUnderTest()
  const one = await talk(held, "one")
  const command = "curl -u app:x --data password=hunter2hunter2 localhost"
  await turn(one, "x", [ran(command, 0)])
  await turn(one, "no, the password is hunter2hunter2", [ran(command, 0)])
  expect(await patterns(held)).toEqual([])
})

test("each time counts half as much after two weeks, and nothing after the window", async () => {
  await using held = await memoryUnderTest()
  const { clock, memory } = held
  const one = await talk(held, "one")
  await turn(one, "x", [ran("npm test", 0), ran("npm test", 0)])
  const weight = async () => (await memory.list(ada)).find(({ kind }) => kind === "command")?.weight
  expect(await weight()).toBeCloseTo(2)
  clock.advance(14 * dayMs)
  expect(await weight()).toBeCloseTo(1)
  await turn(one, "x", [ran("npm test", 0)])
  expect(await weight()).toBeCloseTo(2)
  clock.advance(60 * dayMs + 1)
  expect(await patterns(held)).toEqual([])
  // What comes back after that begins anew: once is no habit.
  await turn(one, "x", [ran("npm test", 0)])
  expect(await patterns(held)).toEqual([])
})

test("the user can forget a pattern, and have it back", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const one = await talk(held, "one")
  await turn(one, "x", [constraint("c", "tabs")])
  const [pattern] = await memory.list(ada)
  await memory.forget(ada, [pattern?.id ?? ""], "not true")
  expect(await memory.list(ada)).toEqual([])
  expect(await memory.list(ada, { all: true })).toMatchObject([{ id: pattern?.id, state: "forgotten" }])
  expect(await memory.recalled({ ...ada, query: "tabs", budgetTokens: 100 })).toEqual([])
  // It stays so when it is seen again.
  await turn(await talk(held, "two"), "x", [constraint("c", "tabs")])
  expect(await memory.list(ada)).toEqual([])
  await memory.undo(ada)
  expect(await memory.list(ada)).toMatchObject([{ id: pattern?.id, state: "held", times: 2 }])
})

test("rebuilt from the log, the patterns are those that grew, also where some were dropped for others", async () => {
  await using held = await memoryUnderTest()
  const { clock, fabric, memory } = held
  const one = await talk(held, "one")
  for (let at = 0; at < 66; at++) {
    clock.advance(dayMs / 4)
    // The 28 pairs of each folder, of which a third is never seen again, are more than are kept.
    const folder = at % 3 === 0 ? 100 + at : at % 11
    const files = Array.from({ length: 8 }, (_, n) => changedFile(`src/${folder}/${n}.ts`))
    await turn(one, at % 5 === 0 ? `no, do ${at}` : "go on", [...files, ran(`test ${at % 7}`, at % 2)])
  }
  const grown = await memory.list(ada)
  expect(grown.length).toBeGreaterThan(300)
  await fabric.views.rebuild("patterns")
  expect(await memory.list(ada)).toEqual(grown)
})

test("what only a deleted conversation had is a pattern no more", async () => {
  await using held = await memoryUnderTest()
  const [kept, gone] = [await talk(held, "kept"), await talk(held, "gone")]
  await turn(kept, "go", [constraint("c1", "Keep the API"), ran("npm test", 0)])
  await turn(gone, "go", [constraint("c1", "Keep the API"), constraint("c2", "Project Nightjar"), ran("npm test", 0)])
  expect((await patterns(held)).join()).toContain("Nightjar")
  await gone.handle({ kind: "delete", by: "ada" }, "ada")
  const left = (await patterns(held)).join()
  expect(left).not.toContain("Nightjar")
  expect(left).toContain("Keep the API")
})
