import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"
import { asText, chat, scripted, serverWith, textOf } from "./llm/llm.testing.ts"

let server: ServerUnderTest
let duck: Client

beforeAll(async () => {
  server = await serverUnderTest()
  const root = join(server.home, "project")
  mkdirSync(join(root, "src"), { recursive: true })
  writeFileSync(join(root, "package.json"), '{ "name": "sample", "scripts": { "test": "vitest" } }')
  writeFileSync(join(root, "src/image.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]))
  writeFileSync(join(server.home, "secret.txt"), "not yours")
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(() => server.end())

test("a path that leads out of the project is refused, and the audit says who tried", async () => {
  const escapes = ["../secret.txt", join(server.home, "secret.txt"), "src/../../secret.txt:1"]
  for (const target of escapes)
    await expect(duck.call("explain", { target })).rejects.toMatchObject({ code: "PATH_REFUSED" })
  const connection = duck.connect()
  const refusals: unknown[] = []
  for await (const { actor, events } of connection.events({ log: "core", after: 0 })) {
    for (const { data } of events) if (JSON.stringify(data).includes("path.refused")) refusals.push({ actor, data })
    if (refusals.length === escapes.length) break
  }
  connection.close()
  expect(refusals).toContainEqual({
    actor: expect.any(String),
    data: expect.objectContaining({ action: "path.refused", target: '"../secret.txt"', outcome: "refused" }),
  })
})

test("a file that is there but not indexed is told apart from one that is not there", async () => {
  await expect(duck.call("explain", { target: "src/image.png" })).rejects.toMatchObject({ code: "NOT_INDEXED" })
  await expect(duck.call("explain", { target: "src/nothing.ts" })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
})

test("the index says what kind of project it is of", async () => {
  expect(await duck.call("index.status", {})).toMatchObject({
    packageManager: "npm",
    testCommand: "npm test",
    members: [],
  })
})

const price = `/** Adds the tax. */
export function gross(net: number, rate?: number): number {
  if (rate === undefined) throw new Error("there is no rate for it")
  return net * rate
}
`

test("a trace that is piped in, a patch and the whole project are explained without a model, and said so", async () => {
  const { duck, project } = await serverWith()
  mkdirSync(join(project, "src"))
  writeFileSync(join(project, "src/price.ts"), price)
  const trace = "Error: there is no rate for it\n    at gross (/app/src/price.ts:3:33)\n"
  const error = await duck.run("explain", { text: trace }, asText)
  expect(error.output).toMatchObject({
    kind: "error",
    path: "src/price.ts",
    startLine: 3,
    madeBy: "index",
    answer: null,
  })
  expect(textOf(error)).toContain("It is thrown on purpose")
  expect((await duck.call("explain", { target: "there is no rate for it" })).error?.saidAt).toMatchObject([
    { path: "src/price.ts", line: 3 },
  ])
  const elsewhere = await duck.run("explain", { target: "TypeError: nobody is not a function" })
  expect(elsewhere).toMatchObject({ exitCode: 1, output: { error: { isFound: false } } })
  await expect(duck.call("explain", { target: "nobody said these words" })).rejects.toMatchObject({
    code: "TARGET_NOT_FOUND",
  })
  const unknown = await duck.run("explain", { text: "Error: nobody said this\n    at x (/y/z.js:1:1)" })
  expect(unknown.exitCode).toBe(1)
  const patch =
    "--- a/src/price.ts\n+++ b/src/price.ts\n@@ -4 +4 @@\n-  return net * rate\n+  return net + net * rate\n"
  expect(await duck.call("explain", { text: patch })).toMatchObject({
    kind: "diff",
    change: { symbols: [{ name: "gross" }] },
  })
  expect(await duck.call("explain", { target: "." })).toMatchObject({
    kind: "project",
    project: { tests: { files: 0 } },
  })
  await expect(duck.call("explain", {})).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(duck.call("explain", { diff: true })).rejects.toMatchObject({ code: "NO_REPOSITORY" })
})

test("a model explains in words, and a place that it makes up is marked", async () => {
  const content = "It adds the tax (src/price.ts:4), see src/price.ts:400."
  const mock = await scripted((one) => one.onMessage(/.*/, { content }))
  const { duck, project } = await serverWith({ llm: { providers: { work: chat(mock.url) } } })
  mkdirSync(join(project, "src"))
  writeFileSync(join(project, "src/price.ts"), price)
  const shown = await duck.run("explain", { target: "gross", level: "beginner" }, asText)
  expect(shown.output).toMatchObject({ madeBy: "model", level: "beginner" })
  expect(textOf(shown)).toContain("src/price.ts:400 (no such place)")
  expect(textOf(shown)).toContain("It cites 1 place that is not there.")
  const sent = JSON.stringify(mock.getRequests()[0])
  expect(sent).toContain("new to programming")
  expect(await duck.call("explain", { target: "gross", noModel: true })).toMatchObject({
    madeBy: "index",
    answer: null,
  })
})

test("one member of a workspace is explained by name; one that is not there is refused with those that are", async () => {
  const { duck, project } = await serverWith()
  mkdirSync(join(project, "p/web"), { recursive: true })
  writeFileSync(join(project, "package.json"), JSON.stringify({ workspaces: ["p/*"] }))
  writeFileSync(join(project, "p/web/package.json"), JSON.stringify({ name: "web", description: "Shows prices." }))
  writeFileSync(join(project, "p/web/index.js"), "exports.shown = 1\n")
  const shown = await duck.run("explain", { member: "web" }, asText)
  expect(shown.output).toMatchObject({ kind: "project", project: { name: "web", purpose: "Shows prices." } })
  expect(textOf(shown)).toContain("In the workspace")
  expect(await duck.call("explain", { member: "web", target: "index.js" })).toMatchObject({ path: "p/web/index.js" })
  expect(await duck.call("explain", { member: "all" })).toMatchObject({ project: { members: [{ name: "web" }] } })
  await expect(duck.call("explain", { member: "wep" })).rejects.toMatchObject({
    code: "MEMBER_NOT_FOUND",
    hint: "Did you mean `web`? There are: web.",
  })
})
