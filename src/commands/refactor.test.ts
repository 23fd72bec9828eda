import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { shop } from "../code/project.testing.ts"
import { fill, git } from "../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf, usage } from "./llm/llm.testing.ts"

/** A server with the small shop as its project, and a model that gives these edits. */
async function shopWith(more: Readonly<Record<string, string>> = {}, edits?: object, env: NodeJS.ProcessEnv = {}) {
  const mock = edits && (await scripted((llm) => llm.onMessage(/.*/, { content: JSON.stringify(edits), usage })))
  const server = await serverWith({ env, ...(mock && { llm: { providers: { work: chat(mock.url) } } }) })
  fill(server.project, { ...shop, ...more })
  git(server.project, "init", "--quiet")
  const read = (path: string) => readFileSync(join(server.project, path), "utf8")
  return { ...server, read }
}

test("a rename is shown, kept, and written by applying it; undo takes it back", async () => {
  const { duck, read } = await shopWith()
  const answer = await duck.run("refactor.rename", { target: "grossPrice", to: "priceWithTax" }, asText)
  expect(answer.exitCode).toBe(0)
  expect(textOf(answer)).toContain("Found by syntax and the index.")
  expect(answer.output.proposal.files.map(({ path }) => path).sort()).toEqual([
    "src/basket.ts",
    "src/price.test.ts",
    "src/price.ts",
  ])
  expect(read("src/price.ts")).toContain("grossPrice")
  await duck.run("proposals.apply", {})
  expect(read("src/basket.ts")).toContain("priceWithTax(net, country)")
  await duck.run("checkpoint.undo", {})
  expect(read("src/basket.ts")).toContain("grossPrice(net, country)")
})

test("a file that changed meanwhile keeps all of it from being written", async () => {
  const { duck, read, project } = await shopWith()
  await duck.run("refactor.rename", { target: "round", to: "toCents" })
  writeFileSync(join(project, "src/money.ts"), `${read("src/money.ts")}// more\n`)
  await expect(duck.run("proposals.apply", {})).rejects.toMatchObject({ code: "FILE_CHANGED" })
  expect(read("src/price.ts")).toContain("round(net")
})

