import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { openObjectStore } from "./object-store.ts"
import { contentOf, fileReader } from "./store-file.ts"

function readerOf(files: Record<string, Uint8Array>) {
  const root = treeWith(files)
  const store = openObjectStore(join(treeWith(), "objects.db"))
  onTestFinished(() => store.close())
  return { path: join(root, "f"), store, reader: fileReader(store, Date.now) }
}

test("a file that grows with each look at it is taken as it is, and never believed to be unchanged", async () => {
  const { path, reader } = readerOf({ f: new Uint8Array(5_000_000) })
  const read = await reader.read(path, "f", 1e9, async () => writeFileSync(path, "more", { flag: "a" }))
  expect(read).toMatchObject({ kind: "read", isSteady: false, stat: { readAtMs: 0 } })
})

test("a file that changed once while it was read is read again", async () => {
  const { path, reader, store } = readerOf({ f: new Uint8Array(5_000_000) })
  let changes = 0
  const read = await reader.read(path, "f", 1e9, async () => {
    if (changes++ === 0) writeFileSync(path, "end", { flag: "a" })
  })
  if (read.kind !== "read") throw new Error(read.kind)
  expect(read).toMatchObject({ isSteady: true, entry: { sizeBytes: 5_000_003, isParted: true } })
  expect(
    Buffer.concat([...contentOf(store, read.entry)])
      .subarray(-4)
      .toString(),
  ).toBe("\0end")
})

test("what is gone, no file or too large is said, not thrown", async () => {
  const { path, reader } = readerOf({ f: new Uint8Array(10) })
  const kindOf = async (at: string, maxBytes = 100) => (await reader.read(at, "f", maxBytes, async () => {})).kind
  expect([await kindOf(`${path}x`), await kindOf(join(path, "..")), await kindOf(path, 5)]).toEqual([
    "gone",
    "not a file",
    "too large",
  ])
})
