import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, expect, test } from "vitest"
import type { ParserPool } from "./parser-pool.ts"
import { type ParserProcessOptions, parserProcess } from "./parser-process.ts"

const folder = mkdtempSync(join(tmpdir(), "duck-parser-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const open: ParserPool[] = []
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())))

function parsersWith(options: ParserProcessOptions = {}): ParserPool {
  const pool = parserProcess({ size: 1, ...options })
  open.push(pool)
  return pool
}
const hostile = () => parsersWith({ entry: new URL("./hostile-host.testing.ts", import.meta.url) })

async function until(isSo: () => boolean) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
const isAlive = (pid: number) => {
  try {
    // A child that ended but was not waited for is a zombie: "Z" stands behind its name.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

test("what a process of its own parses and analyses is what a thread gives", async () => {
  const parsers = parsersWith()
  const file = { path: "a.py", text: "def f():\n    return g()\n" }
  expect((await parsers.parse(file))?.symbols.map(({ name }) => name)).toEqual(["f"])
  const analysed = await parsers.analyse(file)
  expect(analysed).toMatchObject({ language: "python", symbolCount: 1, chunkCount: 1, lines: 2 })
  expect(analysed?.documents).toBeInstanceOf(Uint32Array)
  expect(await parsers.analyse({ path: "a.py", bytes: new Uint8Array([0, 1, 2, 255, 254, 0, 0]) })).toBeNull()
})

test("the process ends when there is nothing to do, and another starts when there is", async () => {
  const parsers = parsersWith({ idleMs: 20 })
  expect(parsers.workers).toBe(0)
  await parsers.parse({ path: "a.py", text: "x = 1\n" })
  expect(parsers.workers).toBe(1)
  await until(() => parsers.workers === 0)
  expect((await parsers.parse({ path: "a.py", text: "x = 1\n" }))?.lines).toBe(1)
})

test("files that were underway when a process died are done by the next", async () => {
  const parsers = hostile()
  const mark = join(folder, "died")
  const files = ["a", `once:${mark}`, "b", "c"].map((text) => parsers.parse({ path: `${text.length}.py`, text }))
  expect(await Promise.all(files)).toEqual([null, null, null, null])
})

test("a file that ends each process is given up, and no other file suffers", async () => {
  const parsers = hostile()
  const files = ["a", "b", "always", "c", "d"].map((text) => parsers.parse({ path: `${text}.py`, text }))
  const settled = await Promise.allSettled(files)
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"])
  expect(settled[2]).toMatchObject({ reason: { code: "PARSE_FAILED", message: expect.stringContaining("always.py") } })
})

test("a process that can not start is said, not tried for ever", async () => {
  const parsers = parsersWith({ entry: new URL("./not-there.ts", import.meta.url) })
  await expect(parsers.parse({ path: "a.py", text: "" })).rejects.toMatchObject({ code: "PARSER_UNAVAILABLE" })
})

test("closing rejects what is not done and refuses what comes after", async () => {
  const parsers = parsersWith()
  const settled = Promise.allSettled([parsers.parse({ path: "a.py", text: "x = 1\n" })])
  await parsers.close()
  expect(await settled).toMatchObject([{ status: "rejected", reason: { code: "CANCELLED" } }])
  await expect(parsers.parse({ path: "a.py", text: "" })).rejects.toMatchObject({ code: "CANCELLED" })
  expect(parsers.workers).toBe(0)
})

test("the process does not outlive a parent that was killed", async () => {
  const program = `
    import { parserProcess } from ${JSON.stringify(new URL("./parser-process.ts", import.meta.url).href)}
    import { readdirSync, readFileSync } from "node:fs"
    await parserProcess({ size: 1 }).parse({ path: "a.py", text: "x = 1" })
    const children = readFileSync("/proc/self/task/" + process.pid + "/children", "utf8")
    console.log(children.trim())
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const [line] = (await once(parent.stdout, "data")) as [Buffer]
  const child = Number(String(line).trim())
  expect(isAlive(child)).toBe(true)
  parent.kill("SIGKILL")
  await until(() => !isAlive(child))
})
