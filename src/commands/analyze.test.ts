import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill, git } from "../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf, usage } from "./llm/llm.testing.ts"

const injected = 'export const f = (req, db) => db.query("select " + req.query.id)\n'
const open = "export const agent = { rejectUnauthorized: false }\n"

async function projectWith(files: Readonly<Record<string, string>>, answer?: object) {
  const mock = answer && (await scripted((llm) => llm.onMessage(/.*/, { content: JSON.stringify(answer), usage })))
  const server = await serverWith(mock ? { llm: { providers: { work: chat(mock.url) } } } : {})
  fill(server.project, files)
  git(server.project, "init", "--quiet")
  git(server.project, "add", ".")
  git(server.project, "commit", "--quiet", "-m", "one")
  const look = (input: object = {}) => server.duck.run("analyze", { rule: ["security"], ...input }, asText)
  return { ...server, look }
}

test("findings are shown file by file, and decide the exit code with --fail-on", async () => {
  const { look } = await projectWith({ "a.js": injected, "b.js": "export const b = 1\n" })
  const answer = await look()
  expect(answer.exitCode).toBe(1)
  expect(textOf(answer)).toContain("security/sql-injection")
  expect(textOf(answer)).toContain("1 error in 2 files")
  expect((await look({ failOn: "never" })).exitCode).toBe(0)
  const clean = await look({ paths: ["b.js"] })
  expect([clean.exitCode, clean.output.findings]).toEqual([0, []])
  expect(textOf(clean)).toContain("Nothing found in 1 file")
})

test("a baseline is written, holds what is known, and new findings still count", async () => {
  const { look, project, duck } = await projectWith({ "a.js": injected })
  const written = await look({ baseline: "known.json", updateBaseline: true })
  expect([written.exitCode, written.output.baseline]).toEqual([0, "known.json"])
  expect(await look({ baseline: "known.json" })).toMatchObject({ exitCode: 0, output: { findings: [], known: 1 } })
  writeFileSync(join(project, "a.js"), `${injected}eval(req.body.x)\n`)
  // Not to wait for the news of the change.
  await duck.call("index.rebuild", {})
  const after = await look({ baseline: "known.json" })
  expect(after.output.findings.map(({ rule }) => rule)).toEqual(["security/code-injection"])
})

test("SARIF is printed as it stands, and JSON has it as text", async () => {
  const { look } = await projectWith({ "a.js": injected })
  const { runs } = JSON.parse(textOf(await look({ sarif: true })))
  expect(runs[0].results).toMatchObject([{ ruleId: "security/sql-injection", level: "error" }])
})

test("fixes are proposed, applied only when that is said, and can be undone", async () => {
  const { look, project, duck } = await projectWith({ "a.js": open })
  const read = () => readFileSync(join(project, "a.js"), "utf8")
  expect((await look({ fix: true })).output.proposal).toBeNull()
  const proposed = await look({ fix: true, unsafeFixes: true })
  expect(proposed.output.proposal?.proposal.diff).toContain("+export const agent = { rejectUnauthorized: true }")
  expect(read()).toBe(open)
  await look({ fix: true, unsafeFixes: true, apply: true })
  expect(read()).toBe(open.replace("false", "true"))
  await duck.run("checkpoint.undo", {})
  expect(read()).toBe(open)
})

test("a model's judgement is kept with the findings, and says who made it", async () => {
  const answer = {
    judged: [{ id: "F1", isReal: true, why: "The id comes straight from the address." }],
    further: [
      { path: "a.js", line: 1, quote: "not in the file", name: "x", severity: "error", message: "m", explanation: "e" },
    ],
  }
  const { look } = await projectWith({ "a.js": injected }, answer)
  const { output } = await look({ ai: true })
  expect(output.findings).toHaveLength(1)
  expect(output.findings[0]?.explanation).toContain("straight from the address")
  expect(output.model).toMatchObject({ madeBy: "model", judged: 1, dropped: 1 })
})

test("without a model --ai gives the rules' findings and says so", async () => {
  const { look } = await projectWith({ "a.js": injected })
  expect((await look({ ai: true })).output).toMatchObject({ findings: { length: 1 }, model: { madeBy: "index" } })
})

test("rules are explained and listed", async () => {
  const { duck } = await projectWith({ "a.js": "" })
  const one = await duck.run("analyze", { explain: "sql-injection" }, asText)
  expect(textOf(one)).toContain("CWE-89")
  const { rules } = await duck.call("analyze", { explain: "all" })
  expect(rules.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["secrets/key", "dependencies/undeclared", "security/xss"]),
  )
  await expect(duck.call("analyze", { explain: "nope" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("flags that contradict each other are refused, and nothing is written", async () => {
  const { look, project } = await projectWith({ "a.js": injected })
  for (const input of [
    { since: "HEAD", changed: true },
    { updateBaseline: true },
    { apply: true },
    { watch: true, fix: true },
    { model: "m" },
    { updateBaseline: true, baseline: "b.json", changed: true },
  ])
    await expect(look(input)).rejects.toMatchObject({ code: "INVALID_INPUT" })
  expect(existsSync(join(project, "b.json"))).toBe(false)
})

test("watching tells what comes and goes while files change", async () => {
  const { duck, project } = await projectWith({ "a.js": injected, "b.js": "export const b = 1\n" })
  const told: string[] = []
  let isWatching = () => {}
  const watching = new Promise<void>((resolve) => {
    isWatching = resolve
  })
  const ended = duck.run(
    "analyze",
    { rule: ["security"], watch: true, changes: 1 },
    {
      onProgress: ({ phase }: { phase: string }) => phase === "watch" && isWatching(),
      onItem: (item: unknown) => void told.push(JSON.stringify(item)),
    },
  )
  await watching
  writeFileSync(join(project, "b.js"), "eval(req.body.x)\n")
  const { output } = await ended
  expect(output.findings.map(({ rule }) => rule)).toEqual(
    ["security/sql-injection", "security/code-injection"].sort().reverse(),
  )
  expect(told).toHaveLength(2)
  expect(told[0]).toContain("  a.js:")
  expect(told[1]).toContain("+ b.js:1 error")
})
