import { afterEach, describe, expect, test } from "vitest"
import { fixtures } from "./fixtures.testing.ts"
import { parseFile } from "./parse-file.ts"
import { type ParserPool, type ParserPoolOptions, parserPool } from "./parser-pool.ts"

const open: ParserPool[] = []
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())))

function poolWith(options: ParserPoolOptions = {}): ParserPool {
  const pool = parserPool({ size: 2, ...options })
  open.push(pool)
  return pool
}
const hostile = (options: ParserPoolOptions = {}) =>
  poolWith({ entry: new URL("./hostile-worker.testing.ts", import.meta.url), ...options })

async function until(isSo: () => boolean) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}

test("a pool gives what parsing here gives, for every language", async () => {
  const pool = poolWith()
  const parsed = await Promise.all(fixtures.map(({ path, text }) => pool.parse({ path, text })))
  const here = await Promise.all(fixtures.map(({ path, text }) => parseFile(path, text)))
  expect(parsed).toEqual(here)
})

test("bytes are decoded where they are parsed, and what is no text gives null", async () => {
  const pool = poolWith()
  const bytes = new TextEncoder().encode("def größe(): pass\n")
  expect((await pool.parse({ path: "a.py", bytes }))?.symbols[0]?.name).toBe("größe")
  expect(await pool.parse({ path: "a.py", bytes: new Uint8Array([0, 1, 2, 255, 254, 0, 0]) })).toBeNull()
  expect(await pool.analyse({ path: "a.py", bytes: new Uint8Array([0, 1, 2, 255, 254, 0, 0]) })).toBeNull()
})

test("what the index stores is made in the worker", async () => {
  const pool = poolWith()
  const analysed = await pool.analyse({ path: "a.py", text: "def f():\n    pass\n" })
  expect(analysed).toMatchObject({ language: "python", symbolCount: 1, chunkCount: 1, lines: 2 })
})

test("workers are started on demand, no more than allowed, and end when there is nothing to do", async () => {
  const pool = poolWith({ idleMs: 50 })
  expect(pool.workers).toBe(0)
  await pool.parse({ path: "a.py", text: "x = 1\n" })
  expect(pool.workers).toBe(1)
  const many = Array.from({ length: 200 }, (_, i) => pool.parse({ path: `${i}.py`, text: `x${i} = 1\n` }))
  const parsed = await Promise.all(many)
  expect(parsed.map((one) => one?.symbols[0]?.name)).toEqual(many.map((_, i) => `x${i}`))
  expect(pool.workers).toBeLessThanOrEqual(2)
  await until(() => pool.workers === 0)
  expect((await pool.parse({ path: "a.py", text: "x = 1\n" }))?.lines).toBe(1)
})

test("a worker whose memory has grown is replaced", async () => {
  const pool = poolWith({ size: 1, recycleBytes: 1 })
  for (let round = 0; round < 3; round++) {
    expect((await pool.parse({ path: "a.py", text: "x = 1\n" }))?.symbols.length).toBe(1)
    await until(() => pool.workers === 0)
  }
})

describe("a file that harms its parser", () => {
  const others = Array.from({ length: 30 }, (_, i) => ({ path: `${i}.py`, text: `def f${i}(): pass\n` }))

  test.each(["hang", "abort", "leave", "fault"])("(%s) is taken as text, and no other file suffers", async (harm) => {
    const pool = hostile({ hangMs: 300 })
    const files = [...others.slice(0, 9), { path: "bad.py", text: `def ${harm}(): pass\n` }, ...others.slice(9)]
    const parsed = await Promise.all(files.map((file) => pool.parse(file)))
    expect(parsed[9]).toMatchObject({ language: "python", symbols: [], chunks: [{ kind: "text" }] })
    expect(parsed.filter((_, i) => i !== 9).every((one) => one?.symbols.length === 1)).toBe(true)
  })

  test("even as text is reported, and no other file suffers", async () => {
    const pool = hostile()
    const bad = pool.parse({ path: "bad.py", text: "hopeless\n" })
    const good = others.map((file) => pool.parse(file))
    await expect(bad).rejects.toMatchObject({ code: "PARSE_FAILED", message: expect.stringContaining("bad.py") })
    expect((await Promise.all(good)).every((one) => one?.symbols.length === 1)).toBe(true)
  })
})

test("a pool whose workers can not start says so instead of trying for ever", async () => {
  const pool = poolWith({ entry: new URL("./not-there.ts", import.meta.url) })
  await expect(pool.parse({ path: "a.py", text: "" })).rejects.toMatchObject({ code: "PARSER_UNAVAILABLE" })
})

test("closing rejects what is not done and refuses what comes after", async () => {
  const pool = hostile({ hangMs: 60_000 })
  const waiting = Array.from({ length: 100 }, () => pool.parse({ path: "a.py", text: "hang\n" }))
  const settled = Promise.allSettled(waiting)
  await pool.close()
  for (const result of await settled)
    expect(result).toMatchObject({ status: "rejected", reason: { code: "CANCELLED" } })
  await expect(pool.parse({ path: "a.py", text: "" })).rejects.toMatchObject({ code: "CANCELLED" })
  expect(pool.workers).toBe(0)
})
