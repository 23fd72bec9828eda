import { expect, test } from "vitest"
import { z } from "zod"
import { commandSet, defineCommand } from "../../commands/command.ts"
import { manifestOf } from "../../commands/manifest.ts"
import { noSuchSlash, readSlash, slashNames } from "./slash.ts"

const command = (name: string, fields: z.ZodRawShape, positionals: string[], takesRest = false) =>
  defineCommand({
    name,
    summary: `Do ${name}`,
    examples: [{ line: `duck ${name}`, says: "it" }],
    input: z.object(fields),
    output: z.object({}),
    positionals,
    takesRest,
    permission: "read",
    run: async () => ({}),
  })
const text = z.string().describe("Some text")
const manifest = manifestOf(
  commandSet([
    command("search", { query: text, limit: z.int().default(5).describe("How many") }, ["query"], true),
    command("session.rename", { session: text, title: text }, ["session", "title"], true),
    command("session.info", { session: text }, ["session"]),
    command("refactor", { instruction: text, session: text.optional() }, ["instruction"], true),
    command("session.context", { session: text, paths: z.array(z.string()).describe("Paths") }, ["session", "paths"]),
    command("memory.list", {}, []),
    command("memory.add", { text }, ["text"], true),
    command("index.status", {}, []),
    { ...command("serve", {}, []), runsIn: "client" as const },
  ]),
)
const read = (line: string) => readSlash(line, manifest, "01JC")

test("commands of the registry take their arguments as on the command line", () => {
  expect(read('/search --limit 3 "two words" more')).toMatchObject({
    command: { name: "search" },
    input: { limit: 3, query: "two words more" },
  })
})

test("a short name is about the conversation one is in, a long one about the one that is named", () => {
  expect(read("/rename Long words")).toMatchObject({ input: { session: "01JC", title: "Long words" } })
  expect(read("/cost")).toMatchObject({ command: { name: "session.info" }, input: { session: "01JC" } })
  expect(read("/session info 01XX")).toMatchObject({ input: { session: "01XX" } })
})

test("an engine is told which conversation its task belongs to, unless another one is named", () => {
  expect(read("/refactor split it")).toMatchObject({ input: { session: "01JC", instruction: "split it" } })
  expect(read("/refactor --session 01XX split it")).toMatchObject({ input: { session: "01XX" } })
})

test("the terminal's own commands, and what is none", () => {
  expect(read("/quit")).toEqual({ kind: "own", name: "exit", rest: "" })
  expect(read("/mode plan")).toEqual({ kind: "own", name: "mode", rest: "plan" })
  expect(read("/rewind")).toEqual({ kind: "own", name: "rewind", rest: "" })
  expect(read("/serach some x")).toEqual({ kind: "unknown", name: "serach", rest: "some x" })
  expect(read("/serve")).toMatchObject({ kind: "unknown" })
  expect(noSuchSlash("serach", manifest, []).hint).toContain("`/search`")
  expect(noSuchSlash("deplyo", manifest, ["deploy"]).hint).toContain("`/deploy`")
  expect(() => read("/search")).toThrow("needs")
  expect(() => read("/index")).toThrow("needs to know what")
})

test("a group alone lists what is in it", () => {
  expect(read("/memory")).toMatchObject({ command: { name: "memory.list" }, input: {} })
  expect(read("/memory add we use tabs")).toMatchObject({ command: { name: "memory.add" } })
})

test("files are put into the context of the conversation one is in", () => {
  const context = { command: { name: "session.context" }, input: { session: "01JC", paths: ["a.ts", "b c.ts"] } }
  expect(read('/context a.ts "b c.ts"')).toMatchObject(context)
})

test("what can be completed can be typed", () => {
  const names = [...slashNames(manifest).keys()]
  expect(names).toEqual(expect.arrayContaining(["help", "search", "rename", "cost", "session"]))
  expect(names).not.toContain("undo")
  expect(names).not.toContain("serve")
})
