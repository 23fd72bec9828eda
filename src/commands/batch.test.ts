import { expect, test } from "vitest"
import type { Progress } from "../base/wire.ts"
import { shop } from "../code/project.testing.ts"
import { fill } from "../workspace/tree.testing.ts"
import { batchEntries } from "./batch/entries.ts"
import { offeredCommands } from "./chat/offered.ts"
import { asText, serverWith, textOf } from "./llm/llm.testing.ts"

const list = `# To do

- [x] duck explain src/basket.ts
- [ ] duck explain src/price.ts
- \`duck search "gross price" --limit 2\`
- [ ] duck explain nothing-of-this-name
`

test("a list is run as jobs, failures are listed, and what is done is not run again", async () => {
  const { duck, project } = await serverWith()
  fill(project, { ...shop, "todo.md": list })
  const dry = await duck.run("batch", { file: "todo.md", dryRun: true })
  expect(dry.output.entries.map(({ at, state }) => [at, state])).toEqual([
    [4, "waiting"],
    [5, "waiting"],
    [6, "waiting"],
  ])
  const told: (string | undefined)[] = []
  const onProgress = ({ done, total }: Progress) => told.push(`${done} of ${total}`)
  const ran = await duck.run("batch", { file: "todo.md" }, { ...asText, onProgress })
  expect(told).toEqual(["0 of 3", "1 of 3", "2 of 3", "3 of 3"])
  expect(ran.output.entries.map(({ state }) => state)).toEqual(["done", "done", "failed"])
  expect(ran.output).toMatchObject({ done: 2, failed: 1 })
  expect(ran.exitCode).toBe(1)
  expect(ran.output.entries[0]?.outcome?.shown).toContain("grossPrice")
  expect(textOf(ran)).toContain("Failures")
  const again = await duck.run("batch", { file: "todo.md" })
  expect(again.output).toEqual(ran.output)
  expect((await duck.run("batch", { file: "todo.md", dryRun: true })).output).toEqual(ran.output)
  const fresh = await duck.run("batch", { file: "todo.md", fresh: true, parallel: 3 })
  expect(fresh.output.id).not.toBe(ran.output.id)
  expect(fresh.output.done).toBe(2)
  const kinds = (await duck.run("jobs.list", {})).output.jobs.map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === "command.explain")).toHaveLength(4)
})

test("what is cancelled stays so until it is asked for again", async () => {
  const { duck, project } = await serverWith()
  fill(project, { ...shop, "work.jsonl": '{"line":"explain src/price.ts"}\n{"command":"version.none","input":{}}\n' })
  await expect(duck.run("batch", { file: "work.jsonl" })).rejects.toMatchObject({
    message: "work.jsonl:2: There is no command version.none.",
  })
  fill(project, {
    "work.jsonl": '{"line":"explain src/price.ts"}\n{"command":"search","input":{"query":"x","bad":1}}\n',
  })
  const cancelled = await duck.run("batch", { file: "work.jsonl", cancel: true })
  expect(cancelled.output.entries.map(({ state }) => state)).toEqual(["cancelled", "cancelled"])
  expect((await duck.run("batch", { file: "work.jsonl" })).output.done).toBe(0)
  const retried = await duck.run("batch", { file: "work.jsonl", retry: true })
  expect(retried.output.entries.map(({ state }) => state)).toEqual(["done", "failed"])
  expect(retried.output.entries[1]?.outcome?.error?.code).toBe("INVALID_INPUT")
})

test("a line is read as it is typed, and a fault names its place", async () => {
  const commands = await offeredCommands()
  const read = (line: string) => batchEntries("x.md", `- ${line}`, commands)[0]
  expect(read('search "a b" --limit=3 --lang ts --lang go')).toMatchObject({
    name: "search",
    input: { query: "a b", limit: 3, lang: ["ts", "go"] },
  })
  expect(read("duck ask where is it")).toMatchObject({ name: "ask", input: { question: "where is it" } })
  expect(() => read("explan x")).toThrow("x.md:1: There is no command")
  expect(() => read("explain a --nope")).toThrow("no option --nope")
  expect(() => read("batch x.md")).toThrow("can't be part of a batch")
  expect(() => batchEntries("x.md", "prose", commands)).toThrow("no commands")
})
