import { existsSync, mkdirSync, realpathSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { fill, treeWith } from "../tree.testing.ts"
import { scratchCopy } from "./scratch.ts"

test("a copy is made where it is asked for, elsewhere while another one is at work there", async () => {
  const root = realpathSync(treeWith({ "a.js": "" }))
  const at = join(realpathSync(treeWith({})), "copy")
  const copied = () => scratchCopy(root, new AbortController().signal, { at })
  await using first = await copied()
  expect(first.root).toBe(at)
  {
    await using second = await copied()
    expect(second.root).not.toBe(at)
    expect(existsSync(join(second.root, "a.js"))).toBe(true)
  }
  await first[Symbol.asyncDispose]()
  await using again = await copied()
  expect(again.root).toBe(at)
})

test("a copy that a killed server left there gives way after a day", async () => {
  const root = realpathSync(treeWith({ "a.js": "" }))
  const at = join(realpathSync(treeWith({})), "copy")
  mkdirSync(at)
  fill(at, { "left.js": "" })
  const longAgo = new Date(2026, 0, 1)
  utimesSync(at, longAgo, longAgo)
  await using copy = await scratchCopy(root, new AbortController().signal, { at })
  expect([copy.root, existsSync(join(at, "left.js"))]).toEqual([at, false])
})
