import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { checkerCache } from "./cache.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function caches({ mostBytes = 1_000 } = {}) {
  const data = treeWith({})
  const clock = manualClock()
  const of = (root: string) => checkerCache(data, root, { clock, mostBytes })
  return { of, clock, data }
}

test("a project has a folder of its own, each time the same, outside the project", async () => {
  const { of, data } = caches()
  const [a, b] = [await of("/p/a"), await of("/p/b")]
  expect(a).not.toBe(b)
  expect(await of("/p/a")).toBe(a)
  expect([a, b].every((folder) => folder.startsWith(data) && existsSync(folder))).toBe(true)
})

test("what nobody used for a month goes; what is used stays", async () => {
  const { of, clock } = caches()
  const [a, b] = [await of("/p/a"), await of("/p/b")]
  clock.advance(20 * dayMs)
  await of("/p/b")
  clock.advance(11 * dayMs)
  await of("/p/c")
  expect([existsSync(a), existsSync(b)]).toEqual([false, true])
})

test("of more than may be kept the longest unused goes, and none that was used within the hour", async () => {
  const { of, clock } = caches()
  const made: string[] = []
  for (const name of ["a", "b", "c"]) {
    const folder = await of(`/p/${name}`)
    fill(folder, { "target/deep/x": "x".repeat(600) })
    made.push(folder)
    clock.advance(hourMs / 4)
    await of(`/p/${name}`)
  }
  const left = () => made.map((folder) => existsSync(folder))
  expect(left()).toEqual([true, true, true])
  clock.advance(2 * hourMs)
  await of("/p/d")
  expect(left()).toEqual([false, false, true])
})

test("one that alone has more than may be kept begins anew", async () => {
  const { of, clock } = caches()
  const own = await of("/p/a")
  fill(own, { "target/x": "x".repeat(2_000) })
  await of("/p/a")
  expect(readdirSync(own)).toEqual(["target"])
  clock.advance(2 * hourMs)
  expect(await of("/p/a")).toBe(own)
  expect(existsSync(join(own, "target"))).toBe(false)
})
