import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { ruledProject } from "./rules.testing.ts"
import type { Rules } from "./rules.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const idsFor = (rules: Rules, path?: string) =>
  rules.applicable({ user: "ada", ...(path === undefined ? {} : { path }) }).rules.map(({ id }) => id)

test("rules of every assistant are read where they stand, the nearer AGENTS.md after the further", async () => {
  const { rules } = await ruledProject(
    {
      "AGENTS.md": "Root",
      "CLAUDE.md": "@AGENTS.md",
      "packages/a/AGENTS.md": "Package a",
      "packages/a/src/x.ts": "",
      ".ai-rules/00-global/tests.md": "---\nid: tests\n---\nTests first.",
      ".cursor/rules/ts.mdc": "---\nglobs: *.ts\n---\nCursor",
      ".github/copilot-instructions.md": "Copilot",
      ".clinerules": "Cline",
      ".kiro/steering/tech.md": "Kiro",
      ".claude/rules/x.md": "Claude",
      "CLAUDE.local.md": "Local",
    },
    cleanups,
  )
  expect(idsFor(rules, "packages/a/src/x.ts")).toEqual([
    "tests",
    ".claude/rules/x.md",
    ".clinerules",
    ".cursor/rules/ts.mdc",
    ".github/copilot-instructions.md",
    ".kiro/steering/tech.md",
    "AGENTS.md",
    "CLAUDE.local.md",
    "packages/a/AGENTS.md",
  ])
  const { left } = rules.applicable({ user: "ada" })
  expect(left.find(({ path }) => path === "CLAUDE.md")?.reason).toBe("AGENTS.md stands beside it and goes before it.")
  expect(left.find(({ path }) => path === "packages/a/AGENTS.md")?.reason).toContain("under packages/a/")
})

test("CLAUDE.md brings in what it imports, five deep, and nothing from outside of the project", async () => {
  const chain = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`docs/${n}.md`, `Level ${n} @${n + 1}.md`]))
  const { rules, top } = await ruledProject(
    {
      "CLAUDE.md":
        "See @docs/1.md and @../secret.md and @~/x.md, ask @ada.\n```\n@docs/code.md\n```\n`@docs/span.md` @loop.md @gone.md",
      "loop.md": "@CLAUDE.md",
      "../secret.md": "secret",
      ...chain,
      "docs/7.md": "Level 7",
    },
    cleanups,
  )
  expect(top).toBeTruthy()
  const [rule] = rules.applicable({ user: "ada" }).rules
  for (const n of [1, 2, 3, 4, 5]) expect(rule?.text).toContain(`Level ${n}`)
  expect(rule?.text).not.toContain("Level 6")
  expect(rule?.text).not.toContain("secret\n")
  const said = rules.problems().map(({ path, message }) => `${path}: ${message}`)
  expect(said).toContain("CLAUDE.md: @../secret.md leads out of the project and is not read.")
  expect(said).toContain("CLAUDE.md: @~/x.md leads out of the project and is not read.")
  expect(said.some((one) => one.includes("5 deep"))).toBe(true)
  expect(said.some((one) => one.includes("CLAUDE.md → loop.md → CLAUDE.md"))).toBe(true)
  expect(said.some((one) => one.includes("@gone.md can't be read"))).toBe(true)
  expect(said.some((one) => one.includes("code.md") || one.includes("span.md") || one.includes("ada"))).toBe(false)
})

test("a link out of the project is refused and told, one inside is followed, and large files are told", async () => {
  const { rules, root, top } = await ruledProject({ "docs/shared.md": "---\nid: shared\n---\nShared" }, cleanups)
  writeFileSync(join(top, "outside.md"), "Outside")
  mkdirSync(join(root, ".ai-rules"))
  symlinkSync(join(top, "outside.md"), join(root, ".ai-rules/out.md"))
  symlinkSync("../docs/shared.md", join(root, ".ai-rules/in.md"))
  symlinkSync(".", join(root, ".ai-rules/again"))
  writeFileSync(join(root, "AGENTS.md"), "x".repeat(300_000))
  await rules.reload()
  expect(idsFor(rules)).toEqual(["shared"])
  const said = rules.problems().map(({ path, message }) => `${path}: ${message}`)
  expect(said.find((one) => one.startsWith(".ai-rules/out.md"))).toContain("outside the project")
  expect(said.find((one) => one.startsWith("AGENTS.md"))).toContain("300000 bytes")
})

