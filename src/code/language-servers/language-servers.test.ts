import { existsSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { fill, treeWith } from "../../workspace/tree.testing.ts"
import type { IndexChange } from "../code-index.ts"
import { edited } from "../refactorings/refactoring.ts"
import { openLanguageServers } from "./open-language-servers.ts"
import { scriptedServer } from "./scripted.testing.ts"

const everything = {
  textDocumentSync: 1,
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: true,
}

function projectWith(
  files: Record<string, string>,
  { capabilities = everything as object, idleMs = 600_000, version = "1", command = [] as string[] } = {},
) {
  const root = treeWith(files)
  const dataFolder = treeWith()
  const clock = manualClock()
  const scripted = scriptedServer(root, capabilities, version)
  const servers = openLanguageServers({
    ...{ dataFolder, home: treeWith(), env: process.env, clock, idleMs, logger: silentLogger },
    set: () => ({ python: command.length > 0 ? command : scripted }),
  })
  onTestFinished(() => servers.close())
  const listeners = new Set<(change: IndexChange) => void>()
  const index = {
    files: () => Object.keys(files),
    subscribe(listener: (change: IndexChange) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const heard = (): { method: string; params: Record<string, unknown> }[] =>
    existsSync(join(root, "heard.jsonl"))
      ? readFileSync(join(root, "heard.jsonl"), "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : []
  const open = async () => {
    const server = await servers.open({ root, index }, "python")
    if (!server) throw new Error("There is no server.")
    return server
  }
  const stateNow = async () => (await servers.status(root))[0]
  return { root, servers, clock, open, heard, listeners, index, stateNow }
}

const at = (path: string, text: string, offset = 0) => ({ path, text, offset })

test("nothing is started before somebody asks, and what runs is used again", async () => {
  const { root, servers, open, stateNow } = projectWith({ "a.py": "def one(): pass\n" })
  expect(await stateNow()).toMatchObject({ state: "found", from: "set", pid: null })
  expect(servers.running(root, "python")).toBeUndefined()
  const [first, second] = await Promise.all([open(), open()])
  expect(second).toBe(first)
  expect(servers.running(root, "python")).toBe(first)
  expect(first.name).toBe("scripted 1")
  expect(await stateNow()).toMatchObject({ state: "running", pid: expect.any(Number), restarts: 0 })
  expect(await servers.open({ root, index: { files: () => [], subscribe: () => () => {} } }, "cobol")).toBeUndefined()
})

test.each([
  ["Debian clangd version 14.0.6 linux+grpc x86_64-pc-linux-gnu", "scripted 14.0.6"],
  ['{"GoVersion":"go1.19.5","Main":{"Version":""},"Version":"v0.15.3"}', "scripted v0.15.3"],
  ["built by somebody, some day", "scripted"],
])("of what a server tells of its build the version is taken: %s", async (version, name) => {
  const { open } = projectWith({ "a.py": "x" }, { version })
  expect((await open()).name).toBe(name)
})

test("one that ends before it has answered the greeting leaves no process in the status", async () => {
  const { root, servers, open, stateNow } = projectWith({ "a.py": "x" }, { command: ["false"] })
  await expect(open()).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
  expect(await stateNow()).toMatchObject({ state: "resting", pid: null, restarts: 1 })
  expect(servers.running(root, "python")).toBeUndefined()
})

test("a server sees the text it is asked about: opened, changed and closed in step", async () => {
  const { open, heard } = projectWith({ "a.py": "on disk" })
  const server = await open()
  expect(await server.hover(at("a.py", "one"))).toBe("one")
  expect(await server.hover(at("a.py", "two"))).toBe("two")
  expect(await server.hover(at("a.py", "two"))).toBe("two")
  const told = heard().filter(({ method }) => /did(?:Open|Change)$/.test(method))
  expect(told.map(({ method }) => method)).toEqual(["textDocument/didOpen", "textDocument/didChange"])
  expect(told[1]?.params).toMatchObject({ textDocument: { version: 2 }, contentChanges: [{ text: "two" }] })
  for (let n = 0; n < 40; n++) await server.hover(at(`f${n}.py`, `${n}`))
  expect(heard().filter(({ method }) => method === "textDocument/didClose")).toHaveLength(9)
})

test("places and edits come in lines, columns and offsets of the text that was shown", async () => {
  const { open } = projectWith({ "a.py": "on disk" })
  const server = await open()
  const text = "def 🦆one():\n    one()\n"
  expect(await server.definition(at("a.py", text, text.indexOf("    one") + 4))).toEqual([
    { path: "a.py", startLine: 2, startColumn: 5, endLine: 2, endColumn: 10 },
  ])
  const [file] = await server.rename(at("a.py", text, 5), "two")
  expect(edited(text, file?.edits ?? [])).toBe(`def two${text.slice(7)}`)
  expect(await server.diagnostics({ path: "a.py", text })).toMatchObject([
    { path: "a.py", startLine: 1, severity: "warning", message: "pushed 1" },
  ])
  expect(await server.diagnostics({ path: "a.py", text: "new" })).toMatchObject([{ message: "pushed 2" }])
})

test("an answer of the wrong form, a missing ability and an edit outside the project are errors, and no more", async () => {
  const { open } = projectWith({ "a.py": "x" })
  const server = await open()
  await expect(server.references(at("a.py", "x"))).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
  await expect(server.completion(at("a.py", "x"))).rejects.toThrow("has no completion")
  await expect(server.rename(at("outside.py", "abcdefgh"), "y")).rejects.toThrow("outside the project")
  expect(await server.hover(at("a.py", "still here"))).toBe("still here")
})

test("a question that is never answered ends at its time, and a server that hangs is ended", async () => {
  const { open, stateNow, clock } = projectWith({ "hang.py": "x" })
  const server = await open()
  for (let n = 0; n < 3; n++)
    await expect(server.hover(at("hang.py", "x"), { timeoutMs: 20 })).rejects.toMatchObject({ code: "TIMEOUT" })
  await expect.poll(stateNow).toMatchObject({ state: "resting", pid: null, restarts: 1 })
  clock.advance(1_000)
  expect(await (await open()).hover(at("a.py", "again"))).toBe("again")
})

test("a caller that goes away cancels its question alone", async () => {
  const { open } = projectWith({ "hang.py": "x" })
  const server = await open()
  const controller = new AbortController()
  const asked = server.hover(at("hang.py", "x"), { signal: controller.signal })
  controller.abort()
  await expect(asked).rejects.toMatchObject({ code: "CANCELLED" })
  expect(await server.hover(at("a.py", "here"))).toBe("here")
})

test.each(["die", "garbage"])(
  "a server that answers with %s is started again, each time later, and not for ever",
  async (how) => {
    const { open, clock } = projectWith({ "a.py": "x" })
    for (const restMs of [1_000, 5_000, 30_000]) {
      const server = await open()
      await expect(server.hover(at(`${how}.py`, "x"))).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
      await expect(server.hover(at("a.py", "x"))).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
      await expect(open()).rejects.toThrow(/rests for/)
      clock.advance(restMs)
    }
    await expect((await open()).hover(at(`${how}.py`, "x"))).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
    clock.advance(60_000)
    await expect(open()).rejects.toThrow(/rests for/)
    clock.advance(600_000)
    expect(await (await open()).hover(at("a.py", "x"))).toBe("x")
  },
)

test("what changes on disk is told to a server that wants to know", async () => {
  const { root, open, heard, listeners } = projectWith({ "a.py": "x", "gone.py": "" })
  const server = await open()
  await server.hover(at("a.py", "x"))
  const { rmSync } = await import("node:fs")
  rmSync(join(root, "gone.py"))
  fill(root, { "new.py": "" })
  const paths = ["a.py", "gone.py", "new.py"]
  for (const listener of listeners) listener({ kind: "batch", paths } as unknown as IndexChange)
  const told = () => heard().find(({ method }) => method === "workspace/didChangeWatchedFiles")?.params.changes
  await expect.poll(told).toMatchObject([{ type: 2 }, { type: 3 }, { type: 1 }])
})

test("a server that nobody asks for some minutes is ended, and one that is asked again is started", async () => {
  const { open, clock, stateNow, heard } = projectWith({ "a.py": "x" }, { idleMs: 60_000 })
  await (await open()).hover(at("a.py", "x"))
  await expect.poll(() => clock.sleepers()).toBe(1)
  clock.advance(60_000)
  await expect.poll(stateNow).toMatchObject({ state: "found", pid: null, restarts: 0 })
  await expect.poll(() => heard().at(-1)?.method).toBe("exit")
  expect(await (await open()).hover(at("a.py", "y"))).toBe("y")
})

test("closing ends every process, and nothing is started afterwards", async () => {
  const { servers, open, stateNow } = projectWith({ "hang.py": "x" })
  const server = await open()
  const pid = (await stateNow())?.pid ?? 0
  const asked = server.hover(at("hang.py", "x"))
  asked.catch(() => {})
  await servers.close()
  expect(() => process.kill(pid, 0)).toThrow()
  await expect(asked).rejects.toMatchObject({ code: "LANGUAGE_SERVER" })
  await expect(open()).rejects.toMatchObject({ code: "UNAVAILABLE" })
})

test("TypeScript's own server, installed in the project, knows names, types and imports", {
  timeout: 60_000,
}, async () => {
  const root = treeWith({
    "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true, module: "nodenext" }, include: ["src"] }),
    "src/price.ts": "export function gross(net: number): number {\n  return net * 1.19\n}\n",
    "src/till.ts": 'import { gross } from "./price.js"\n\nexport const total = gross("1")\n',
  })
  symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(root, "node_modules"))
  const servers = openLanguageServers({
    ...{ dataFolder: treeWith(), home: treeWith(), env: process.env, clock: manualClock(), logger: silentLogger },
    set: () => ({ typescript: [join(root, "node_modules/.bin/tsc"), "--lsp", "--stdio"] }),
  })
  onTestFinished(() => servers.close())
  const index = { files: () => [], subscribe: () => () => {} }
  const server = await servers.open({ root, index }, "typescript")
  if (!server) throw new Error("There is no server.")
  const text = readFileSync(join(root, "src/till.ts"), "utf8")
  const place = at("src/till.ts", text, text.lastIndexOf("gross") + 1)
  const patient = { timeoutMs: 30_000 }
  expect(await server.definition(place, patient)).toMatchObject([
    { path: "src/price.ts", startLine: 1, startColumn: 17 },
  ])
  expect(await server.references(place, patient)).toHaveLength(3)
  expect(await server.hover(place, patient)).toContain("function gross(net: number): number")
  const declared = readFileSync(join(root, "src/price.ts"), "utf8")
  const renamed = await server.rename(at("src/price.ts", declared, declared.indexOf("gross")), "withTax", patient)
  expect(renamed.map(({ path }) => path).sort()).toEqual(["src/price.ts", "src/till.ts"])
  expect(await server.diagnostics({ path: "src/till.ts", text }, patient)).toMatchObject([
    { code: "2345", severity: "error", startLine: 3 },
  ])
  const typing = text.replace('gross("1")', "gross(1).toF")
  const found = await server.completion(at("src/till.ts", typing, typing.length - 1), patient)
  expect(found.map(({ label }) => label)).toContain("toFixed")
  const unused = `import { gross } from "./price.js"\n`
  const [tidied] = await server.organizeImports({ path: "src/till.ts", text: unused }, patient)
  expect(edited(unused, tidied?.edits ?? []).trim()).toBe("")
})