test("each exact refactoring is a command that says what it refuses", async () => {
  const { duck, read } = await shopWith({
    "src/extra.ts":
      'import { round } from "./money.ts"\nimport { grossPrice } from "./price.ts"\nexport const a = round(1)\n',
  })
  const dryRun = true
  const moved = await duck.run("refactor.move", { file: "./src/money.ts", to: "src/lib/", dryRun })
  expect(moved.output.state).toBe("shown")
  expect(moved.output.proposal.diff).toContain("rename to src/lib/money.ts")
  const organised = await duck.run("refactor.organise-imports", { file: "src/extra.ts", apply: true })
  expect(organised.output.state).toBe("applied")
  expect(read("src/extra.ts")).not.toContain("grossPrice")
  await expect(duck.run("refactor.organise-imports", { file: "src/extra.ts" })).rejects.toMatchObject({
    code: "REFACTORING_REFUSED",
  })
  await expect(duck.run("refactor.remove-unused", { file: "README.md" })).rejects.toThrow("not known here")
  await expect(duck.run("refactor.remove-unused", { file: "src" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(duck.run("refactor.remove-unused", { file: "../x.ts" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(duck.run("refactor.inline", { target: "nobody" })).rejects.toMatchObject({ code: "NO_SYMBOL" })
  const extracted = await duck.run("refactor.extract", { range: "src/price.ts:7:16-7:32", name: "taxed", dryRun })
  expect(extracted.output.proposal.diff).toContain("+  const taxed = net * (1 + rate)")
  const rewritten = await duck.run("refactor.rewrite", { pattern: "round($A)", to: "round($A, 2)", lang: "ts", dryRun })
  expect(rewritten.output.proposal.diff).toContain("+export const a = round(1, 2)")
  const symbol = await duck.run("refactor.move-symbol", { target: "round", to: "src/cents.ts", dryRun })
  expect(symbol.output.proposal.diff).toContain("+++ b/src/cents.ts")
})

test("places that are not sure make the answer no, and stay", async () => {
  const { duck } = await shopWith()
  const answer = await duck.run("refactor.rename", { target: "Basket.total", to: "sum", noServer: true }, asText)
  expect(answer.output.proposal.findings).toEqual([])
  const { duck: other } = await shopWith({ "src/till.ts": "export const pay = (it: any) => it.total('de')\n" })
  const unsure = await other.run("refactor.rename", { target: "Basket.total", to: "sum", noServer: true }, asText)
  expect(unsure.exitCode).toBe(1)
  expect(textOf(unsure)).toContain("depends on types")
})

const plan = { title: "Names the factor", explanation: "It has a name now." }
const file = (path: string, find: string, replace: string) => ({
  ...{ path, action: "edit", content: null, to: null },
  edits: [{ find, replace }],
})

test("a model's change by instruction is a proposal with its impact", async () => {
  const { duck, read } = await shopWith(
    {},
    { ...plan, files: [file("src/money.ts", "* 100) / 100", "* cents) / cents\n}\n\nconst cents = 100\n{")] },
  )
  const answer = await duck.run(
    "refactor",
    { instruction: "name the factor", file: ["src/money.ts"], apply: true },
    asText,
  )
  expect(answer.output.impact?.files).toContain("src/price.ts")
  expect(answer.output.facts.madeBy).toBe("model")
  expect(answer.output.state).toBe("applied")
  expect(read("src/money.ts")).toContain("const cents")
})

test("a change that breaks the syntax or a name that others use is not written", async () => {
  const lost = await shopWith(
    {},
    { ...plan, files: [file("src/money.ts", "export function round", "export function rounded")] },
  )
  const answer = await lost.duck.run(
    "refactor",
    { instruction: "a better name", file: ["src/money.ts"], apply: true },
    asText,
  )
  expect(answer.exitCode).toBe(1)
  expect(answer.output).toMatchObject({ state: "open", facts: { repairs: [expect.any(String), expect.any(String)] } })
  expect(textOf(answer)).toContain("no longer has round")
  expect(lost.read("src/money.ts")).toContain("function round(")
  const broken = await shopWith({}, { ...plan, files: [file("src/money.ts", "return Math", "return (Math")] })
  const said = await broken.duck.run("refactor", { instruction: "brackets", file: ["src/money.ts"], apply: true })
  expect(said.output.held).toContain("syntax error")
})

test("tests run in a copy with the change: where they fail nothing is written", async () => {
  const program =
    'import { round } from "./src/money.ts"\nif (round(1.006) !== 1.01) process.exit(1)\nconsole.log("all good")\n'
  const files = {
    "package.json": `{ "type": "module", "scripts": { "test": "${process.execPath} check.ts" } }`,
    "check.ts": program,
  }
  const { duck, read } = await shopWith(files, { ...plan, files: [file("src/money.ts", "* 100) / 100", "* 10) / 10")] })
  const answer = await duck.run(
    "refactor",
    { instruction: "tens", file: ["src/money.ts"], test: true, apply: true },
    asText,
  )
  expect(answer.output.test).toMatchObject({ isPassed: false })
  expect(answer.output.held).toContain("tests fail")
  expect(read("src/money.ts")).toContain("* 100")
  const good = await duck.run("refactor.rename", { target: "round", to: "toCents", test: true, apply: true }, asText)
  expect(good.output.test, good.output.test?.output).toMatchObject({ isPassed: true })
  expect(read("check.ts")).toContain("toCents(1.006)")
})

test("types are checked where a checker is set up for the files; where none looks, the answer says so and why", async () => {
  const tool = { "mypy.ini": "[mypy]\n", "tool.py": "def rate():\n    return 1\n" }
  // Not the path of this machine, which may have one.
  const { duck } = await shopWith(tool, undefined, { PATH: dirname(process.execPath) })
  const none = await duck.run("refactor.rename", { target: "round", to: "toCents", dryRun: true }, asText)
  expect(none.output.checks).toEqual([])
  expect(textOf(none)).toContain("Types were not checked: no type checker is set up for the files that change.")
  const absent = await duck.run("refactor.rename", { target: "rate", to: "share", dryRun: true }, asText)
  expect(absent.output.checks).toMatchObject([{ tool: "mypy", problem: expect.stringContaining("not installed") }])
  expect(textOf(absent)).toContain("mypy could not look at it: it is configured, but mypy is not installed here.")
  expect(absent.exitCode).toBe(0)
  const left = await duck.run("refactor.rename", { target: "round", to: "toCents", dryRun: true, check: false }, asText)
  expect(left.output.checks).toBeNull()
  expect(textOf(left)).not.toContain("ypes")
})

test("without a model an exact refactoring in words is done, and for others a model is asked for", async () => {
  const { duck } = await shopWith()
  const answer = await duck.run("refactor", { instruction: "rename `round` to toCents", file: [] })
  expect(answer.output).toMatchObject({ by: "syntax", facts: { madeBy: "index" } })
  await expect(duck.run("refactor", { instruction: "make it nicer" })).rejects.toMatchObject({ code: "NO_MODEL" })
  await expect(duck.run("refactor", { instruction: "nicer", file: ["src/none.ts"] })).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
  })
})
