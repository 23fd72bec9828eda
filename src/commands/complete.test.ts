import { expect, test } from "vitest"
import { shop } from "../code/project.testing.ts"
import { commitAll, fill, git } from "../workspace/tree.testing.ts"
import { asText, chat, scripted, serverWith, textOf } from "./llm/llm.testing.ts"

async function shopServer(llm: object = {}) {
  const server = await serverWith({ llm })
  fill(server.project, shop)
  git(server.project, "init", "--quiet")
  commitAll(server.project, "first")
  return server
}

const buffer = 'import { round } from "./money.ts"\n\nexport const total = gross\n'

test("an editor's unsaved text is completed, with ranges and the import that goes with it", async () => {
  const { duck } = await shopServer()
  const answer = await duck.run("complete", { place: "src/till.ts:3:27", text: buffer, n: 2 }, asText)
  expect(answer.output).toMatchObject({ path: "src/till.ts", madeBy: "index", isLearned: true, problem: null })
  expect(answer.output.suggestions[0]).toMatchObject({
    text: "grossPrice",
    range: { startLine: 3, startColumn: 22, endLine: 3, endColumn: 27 },
    edits: [
      {
        range: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 1 },
        text: 'import { grossPrice } from "./price.ts"\n',
      },
    ],
  })
  expect(textOf(answer)).toMatch(/grossPrice.*adds import/)
})

test("a model's words come first, and a model that is away is told of beside what the index says", async () => {
  const mock = await scripted((one) => one.onMessage(/.*/, { content: "<insert>Price(1, 'de')</insert>" }))
  const { duck, set } = await shopServer({ providers: { work: chat(mock.url) } })
  const asked = { place: "src/till.ts:3:27", text: buffer }
  const filled = await duck.run("complete", { ...asked, n: 2 }, asText)
  expect(filled.output.suggestions[0]).toMatchObject({ kind: "fill", text: "Price(1, 'de')" })
  expect(textOf(filled)).toContain("Made by work/m")
  expect((await duck.run("complete", { ...asked, noModel: true })).output.madeBy).toBe("index")
  set({ providers: { gone: chat("http://127.0.0.1:9") }, retry: { attempts: 1 } })
  const alone = await duck.run("complete", { ...asked, client: "other" }, asText)
  expect(alone.output).toMatchObject({ madeBy: "index", problem: { code: "MODEL_UNREACHABLE" } })
  expect(textOf(alone)).toContain("did not answer")
})

test("a place that is none, a line that is not there and a folder are refused by name", async () => {
  const { duck } = await shopServer()
  for (const place of ["src/price.ts", "src/price.ts:999:1", "src/price.ts:1:999", "src/price.ts:0:1"])
    await expect(duck.run("complete", { place }), place).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.run("complete", { place: "src:1:1" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(duck.run("complete", { place: "src/no.ts:1:1" })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(duck.run("complete", { place: "src/price.ts:1:1", model: "x", noModel: true })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
})

test("where there is nothing to suggest, the answer is no", async () => {
  const { duck } = await shopServer()
  const answer = await duck.run("complete", { place: "src/a.ts:1:9", text: "// in a comment" }, asText)
  expect(answer.exitCode).toBe(1)
  expect(textOf(answer)).toContain("Nothing to suggest")
})

test("language servers are listed, those that are not installed only when asked for", async () => {
  const { duck } = await shopServer()
  const all = await duck.run("lsp.status", { all: true }, asText)
  expect(all.output.servers.map(({ name }) => name)).toContain("gopls")
  expect(all.output.servers.every(({ pid }) => pid === null)).toBe(true)
  const some = await duck.run("lsp.status", {})
  expect(some.output.servers.every(({ state }) => state !== "missing")).toBe(true)
})
