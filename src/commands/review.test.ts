import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { asText, chat, scripted, serverWith, textOf } from "./llm/llm.testing.ts"

const git = (root: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...args], { cwd: root, encoding: "utf8" })

const files = {
  "src/rate.ts": "export function rate(country: string): number {\n  return country === 'de' ? 19 : 20\n}\n",
  "src/price.ts": 'import { rate } from "./rate.ts"\n\nexport const gross = (net: number) => net + rate("de")\n',
}

async function changed(options: Parameters<typeof serverWith>[0] = {}) {
  const server = await serverWith(options)
  const root = server.project
  git(root, "init", "--quiet", "--initial-branch=main")
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  git(root, "add", ".")
  git(root, "commit", "--quiet", "--message", "first")
  write("src/rate.ts", files["src/rate.ts"].replace("country: string", "country: string, year: number"))
  return { ...server, root, write }
}

test("a change is shown with definitions, risk, findings and missing tests; its findings can be SARIF", async () => {
  const { duck, write } = await changed()
  const shown = await duck.run("review", {}, asText)
  expect(shown.exitCode).toBe(0)
  expect(shown.output).toMatchObject({ facts: { madeBy: "index" }, symbols: [{ name: "rate", change: "signature" }] })
  for (const said of ["Risk:", "review/callers-unchanged", "Missing tests", "without a language model"]) {
    expect(textOf(shown)).toContain(said)
  }
  expect((await duck.run("review", { failOn: "warning" })).exitCode).toBe(1)
  const sarif = await duck.run("review", { sarif: true }, asText)
  expect(JSON.parse(textOf(sarif)).runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain(
    "review/callers-unchanged",
  )
  write("src/merge.ts", "<<<<<<< ours\nconst a = 1\n")
  const failing = await duck.run("review", { paths: ["src/merge.ts"] })
  expect(failing.exitCode).toBe(1)
})

test("staged, base, patch files and piped patches each name their change; two at once are refused", async () => {
  const { duck, root, write } = await changed()
  expect((await duck.call("review", { staged: true })).files).toEqual([])
  git(root, "add", ".")
  expect((await duck.call("review", { staged: true })).files).toMatchObject([{ path: "src/rate.ts" }])
  const patch = git(root, "diff", "--cached")
  write("change.diff", patch)
  expect((await duck.call("review", { patch: "change.diff" })).of).toContain("patch")
  expect((await duck.call("review", { text: patch })).files).toMatchObject([{ path: "src/rate.ts" }])
  await expect(duck.call("review", { staged: true, base: "main" })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("review", { base: "nothing" })).rejects.toMatchObject({ code: "UNKNOWN_REVISION" })
  await expect(duck.call("review", { patch: "../x.diff" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(duck.call("review", { text: "no patch" })).rejects.toMatchObject({ code: "PATCH_INVALID" })
})

test("a model's findings stand in the code, and it is asked a second time whether they hold", async () => {
  const finding = {
    ...{ path: "src/rate.ts", line: 1, end_line: 1, severity: "error", category: "correctness", confidence: 0.9 },
    quote: "export function rate(country: string, year: number): number {",
    message: "The year is never used.",
    explanation: "Use it or leave it out.",
  }
  const mock = await scripted((one) => {
    one.onMessage(/one verdict for each finding/, {
      content: JSON.stringify({ verdicts: [{ number: 1, holds: true, why: "Line 2." }] }),
    })
    one.onMessage(/.*/, { content: JSON.stringify({ summary: "Adds a year.", findings: [finding], questions: [] }) })
  })
  const { duck } = await changed({ llm: { providers: { work: chat(mock.url) } } })
  const shown = await duck.run("review", {}, asText)
  expect(shown.exitCode).toBe(1)
  expect(shown.output).toMatchObject({ summary: "Adds a year.", facts: { madeBy: "model", model: "work/m" } })
  expect(textOf(shown)).toContain("The year is never used.")
  expect(mock.getRequests()).toHaveLength(2)
})
