import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let server: ServerUnderTest
let duck: Client
let root: string

beforeAll(async () => {
  server = await serverUnderTest({ env: { HOME: "/nonexistent" } })
  root = join(server.home, "shop")
  mkdirSync(join(root, "web"), { recursive: true })
  execFileSync("git", ["init", "-q", root])
  writeFileSync(join(root, "AGENTS.md"), "# House rules\n\nBe brief.\n")
  writeFileSync(join(root, "web/AGENTS.md"), "Use the design system.\n")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(() => server.end())

const asText = { rendering: { format: "text", width: 160 } } as const

test("a new rule is written where its scope belongs, holds at once, and can be tried first", async () => {
  const wanted = { id: "errors", text: "Throw DuckError", language: "typescript", title: "Errors" }
  const tried = await duck.call("rules.new", { ...wanted, dryRun: true })
  expect(tried).toMatchObject({ path: ".ai-rules/10-languages/errors.md", isWritten: false })
  expect((await duck.call("rules.list", {})).rules.map(({ id }) => id)).not.toContain("errors")
  const made = await duck.run("rules.new", wanted, asText)
  expect(made.rendered).toContain("Wrote .ai-rules/10-languages/errors.md. It holds from now on.")
  expect(readFileSync(join(root, ".ai-rules/10-languages/errors.md"), "utf8")).toContain("languages:\n  - typescript\n")
  await expect(duck.call("rules.new", wanted)).rejects.toMatchObject({ code: "RULE_EXISTS" })
  await expect(duck.call("rules.new", { id: "x", regex: "(" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("rules.new", { id: "x", language: "klingon" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
  await expect(duck.call("rules.new", { id: "../x" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  const own = await duck.call("rules.new", { id: "tone", text: "Answer in German", user: true })
  expect(own.path).toBe(join(server.host.folders.config, "rules/00-global/tone.md"))
  const { rules } = await duck.call("rules.list", { layer: "user" })
  expect(rules).toMatchObject([{ id: "tone", layer: "user", holds: "always" }])
})

test("explain says what holds for a file, why, and why the rest does not; for files that are not there yet too", async () => {
  const shown = await duck.run("rules.explain", { path: "web/new.ts" }, asText)
  expect(shown.output).toMatchObject({
    path: "web/new.ts",
    rules: expect.arrayContaining([
      expect.objectContaining({ id: "web/AGENTS.md", reason: "for files under web/" }),
      expect.objectContaining({ id: "errors", reason: "for the language typescript" }),
    ]),
  })
  expect(shown.rendered).toContain("It is for files that fit")
  expect((await duck.call("rules.explain", { path: "a.py" })).rules.map(({ id }) => id)).not.toContain("errors")
  expect((await duck.call("rules.explain", { budget: 0 })).rules).toEqual([])
  mkdirSync(join(root, "web/deep/er"), { recursive: true })
  writeFileSync(join(root, "web/deep/AGENTS.md"), "Written a moment ago.\n")
  const { rules } = await duck.call("rules.explain", { path: "web/deep/er/new.ts" })
  expect(rules.map(({ id }) => id)).toContain("web/deep/AGENTS.md")
  await expect(duck.call("rules.explain", { path: "../elsewhere.ts" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("validate is exit code 1 with errors, and names file, line and column", async () => {
  expect(await duck.run("rules.validate", {}, asText)).toMatchObject({ exitCode: 0 })
  writeFileSync(join(root, ".ai-rules/broken.md"), "---\ntitle: x\npriority: much\n---\nText\n")
  const found = await duck.run("rules.validate", {}, asText)
  expect(found).toMatchObject({ exitCode: 1 })
  expect(found.rendered).toContain(".ai-rules/broken.md:3:11: error: `priority`")
  writeFileSync(join(root, ".ai-rules/broken.md"), "---\ntitle: x\nproirity: 1\n---\nText\n")
  expect(await duck.run("rules.validate", {}, asText)).toMatchObject({ exitCode: 0 })
  expect(await duck.run("rules.validate", { strict: true }, asText)).toMatchObject({ exitCode: 1 })
})

test("a rule's history is shown, and a rollback only with --yes, behind a checkpoint", async () => {
  writeFileSync(join(root, "AGENTS.md"), "Be verbose.\n")
  await duck.call("rules.list", {})
  const { changes } = await duck.call("rules.history", { rule: "AGENTS.md" })
  expect(changes.map(({ kind }) => kind)).toEqual(["changed", "added"])
  const shown = await duck.run("rules.rollback", { rule: "AGENTS.md" }, asText)
  expect(shown.rendered).toContain("+Be brief.")
  expect(readFileSync(join(root, "AGENTS.md"), "utf8")).toBe("Be verbose.\n")
  expect(await duck.call("rules.rollback", { rule: "AGENTS.md", yes: true, dryRun: true })).toMatchObject({
    isWritten: false,
  })
  await duck.call("rules.rollback", { rule: "AGENTS.md", yes: true })
  expect(readFileSync(join(root, "AGENTS.md"), "utf8")).toBe("# House rules\n\nBe brief.\n")
  const { checkpoints } = await duck.call("checkpoint.list", {})
  expect(checkpoints.some(({ label }) => label.includes("rollback of the rule AGENTS.md"))).toBe(true)
  const none = await duck.run("rules.history", { rule: "nothing" }, asText)
  expect(none).toMatchObject({ exitCode: 1 })
})

test("show has the text, stats has the health, and an unknown rule says what was probably meant", async () => {
  const shown = await duck.run("rules.show", { rule: "AGENTS.md" }, asText)
  expect(shown.output).toMatchObject({ title: "House rules", format: "agents" })
  expect(shown.rendered).toContain("Be brief.")
  await expect(duck.call("rules.show", { rule: "error" })).rejects.toMatchObject({
    code: "NO_RULE",
    hint: expect.stringContaining("errors"),
  })
  expect(await duck.call("rules.stats", {})).toMatchObject({ isHealthy: true, byLayer: { user: 1 } })
  expect((await duck.call("rules.reload", {})).rules).toBeGreaterThan(4)
})
