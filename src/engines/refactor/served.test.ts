import { realpathSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import type { LanguageServers } from "../../code/language-servers/language-servers.ts"
import { openLanguageServers } from "../../code/language-servers/open-language-servers.ts"
import { scriptedServer } from "../../code/language-servers/scripted.testing.ts"
import { extract } from "../../code/refactorings/extract.ts"
import { projectWith } from "../../code/refactorings/refactorings.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { renameServed } from "./served.ts"
import { servedHover } from "./served-hover.ts"

const tsconfig = JSON.stringify({ compilerOptions: { strict: true, module: "nodenext", types: [] }, include: ["src"] })
const shop = {
  "tsconfig.json": tsconfig,
  ".gitignore": "node_modules\n",
  "src/basket.ts":
    "export interface Item { total: number }\nexport class Basket {\n  items: Item[] = []\n  total(): number {\n    return this.items.reduce((sum, item) => sum + item.total, 0)\n  }\n}\n",
  "src/till.ts":
    'import type { Basket } from "./basket.js"\n\nexport const pay = (basket: Basket) => basket.total()\nexport const both = (one: Basket, other: { total(): string }) => [one.total(), other.total()]\n',
  "src/shop.ts":
    'import { Basket } from "./basket.js"\nimport { pay } from "./till.js"\n\nconst { total } = new Basket()\nexport const paid = [pay(new Basket()), total]\n',
}
const timeout = 60_000

/** A project with the servers that `commands` say, or those that are installed in it. */
async function servedShop(commands: (root: string) => Readonly<Record<string, readonly string[]>>) {
  const project = await projectWith(shop)
  symlinkSync(realpathSync(resolve("node_modules")), join(project.root, "node_modules"))
  const set = commands(project.root)
  const servers = openLanguageServers({
    ...{ dataFolder: treeWith(), home: treeWith(), env: process.env, clock: manualClock(), logger: silentLogger },
    set: () => set,
  })
  onTestFinished(() => servers.close())
  return { ...project, servers, tools: () => ({ ...project.tools(), servers }) }
}

const itsOwn = (root: string) => ({ typescript: [join(root, "node_modules/.bin/tsc"), "--lsp", "--stdio"] })

test("TypeScript's own server renames a member wherever it is used, and leaves others of the name", {
  timeout,
}, async () => {
  const { tools, after } = await servedShop(itsOwn)
  const renamed = await renameServed("src/basket.ts:4:3", "sum", {}, tools())
  expect(renamed.by).toMatch(/^typescript-go 7/)
  const now = await after(renamed)
  expect(now["src/basket.ts"]).toBe(shop["src/basket.ts"].replace("  total():", "  sum():"))
  expect(now["src/till.ts"]).toContain("basket.sum()\n")
  expect(now["src/till.ts"]).toContain("{ total(): string }) => [one.sum(), other.total()]")
  expect(now["src/shop.ts"]).toContain(
    "const { sum: total } = new Basket()\nexport const paid = [pay(new Basket()), total]",
  )
  // The server knows that the others of the name mean something else.
  expect(renamed.unsure).toEqual([])
})

test("a property of an interface is renamed with the places that give it a value", { timeout }, async () => {
  const { tools, after, workspace, index } = await servedShop(itsOwn)
  await workspace.write(
    "src/made.ts",
    'import type { Item } from "./basket.js"\n\nconst total = 1\nexport const item: Item = { total }\n',
  )
  await index.update()
  const now = await after(await renameServed("src/basket.ts:1:25", "price", {}, tools()))
  expect(now["src/basket.ts"]).toContain("{ price: number }")
  expect(now["src/basket.ts"]).toContain("item.price, 0)")
  expect(now["src/made.ts"]).toContain("{ price: total }")
})

test("in a file of another project than the server renames in, what it knows to be the same is renamed too", {
  timeout,
}, async () => {
  const { tools, workspace, index, after } = await servedShop(itsOwn)
  const text =
    'import { Basket } from "../src/basket.js"\n\nconst { total } = new Basket()\nconsole.log(new Basket().total(), total, JSON.parse("1").total)\n'
  await workspace.write("tools/report.ts", text)
  await index.update()
  const renamed = await renameServed("src/basket.ts:4:3", "sum", {}, tools())
  expect(renamed.unsure).toMatchObject([
    { path: "tools/report.ts", line: 4, column: 58, why: expect.stringContaining("can't tell what it means") },
  ])
  expect((await after(renamed))["tools/report.ts"]).toBe(
    text.replace("{ total }", "{ sum: total }").replace("().total()", "().sum()"),
  )
})

test.each(["die", "garbage", "hang"])(
  "where the server answers with %s in the middle, the index has its say",
  {
    timeout,
  },
  async (how) => {
    const { index, workspace, servers, tools } = await servedShop((root) => ({
      typescript: scriptedServer(root, { textDocumentSync: 1, renameProvider: true, hoverProvider: true }),
    }))
    await workspace.write(`src/${how}.ts`, shop["src/basket.ts"])
    await index.update()
    const ours = tools()
    // One that never answers is not waited for in a test: the caller's own time is short.
    const { signal } = new AbortController()
    const patient = { ...ours, signal, servers: how === "hang" ? impatient(servers) : servers }
    const renamed = await renameServed(`src/${how}.ts:4:3`, "sum", {}, patient)
    expect(renamed.by).toBe("syntax")
    expect(renamed.notes.at(-1)).toContain("No language server was of help")
    expect(renamed.files).toHaveLength(1)
    expect(renamed.unsure.length).toBeGreaterThan(0)
    const hover = servedHover(patient)
    expect(await hover({ path: `src/${how}.ts`, text: shop["src/basket.ts"] }, 3)).toBe("")
  },
)

/** The same, with less patience. */
const impatient = (servers: Pick<LanguageServers, "open">): Pick<LanguageServers, "open"> => ({
  async open(...asked) {
    const server = await servers.open(...asked)
    if (!server) return undefined
    const timeoutMs = 50
    return {
      ...server,
      rename: (place, to, how) => server.rename(place, to, { ...how, timeoutMs }),
      hover: (place, how) => server.hover(place, { ...how, timeoutMs }),
    }
  },
})

test("an extracted function has the types that the server tells", { timeout }, async () => {
  const text = `import type { Item } from "./basket.js"

const load = () => new Map<string, Item>()
export function report(name: string | undefined, { tags } = { tags: ["a"] }) {
  const found = load()
  if (name === undefined) return
  console.log(name.length, found.get(name), tags)
}
`
  const { tools, workspace, index, after } = await servedShop(itsOwn)
  await workspace.write("src/report.ts", text)
  await index.update()
  const range = { path: "src/report.ts", startLine: 7, endLine: 7, name: "told", into: "function" } as const
  const ours = tools()
  const made = await extract(range, { ...ours, hoverIn: servedHover(ours) })
  expect(made.notes).toEqual([])
  expect((await after(made))["src/report.ts"]).toContain(
    "function told(name: string, tags: string[], found: Map<string, Item>) {\n",
  )
})
