import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { type ServerUnderTest, serverUnderTest } from "../server/server.testing.ts"

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