test("a person's own rules go before the project's, and those of ~/.claude count as theirs", async () => {
  const { rules, put, top } = await ruledProject(
    {
      ".ai-rules/style.md": "---\nid: style\n---\nProject style",
      "~/config/rules/style.md": "---\nid: style\n---\nMy style",
      "~/config/AGENTS.md": "Mine everywhere",
      "~/home/.claude/CLAUDE.md": "From Claude @more.md",
      "~/home/.claude/more.md": "More of mine",
    },
    cleanups,
  )
  const found = rules.applicable({ user: "ada" })
  expect(found.rules.map(({ text }) => text)).toEqual([
    "Mine everywhere",
    "My style",
    "From Claude @more.md\n\nFrom more.md:\n\nMore of mine",
  ])
  put(join(top, "config/config.json"), '{ "rules": { "claudeHome": false, "disabled": ["style"] } }')
  await rules.reload()
  expect(rules.applicable({ user: "ada" }).rules.map(({ text }) => text)).toEqual(["Mine everywhere"])
})

test("rules that packages ship are taken only where the settings say so, and only of direct dependencies", async () => {
  const { rules, put } = await ruledProject(
    {
      "package.json": '{"dependencies": {"@acme/ui": "1.0.0"}}',
      "node_modules/@acme/ui/usage-rules.md": "Use tokens",
      "node_modules/@acme/ui/.ai-rules/a.md": "---\nversion: 2.0.0\n---\nOurs",
      "node_modules/other/usage-rules.md": "Never asked",
      "mix.exs": 'defp deps do [{:ash, "~> 3.0"}] end',
      "deps/ash/usage-rules.md": "Ash",
    },
    cleanups,
  )
  expect(idsFor(rules)).toEqual([])
  put(".duck/config.json", '{ "rules.dependencies": true }')
  await rules.reload()
  expect(idsFor(rules)).toEqual(["ash/usage-rules", "acme/ui/a", "acme/ui/usage-rules"])
})

test("a change is taken in without a restart, by the watcher's word or by looking, and settings hold at once", async () => {
  const { rules, put, project, book, root } = await ruledProject({ ".ai-rules/a.md": "One" }, cleanups)
  const heard: number[] = []
  rules.subscribe(({ rules: n }) => heard.push(n))
  put(".ai-rules/a.md", "Two")
  put(".ai-rules/b.md", "---\nflag: beta\n---\nB")
  await project.index.update()
  await rules.settled()
  expect(rules.applicable({ user: "ada" }).rules.map(({ text }) => text)).toEqual(["Two"])
  expect(heard.length).toBeGreaterThan(0)
  put(".duck/config.json", '{ "rules.flags": { "beta": true } }')
  expect(idsFor(rules)).toEqual(["a", "b"])
  rmSync(join(root, ".ai-rules/a.md"))
  expect(idsFor(await book.of(project))).toEqual(["b"])
})

test("a broken file is told and leaves the others as they are", async () => {
  const { rules, put } = await ruledProject({ ".ai-rules/a.md": "A", ".ai-rules/b.md": "B" }, cleanups)
  put(".ai-rules/a.md", "---\npriority: high\n---\nA")
  await rules.reload()
  expect(idsFor(rules)).toEqual(["b"])
  expect(rules.problems()).toMatchObject([{ severity: "error", path: ".ai-rules/a.md", startLine: 2, startColumn: 11 }])
  expect((await rules.stats()).brokenFiles).toBe(1)
  expect((await rules.history(5, "a")).map(({ kind, isOn }) => [kind, isOn])).toEqual([
    ["switched", false],
    ["changed", false],
    ["added", true],
  ])
})

