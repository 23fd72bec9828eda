import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { shop } from "../code/project.testing.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"
import { repositoryWith } from "../workspace/tree.testing.ts"

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
  expect(sources.map(({ name }) => name)).toEqual(expect.arrayContaining(["search", "symbols", "files", "changes"]))
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
  const { items } = await duck.call("context.explain", { task: "x", file: ["../../etc/passwd", "none.ts"] })
  expect(JSON.stringify(items)).not.toContain("root:")
})
