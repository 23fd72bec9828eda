import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { shop } from "../code/project.testing.ts"
import { sourceNames } from "../context/context.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"
import { fill, repositoryWith } from "../workspace/tree.testing.ts"
import { chat, scripted, serverWith } from "./llm/llm.testing.ts"

let server: ServerUnderTest
let duck: Client

beforeAll(async () => {
  server = await serverUnderTest({ env: { HOME: "/nonexistent" } })
})
afterAll(() => server.end())

const shopWith = (more: Record<string, string> = {}) => {
  const root = repositoryWith({ ...shop, "AGENTS.md": "# House rules\n\nSay please.\n", ...more })
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
  return root
}
const asText = { rendering: { format: "text", width: 160 } } as const

test("a task in words shows what goes in with its tokens, score and reason, and the rules that hold", async () => {
  const root = shopWith()
  writeFileSync(join(root, "src/money.ts"), `${shop["src/money.ts"]}// changed\n`)
  const shown = await duck.run(
    "context.explain",
    { task: "why is the gross price rounded", symbol: ["grossPrice"] },
    asText,
  )
  const { items, rules, tokens, budgetTokens, sources } = shown.output
  expect(items.map(({ source }) => source)).toContain("symbols")
  expect(items.map(({ title }) => title).join("\n")).toContain("src/price.ts")
  expect(items.reduce((sum, item) => sum + item.tokens, 0)).toBe(tokens)
  expect(tokens).toBeLessThanOrEqual(budgetTokens)
  expect(rules).toMatchObject([{ id: "AGENTS.md" }])
  expect(sources.map(({ name }) => name)).toEqual(sourceNames)
  expect(shown.rendered).toContain("What goes in")
  expect(shown.exitCode).toBe(0)
})

test("what a person had remembered is told to engines as well", async () => {
  shopWith()
  await duck.call("memory.add", { text: "Prices are rounded down in Denmark", scope: "user" })
  const { items } = await duck.call("context.explain", { task: "round prices for Denmark" })
  expect(items.find(({ source }) => source === "memory")).toMatchObject({
    text: "Prices are rounded down in Denmark",
    why: expect.stringContaining("of the user"),
  })
})

test("a small budget leaves things out and says why; sources can be chosen", async () => {
  const long = Array.from(
    { length: 300 },
    (_, n) => `/** Adds ${n}. */\nexport const add${n} = (x: number) => x + ${n}\n`,
  )
  shopWith({ "src/long.ts": long.join("\n") })
  const wanted = { task: "round money in src/long.ts and src/price.ts", file: ["src/long.ts", "src/price.ts"] }
  const { items, left, tokens } = await duck.call("context.explain", { ...wanted, budget: 400 })
  expect(tokens).toBeLessThanOrEqual(400)
  expect(left.length + items.filter(({ form }) => form !== "whole").length).toBeGreaterThan(0)
  for (const { reason } of left) expect(reason).not.toBe("")
  const { sources } = await duck.call("context.explain", { ...wanted, source: ["files"] })
  expect(sources.map(({ name }) => name)).toEqual(["files"])
})

test("no task, a budget of nothing and files elsewhere are no way in", async () => {
  shopWith()
  await expect(duck.call("context.explain", { task: " " })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("context.explain", { task: "x", budget: 1 })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("context.explain", { task: "x", source: ["none"] as never })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
  const { items } = await duck.call("context.explain", { task: "x", file: ["../../etc/passwd", "none.ts"] })
  expect(JSON.stringify(items)).not.toContain("root:")
})

test("what is open in an editor goes in around the cursor; a file that the index does not have is told", async () => {
  const long = Array.from({ length: 2_000 }, (_, n) => `export const value${n + 1} = ${n}`)
  shopWith({ "src/long.ts": `${long.join("\n")}\n` })
  const shown = await duck.run(
    "context.explain",
    { task: "go on here", open: ["./src/long.ts:1000", "gone.ts"], file: ["none.ts"], budget: 2_000 },
    asText,
  )
  const open = shown.output.items.find(({ source }) => source === "open")
  expect(open).toMatchObject({ title: "src/long.ts", why: "open in the editor at line 1000", form: "excerpt" })
  expect(open?.text).toContain("export const value1000 = 999\n")
  expect(shown.output.unknown).toEqual(["none.ts", "gone.ts"])
  expect(shown.rendered).toContain("The index has no file gone.ts.")
})

/** A shop whose conversations a scripted model answers. */
async function talkingShop() {
  const mock = await scripted()
  const server = await serverWith({ llm: { providers: { work: chat(mock.url) } }, env: { HOME: "/nonexistent" } })
  fill(server.project, shop)
  execFileSync("git", ["init", "-q", server.project])
  const said = await server.duck.call("run", { task: "Rename the basket to cart. The key is in .env" })
  return { ...server, mock, session: "session" in said ? said.session : expect.fail() }
}

test("the conversation that a task belongs to goes in: what was said there", async () => {
  const { duck: talking, session } = await talkingShop()
  const about = { task: "and its tests", session: session.slice(0, 20).toLowerCase() }
  const { items, sources } = await talking.call("context.explain", about)
  const said = items.find(({ title }) => title === "what was said lately")
  expect(said?.text).toBe("User: Rename the basket to cart. The key is in .env\n\nAssistant: It is so.")
  expect(sources.at(-1)).toMatchObject({ name: "conversation", items: 1 })
  const without = await talking.call("context.explain", { task: "and its tests" })
  expect(without.items.filter(({ source }) => source === "conversation")).toEqual([])
  const gone = await talking.run("context.explain", { task: "x", session: "01NONE" }, asText)
  expect(gone.rendered).toContain("The context source conversation gave nothing: There is no conversation")
})

test("a conversation of another project stays there", async () => {
  const { url, file, session } = await talkingShop()
  const elsewhere = repositoryWith(shop)
  const other = duckClient({ address: { url, token: file.token }, project: elsewhere })
  const { items } = await other.call("context.explain", { task: "and its tests", session })
  expect(items.filter(({ source }) => source === "conversation")).toEqual([])
})

test("what a checker of the project finds goes in where the task speaks of it, and only there", async () => {
  const root = shopWith({
    "tsconfig.json": '{"compilerOptions": {"strict": true, "noEmit": true}, "include": ["src"]}',
  })
  writeFileSync(join(root, "src/wrong.ts"), 'export const wrong: number = "text"\n')
  mkdirSync(join(root, "node_modules"))
  symlinkSync(join(import.meta.dirname, "../../node_modules/.bin"), join(root, "node_modules/.bin"))
  symlinkSync(join(import.meta.dirname, "../../node_modules/typescript"), join(root, "node_modules/typescript"))
  const asked = { task: "fix the type errors", file: ["src/wrong.ts"], within: 60_000 }
  const { items } = await duck.call("context.explain", asked)
  expect(items.find(({ source }) => source === "diagnostics")).toMatchObject({
    title: "findings in src/wrong.ts",
    why: "found by tsc",
    text: expect.stringMatching(/^src\/wrong\.ts:1:14 error tsc TS2322: /),
  })
  const other = await duck.call("context.explain", { ...asked, task: "rename wrong" })
  expect(other.sources.find(({ name }) => name === "diagnostics")).toMatchObject({ items: 0 })
})