test("what became of rules is in the log with its text, and a rollback is shown first, done, and taken back", async () => {
  const { rules, put, root, project, book } = await ruledProject(
    { ".ai-rules/a.md": "---\nid: a\n---\nOne\n" },
    cleanups,
  )
  put(".ai-rules/a.md", "---\nid: a\nenabled: false\n---\nTwo\n")
  await rules.reload()
  rmSync(join(root, ".ai-rules/a.md"))
  await rules.reload()
  const kinds = async () => (await rules.history(20, "a")).map(({ kind, by }) => `${kind} by ${by}`)
  expect(await kinds()).toEqual(["removed by files", "switched by files", "changed by files", "added by files"])
  const shown = await rules.rollback("a", { by: "ada", dryRun: true })
  expect(shown).toMatchObject({ isWritten: false, diff: expect.stringContaining("+Two") })
  expect(idsFor(rules)).toEqual([])
  let prepared = 0
  const first = (await rules.history(20, "a")).find(({ kind }) => kind === "changed")
  const done = await rules.rollback("a", {
    ...{ by: "ada", dryRun: false, change: first?.number },
    before: async () => void prepared++,
  })
  expect(done).toMatchObject({ isWritten: true, diff: expect.stringContaining("+One") })
  expect(prepared).toBe(1)
  expect(readFileSync(join(root, ".ai-rules/a.md"), "utf8")).toBe("---\nid: a\n---\nOne\n")
  expect(idsFor(rules)).toEqual(["a"])
  expect((await kinds())[0]).toBe("rolled-back by ada")
  await expect(rules.rollback("zzz", { by: "ada", dryRun: true })).rejects.toMatchObject({ code: "NO_RULE" })
  await expect(rules.rollback("a", { by: "ada", dryRun: true, change: 999 })).rejects.toMatchObject({
    code: "NO_CHANGE",
  })
  rules.used(rules.applicable({ user: "ada" }).rules)
  expect((await rules.stats()).uses).toMatchObject([{ rule: "a", times: 1 }])
  expect(await book.of(project)).toBe(rules)
})

test("hard rules find errors where they are broken, soft ones warnings, and only in files they hold for", async () => {
  const { rules } = await ruledProject(
    {
      ".ai-rules/log.md":
        "---\nid: no-log\nseverity: hard\nlanguages: typescript\ncheck:\n  pattern: console.log($$$)\n  message: Use the logger.\n---\nLog through the logger.",
      ".ai-rules/head.md":
        "---\nid: head\nglobs: '*.py'\ncheck: { regex: '^# Copyright', expect: some }\n---\nBegin with a copyright.",
    },
    cleanups,
  )
  const critic = rules.critic({ user: "ada" })
  const find = async (path: string, text: string) => {
    const found = []
    for await (const finding of critic({ path, text }, new AbortController().signal)) found.push(finding)
    return found
  }
  expect(await find("a.ts", "const a = 1\n  console.log(a, 2)\n")).toMatchObject([
    {
      rule: "rules/no-log",
      severity: "error",
      startLine: 2,
      startColumn: 3,
      endColumn: 20,
      message: "Use the logger.",
    },
  ])
  expect(await find("a.ts", "log(1)")).toEqual([])
  expect(await find("a.js", "console.log(1)")).toEqual([])
  expect(await find("a.py", "x = 1")).toMatchObject([{ rule: "rules/head", severity: "warning", startLine: 1 }])
  expect(await find("a.py", "x = 1\n# Copyright\n")).toEqual([])
})

test("examples come from the files that a rule is for", async () => {
  const { rules, project } = await ruledProject(
    {
      ".ai-rules/retry.md": "---\nid: retry\nglobs: 'src/**'\n---\n# Retry with backoff\n\nUse retryWithBackoff.",
      "src/net.ts": "/** Retries with backoff. */\nexport function retryWithBackoff() {\n  return 1\n}\n",
      "lib/other.ts": "export function retryWithBackoff() {}\n",
    },
    cleanups,
  )
  await project.ready()
  const found = await rules.examples("retry", project.index, new AbortController().signal)
  expect(found.map(({ path }) => path)).toEqual(["src/net.ts"])
  expect(found[0]?.text).toContain("retryWithBackoff")
  await expect(rules.examples("retri", project.index, new AbortController().signal)).rejects.toMatchObject({
    code: "NO_RULE",
    hint: expect.stringContaining("retry"),
  })
})
