import { createHash } from "node:crypto"
import { chmodSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { boundsOf } from "./contain.ts"
import { readBytes, readText } from "./read.ts"
import { readRange } from "./read-range.ts"
import { treeWith } from "./tree.testing.ts"

test("a text file is read with its encoding, hash, mode and times", async () => {
  const root = treeWith({ "src/a.ts": "grün\n" })
  chmodSync(join(root, "src/a.ts"), 0o750)
  const file = await readText(root, "./src//a.ts")
  expect(file).toMatchObject({
    path: "src/a.ts",
    text: "grün\n",
    encoding: "utf-8",
    sizeBytes: 6,
    hadInvalidBytes: false,
    mode: 0o750,
  })
  expect(file.hash).toBe(createHash("sha256").update("grün\n").digest("hex"))
  expect(file.mtimeMs).toBeGreaterThan(0)
})

test("binary, too large and missing files each have an error of their own", async () => {
  const root = treeWith({ "a.bin": new Uint8Array([1, 0, 2]), "big.txt": "x".repeat(1000), "empty.txt": "" })
  await expect(readText(root, "a.bin")).rejects.toMatchObject({ code: "BINARY_FILE" })
  await expect(readText(root, "big.txt", { maxBytes: 999 })).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
    details: { sizeBytes: 1000 },
  })
  expect((await readText(root, "big.txt", { maxBytes: 1000 })).text).toHaveLength(1000)
  await expect(readText(root, "gone.txt")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(readText(root, "big.txt/x")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(readText(join(root, "no-root"), "a")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  expect((await readText(root, "empty.txt")).text).toBe("")
})

test("a file whose size is not known before (as under /proc) is read whole, and limited", async () => {
  if (process.platform !== "linux") return
  const root = `/proc/${process.pid}`
  expect((await readBytes(root, "status")).bytes.length).toBeGreaterThan(100)
  await expect(readBytes(root, "status", { maxBytes: 50 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" })
})

test("an unreadable file is told apart from a missing one", async () => {
  if (process.getuid?.() === 0) return
  const root = treeWith({ "a.txt": "" })
  chmodSync(join(root, "a.txt"), 0)
  await expect(readText(root, "a.txt")).rejects.toMatchObject({ code: "ACCESS_DENIED" })
})

test("a range of lines is what a whole reading would give", async () => {
  const root = treeWith()
  const bounds = await boundsOf({ root })
  const line = fc.tuple(
    fc.string({ unit: fc.constantFrom("a", "ü", "漢", "😀", " "), maxLength: 12 }),
    fc.constantFrom("\n", "\r\n", "\r"),
  )
  const text = fc
    .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom("", "end"))
    .map(([lines, end]) => lines.flat().join("") + end)
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.integer({ min: 1, max: 45 }),
      fc.integer({ min: 0, max: 10 }),
      async (t, startLine, more) => {
        writeFileSync(join(root, "f.txt"), t)
        const lines = t.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? []
        const wanted = lines.slice(startLine - 1, startLine + more)
        const range = await readRange(bounds, "f.txt", { startLine, endLine: startLine + more })
        expect(range.text).toBe(wanted.join(""))
        expect(range.endLine - range.startLine + 1).toBe(wanted.length)
      },
    ),
    { numRuns: 200 },
  )
})

test("a range is read from the middle of a file that is too large to read, across chunks and encodings", async () => {
  const root = treeWith()
  const bounds = await boundsOf({ root })
  const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i + 1} ünïcödé 漢字 😀`)
  writeFileSync(join(root, "utf8.txt"), lines.join("\n"))
  writeFileSync(join(root, "utf16.txt"), Buffer.from(`\ufeff${lines.join("\r\n")}`, "utf16le"))
  writeFileSync(join(root, "latin.txt"), Buffer.from(lines.join("\n").replace(/[漢字😀]/gu, "-"), "latin1"))
  for (const [path, encoding] of [
    ["utf8.txt", "utf-8"],
    ["utf16.txt", "utf-16le"],
    ["latin.txt", "windows-1252"],
  ] as const) {
    const range = await readRange(bounds, path, { startLine: 41_000, endLine: 41_001 })
    expect([range.encoding, range.startLine, range.endLine, range.isEndOfFile]).toEqual([
      encoding,
      41_000,
      41_001,
      false,
    ])
    expect(range.text).toMatch(/^line 41000 ünïcödé .*\r?\nline 41001 ünïcödé .*\r?\n$/)
  }
  const end = await readRange(bounds, "utf8.txt", { startLine: 59_999 })
  expect([end.endLine, end.isEndOfFile, end.text.endsWith("😀")]).toEqual([60_000, true, true])
  expect((await readRange(bounds, "utf8.txt", { startLine: 70_000 })).text).toBe("")
})

test("one line of fifty megabytes is cut, not swallowed", async () => {
  const root = treeWith({ "min.js": "x" })
  const bounds = await boundsOf({ root })
  truncateSync(join(root, "min.js"), 0)
  const fd = openSync(join(root, "min.js"), "w")
  for (let i = 0; i < 50; i++) writeSync(fd, "x".repeat(1_000_000))
  const range = await readRange(bounds, "min.js", { maxLength: 5000 })
  expect([range.text.length, range.isTruncated]).toEqual([5000, true])
  await expect(readText(bounds, "min.js")).rejects.toMatchObject({ code: "FILE_TOO_LARGE" })
})
