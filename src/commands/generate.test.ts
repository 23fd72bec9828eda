import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { shop } from "../code/project.testing.ts"
import { fill } from "../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf } from "./llm/llm.testing.ts"

const member = (name: string) => ({
  [`packages/${name}/package.json`]: JSON.stringify({ name: `@x/${name}` }),
  [`packages/${name}/src/user-store.ts`]: "export function userStore(): number {\n  return 1\n}\n",
})

test("conventions are shown with shares, and refuse what is no folder", async () => {
  const { duck, project } = await serverWith()
  fill(project, shop)
  const shown = await duck.run("conventions", {}, asText)
  expect(textOf(shown)).toMatch(/place of tests +beside the file +100 % of 1/)
  await expect(duck.run("conventions", { path: "src/price.ts" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.run("conventions", { path: "nowhere" })).rejects.toMatchObject({ status: 404 })
})

test("a scaffold is shown, kept, and written where that is asked", async () => {
  const { duck, project } = await serverWith()
  fill(project, shop)
  const dry = await duck.run("gen.module", { name: "gift card", dryRun: true }, asText)
  expect(dry.output.made).toMatchObject([{ state: "shown", facts: { madeBy: "index" } }])
  const path = dry.output.made[0]?.proposal.files[0]?.path ?? ""
  expect(path).toBe("src/gift-card.ts")
  expect(existsSync(join(project, path))).toBe(false)
  expect(textOf(dry)).toContain("Scaffold after src/")
  const written = await duck.run("gen.module", { name: "gift card", apply: true })
  expect(written.output.made).toMatchObject([{ state: "applied" }])
  expect(readFileSync(join(project, path), "utf8")).toContain("is a scaffold: it is not written yet")
  await expect(duck.run("gen.module", { name: "gift card" })).rejects.toMatchObject({ code: "FILE_EXISTS" })
  await expect(duck.run("gen.module", { name: "../x" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.run("gen.route", { name: "x" })).rejects.toMatchObject({ code: "NO_NEIGHBOUR" })
})

test("in all members of a workspace, in one, and in none that is not there", async () => {
  const { duck, project } = await serverWith()
  fill(project, {
    "package.json": JSON.stringify({ workspaces: ["packages/*"], scripts: { test: "vitest" } }),
    ...member("api"),
    ...member("web"),
    "packages/empty/package.json": JSON.stringify({ name: "@x/empty" }),
  })
  const all = await duck.run("gen.module", { name: "order-store", all: true, apply: true }, asText)
  expect(all.output.made.map(({ what }) => what)).toEqual([
    "module order-store in @x/api",
    "module order-store in @x/web",
  ])
  expect(all.output.failed).toMatchObject([{ what: "module order-store in @x/empty", code: "NO_NEIGHBOUR" }])
  expect(all.exitCode).toBe(1)
  expect(textOf(all)).toContain("Summary")
  expect(textOf(all)).toContain("npm run test")
  expect(existsSync(join(project, "packages/web/src/order-store.ts"))).toBe(true)
  const one = await duck.run("gen.module", { name: "team-store", member: ["@x/web"] })
  expect(one.output.made[0]?.proposal.files).toMatchObject([{ path: "packages/web/src/team-store.ts" }])
  await expect(duck.run("gen.module", { name: "a", member: ["nobody"] })).rejects.toMatchObject({
    code: "MEMBER_NOT_FOUND",
  })
})

test("a model writes what a description says, and a list is worked through", async () => {
  const files = [{ path: "src/vip.ts", action: "create", content: "export const vip = 1\n", edits: null, to: null }]
  const content = JSON.stringify({ title: "VIPs", explanation: "A constant.", files })
  const mock = await scripted((m) => m.onMessage(/.*/, { content }))
  const { duck, project } = await serverWith({ llm: { providers: { work: chat(mock.url) } } })
  fill(project, { ...shop, "todo.md": "# Later\n\n- [x] done\n- [ ] a module for VIPs\n- [ ] it again\n" })
  const made = await duck.run("generate", { description: "a module for VIPs", dryRun: true })
  expect(made.output.made).toMatchObject([{ facts: { madeBy: "model" }, proposal: { title: "VIPs" } }])
  const list = await duck.run("generate", { from: "todo.md", apply: true })
  expect(list.output.made.map(({ what, state, facts }) => [what, state, facts.madeBy])).toEqual([
    ["a module for VIPs", "applied", "model"],
    // The model names a file that is there by now: what it says can't be had, and is told.
    ["it again", "applied", "index"],
  ])
  expect(list.output.made[1]?.facts.problem).toMatchObject({ code: "DRAFT_REFUSED" })
  await expect(duck.run("generate", {})).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.run("generate", { from: "missing.md" })).rejects.toMatchObject({ status: 404 })
})

test("what has errors left is kept and not written, though that was asked for", async () => {
  const files = [{ path: "src/vip.ts", action: "create", content: "export const = 1\n", edits: null, to: null }]
  const content = JSON.stringify({ title: "VIPs", explanation: "A constant.", files })
  const mock = await scripted((m) => m.onMessage(/.*/, { content }))
  const { duck, project } = await serverWith({ llm: { providers: { work: chat(mock.url) } } })
  fill(project, shop)
  const made = await duck.run("generate", { description: "a module for VIPs", apply: true }, asText)
  expect(made).toMatchObject({ exitCode: 1, output: { made: [{ state: "open", before: null }] } })
  expect(made.output.made[0]?.held).toContain("syntax")
  expect(textOf(made)).toMatch(/Not written, though you asked for it: .*duck proposals apply/)
  expect(existsSync(join(project, "src/vip.ts"))).toBe(false)
})
