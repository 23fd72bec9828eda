import { rmSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import { fill, treeWith } from "../tree.testing.ts"
import { by, projectWith } from "./checkpoints.testing.ts"
import { listFolder } from "./listing.ts"
import { statAhead } from "./stat-ahead.ts"

const folders = Array.from({ length: 150 }, (_, i) => `d${i}`)
const unknown = folders.map((path) => ({ path, sure: undefined }))
const manyFolders = () =>
  Object.fromEntries(
    folders.flatMap((folder, i) => [
      [`${folder}/a`, `${i}`],
      [`${folder}/b`, "b"],
    ]),
  )

function helper() {
  const ahead = statAhead()
  onTestFinished(() => ahead.close())
  return ahead
}

test("the second thread finds what the first would have found, and each folder is looked at by one of them", async () => {
  const root = treeWith(manyFolders())
  const last = folders.at(-1) ?? ""
  const ahead = helper()
  for (let isThere = false; !isThere; ) {
    // Until the thread has started, the walk is there first.
    const task = ahead.begin(root, unknown, undefined)
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    const found = await task.take(last)
    isThere = found !== undefined
    if (!found) continue
    const own = listFolder(`${root}/${last}`)
    if (typeof own === "string") throw new Error(own)
    expect(found.names).toEqual(own.names)
    for (const at of own.names.keys()) expect(own.figuresOf(at)).toMatchObject({ ...Object(found.figuresOf(at)) })
    expect(task.take("not among them")).toBeUndefined()
  }
})

test("a thread that ends in the middle leaves the rest to the walk", async () => {
  const root = treeWith(manyFolders())
  const ahead = helper()
  const task = ahead.begin(root, unknown, undefined)
  const found = folders.map((folder) => task.take(folder))
  await ahead.close()
  // None hangs.
  expect((await Promise.all(found)).length).toBe(folders.length)
  const again = ahead.begin(root, unknown, undefined)
  again.end()
  expect(again.take("d0")).toBeUndefined()
})

test("a checkpoint made with two threads is the one that is made with one", async () => {
  const { root, checkpoints, open } = await projectWith(manyFolders())
  for (let round = 0; round < 12; round++) {
    fill(root, { [`d${round}/a`]: `round ${round}`, [`new${round}/x`]: "x" })
    rmSync(`${root}/d${149 - round}`, { recursive: true })
    const ours = await checkpoints.create("two", by)
    const alone = await open()
    expect((await alone.create("one", by)).bases).toEqual(ours.bases)
    await alone.close()
  }
})
