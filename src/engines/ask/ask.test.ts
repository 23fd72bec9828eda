import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import { commitAll, fill, repositoryWith, treeWith } from "../../workspace/tree.testing.ts"
import { AskAnswer } from "./answer.ts"
import { ask } from "./ask.ts"

async function asked(question: string, root = treeWith(shop)): Promise<AskAnswer> {
  const answer = await ask(question, { index: await indexOf(root) })
  expect(AskAnswer.parse(answer)).toEqual(answer)
  for (const { path, startLine, endLine, text } of answer.passages) {
    const lines = readFileSync(join(root, path), "utf8").split("\n")
    expect(
      lines
        .slice(startLine - 1, endLine)
        .join("\n")
        .trimEnd(),
    ).toBe(text.trimEnd())
  }
  return answer
}

test("'where is' a named thing is answered with its definition", async () => {
  const answer = await asked("Where is grossPrice defined?")
  expect(answer).toMatchObject({
    kind: "where",
    isFound: true,
    target: { path: "src/price.ts", line: 4, isAssumed: false },
  })
  expect(answer.headline).toContain("src/price.ts:4")
  expect(answer.passages[0]).toMatchObject({ path: "src/price.ts", name: "grossPrice" })
})

test("'where' without a name is answered with the passages that say most about it", async () => {
  const answer = await asked("where do we round amounts to cents?")
  expect(answer).toMatchObject({ kind: "where", isFound: true })
  expect(answer.passages[0]).toMatchObject({ path: "src/money.ts", name: "round" })
})

test("'what calls' lists every call with its line, code before tests", async () => {
  const answer = await asked("what calls grossPrice?")
  expect(answer.kind).toBe("callers")
  expect(answer.connections.map(({ from, verb, path, line }) => ({ from, verb, path, line }))).toEqual([
    { from: "Basket.total", verb: "calls", path: "src/basket.ts", line: 12 },
    { from: "src/price.test.ts", verb: "calls", path: "src/price.test.ts", line: 5 },
  ])
  expect(answer.headline).toBe("`grossPrice`, src/price.ts:4, is called in 2 places in 2 files, 1 of them in tests.")
})

test("a thing that nothing calls is said to have no callers", async () => {
  const answer = await asked("who calls Basket.total?")
  expect(answer.headline).toContain("has no callers in this tree")
  expect(answer.connections).toEqual([])
})

test("'what calls' a file lists the files that import it", async () => {
  const answer = await asked("what uses src/money.ts?")
  expect(answer.connections).toMatchObject([{ from: "src/price.ts", verb: "imports", line: 1 }])
})

test("'what breaks if' follows dependants through others and names the tests that would tell", async () => {
  const answer = await asked("what breaks if I change round?")
  expect(answer.kind).toBe("impact")
  expect(answer.connections.map(({ from, depth }) => [from, depth])).toContainEqual(["grossPrice", 1])
  expect(answer.connections.map(({ from, depth }) => [from, depth])).toContainEqual(["Basket.total", 2])
  expect(answer.tests.map(({ path }) => path)).toContain("src/price.test.ts")
})

test("'how does it work' shows the centre, what it says of itself and what it relies on", async () => {
  const answer = await asked("how does the tax on a price work?")
  expect(answer).toMatchObject({ kind: "how", target: { label: "grossPrice", isAssumed: true } })
  expect(answer.headline).toContain("Adds the tax of a country to a net price.")
  expect(answer.connections).toContainEqual(expect.objectContaining({ from: "grossPrice", verb: "calls", to: "round" }))
})

test("'who changed it and why' gives the commits that touched these lines, in their authors' words", async () => {
  const root = repositoryWith(shop)
  fill(root, { "src/money.ts": shop["src/money.ts"].replace("* 100", "* 100 + 0") })
  const sha = commitAll(root, "Round half cents up\n\nThe bank refused 0.005.")
  const answer = await asked("who changed the round function and why?", root)
  expect(answer.kind).toBe("who")
  expect(answer.history[0]).toMatchObject({
    sha,
    author: "Ada",
    subject: "Round half cents up",
    body: "The bank refused 0.005.",
  })
  expect(answer.headline).toContain(`“Round half cents up” (${sha.slice(0, 10)})`)
})

test("without a repository the question for history is answered with what is missing", async () => {
  const answer = await asked("who changed grossPrice?")
  expect(answer).toMatchObject({ kind: "who", isFound: false, history: [] })
  expect(answer.headline).toContain("not a git repository")
})

test("'which tests cover' names the test files", async () => {
  const answer = await asked("which tests cover grossPrice?")
  expect(answer).toMatchObject({ kind: "tests", isFound: true })
  expect(answer.tests.map(({ path }) => path)).toEqual(["src/price.test.ts"])
})

test("nonsense gets an honest no", async () => {
  const answer = await asked("where is the flurbozzle quantiser?")
  expect(answer).toMatchObject({ isFound: false, passages: [] })
  expect(answer.headline).toContain("flurbozzle")
})

test("a mistyped name is met with the nearest ones", async () => {
  const answer = await asked("where is grosPrise?")
  expect(answer.nearest.map(({ name }) => name)).toContain("grossPrice")
})

test("an empty tree answers without an error", async () => {
  expect(await asked("how does anything work?", treeWith())).toMatchObject({ isFound: false, passages: [] })
})
