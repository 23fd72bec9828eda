import { execFile } from "node:child_process"
import {
  type FSWatcher,
  watch as fsWatch,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { systemCode } from "../base/errors.ts"
import { commitAll, fill, git, repositoryWith, treeWith } from "./tree.testing.ts"
import { statAll, walk } from "./walk.ts"
import { type WatchOptions, watchTree } from "./watch.ts"
import type { Batch } from "./watch-batch.ts"

/** A watch whose batches can be waited for. */
async function watching(root: string, options: Partial<WatchOptions> = {}) {
  const batches: Batch[] = []
  const listeners = new Set<() => void>()
  const problems: string[] = []
  const watch = await watchTree(root, {
    onProblem: (message) => problems.push(message),
    ...options,
    onBatch(batch) {
      batches.push(batch)
      for (const listener of listeners) listener()
    },
  })
  onTestFinished(() => watch.close())
  const until = (isSo: () => boolean | Promise<boolean>) =>
    new Promise<void>((resolve) => {
      const look = async () => {
        if (!(await isSo())) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      void look()
    })
  const told = () => new Set(batches.flatMap((batch) => batch.paths))
  return {
    watch,
    batches,
    problems,
    until,
    told,
    hears: (...paths: string[]) => until(() => paths.every((p) => told().has(p))),
  }
}

test("created, changed and deleted files are told, ignored ones are not", async () => {
  const root = repositoryWith({ ".gitignore": "*.log\n", "a.txt": "", "sub/b.txt": "" })
  fill(root, { "node_modules/x/index.js": "" })
  const { hears, told, watch } = await watching(root)
  fill(root, { "x.log": "", "node_modules/x/index.js": "changed", "sub/ü new.txt": "", "a.txt": "changed" })
  rmSync(join(root, "sub/b.txt"))
  await hears("a.txt", "sub/b.txt", "sub/ü new.txt")
  fill(root, { "last.txt": "" })
  await hears("last.txt")
  expect([...told()].sort()).toEqual(["a.txt", "last.txt", "sub/b.txt", "sub/ü new.txt"])
  expect(watch.mode).toBe("events")
})

test("what happens in folders that were just made is told", async () => {
  const root = treeWith({ "a.txt": "" })
  const { hears } = await watching(root)
  fill(root, { "one/two/three/deep.txt": "" })
  await hears("one")
  fill(root, { "one/two/three/deeper/still.txt": "" })
  await hears("one/two/three/deeper")
  fill(root, { "one/two/three/deeper/still.txt": "changed" })
  await hears("one/two/three/deeper/still.txt")
})

test("a renamed folder is told under both names and watched under the new one", async () => {
  const root = treeWith({ "old/sub/a.txt": "" })
  const { hears, until, watch } = await watching(root)
  renameSync(join(root, "old"), join(root, "new"))
  await hears("old", "new")
  fill(root, { "new/sub/a.txt": "changed" })
  await hears("new/sub/a.txt")
  expect(watch.folders).toBe(3)
  renameSync(join(root, "new"), join(treeWith(), "away"))
  await until(() => watch.folders === 1)
})

test("two folders that change places are told", async () => {
  const root = treeWith({ "a/x.txt": "in a", "b/x.txt": "in b" })
  const { hears } = await watching(root)
  renameSync(join(root, "a"), join(root, "c"))
  renameSync(join(root, "b"), join(root, "a"))
  renameSync(join(root, "c"), join(root, "b"))
  await hears("a", "b")
  fill(root, { "a/x.txt": "changed" })
  await hears("a/x.txt")
})

test("an editor's save (write aside, rename over) is told as a change of the file", async () => {
  const root = treeWith({ "a.txt": "" })
  const { hears } = await watching(root)
  writeFileSync(join(root, ".a.txt.swap"), "new")
  renameSync(join(root, ".a.txt.swap"), join(root, "a.txt"))
  await hears("a.txt")
})

test("a changed ignore file asks for a rescan, and its rules count from then on", async () => {
  const root = repositoryWith({ "gen/a.txt": "", "b.txt": "" })
  git(root, "rm", "-r", "-q", "--cached", "gen")
  const { until, batches, hears, told, watch } = await watching(root)
  fill(root, { ".gitignore": "gen\n" })
  await until(() => batches.some((batch) => batch.rescan))
  expect(watch.folders).toBe(1)
  fill(root, { "gen/a.txt": "changed" })
  fill(root, { "b.txt": "changed" })
  await hears("b.txt")
  expect(told().has("gen/a.txt")).toBe(false)
})

test("commits and checkouts tell that HEAD moved, the first commit too", async () => {
  const root = repositoryWith()
  fill(root, { "a.txt": "" })
  const { until, batches } = await watching(root)
  commitAll(root, "first")
  await until(() => batches.some((batch) => batch.headMoved))
  const count = batches.filter((batch) => batch.headMoved).length
  commitAll(root, "second")
  await until(() => batches.filter((batch) => batch.headMoved).length > count)
})

test("many changes come in few batches", async () => {
  const root = treeWith({ "a.txt": "" })
  const { hears, batches } = await watching(root)
  for (let i = 0; i < 500; i++) fill(root, { [`d${i % 5}/f${i}.txt`]: "" })
  fill(root, { "end.txt": "" })
  await hears("end.txt", ...Array.from({ length: 5 }, (_, i) => `d${i}`))
  expect(batches.length).toBeLessThan(30)
})

test("a listener that fails is told of, and the next change still comes", async () => {
  const root = treeWith({ "a.txt": "" })
  let isFirst = true
  const heard: string[] = []
  let done = () => {}
  const problems: string[] = []
  const watch = await watchTree(root, {
    onProblem(message) {
      problems.push(message)
      fill(root, { "b.txt": "" })
    },
    onBatch({ paths }) {
      if (isFirst) {
        isFirst = false
        throw new Error("not now")
      }
      heard.push(...paths)
      done()
    },
  })
  onTestFinished(() => watch.close())
  const second = new Promise<void>((resolve) => {
    done = resolve
  })
  fill(root, { "a.txt": "changed" })
  await second
  expect([heard, problems.length]).toEqual([["b.txt"], 1])
})

/** Undefined when the file has just gone: that is told of, too. */
function textOf(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8")
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined
    throw error
  }
}

/** What someone knows of a tree who only hears of it. */
function follower(root: string) {
  const known = new Map<string, string>()
  const look = (path: string) => {
    const text = textOf(root, path)
    if (text !== undefined) known.set(path, text)
  }
  const all = async (under?: string) => {
    // What vanishes while one looks is told of again.
    try {
      for await (const file of walk(root, { under })) look(file.path)
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error
    }
  }
  return {
    known,
    start: () => all(),
    async hear(batch: Batch) {
      if (batch.rescan) {
        known.clear()
        await all()
      }
      for (const path of batch.paths) {
        for (const at of [...known.keys()]) if (at === path || at.startsWith(`${path}/`)) known.delete(at)
        const [stats] = await statAll(root, [path])
        if (!stats || stats instanceof Error) continue
        if (stats.isFile()) look(path)
        else if (stats.isDirectory()) await all(path)
      }
    },
  }
}

async function contentOf(root: string): Promise<[string, string][]> {
  const now: [string, string][] = []
  try {
    for await (const file of walk(root)) now.push([file.path, textOf(root, file.path) ?? "(gone)"])
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error
  }
  return now.sort()
}

/** A watch and a follower of it; `knows` resolves once the follower knows the tree as it is. */
async function following(root: string, options: Partial<WatchOptions> = {}) {
  const one = follower(root)
  await one.start()
  const batches: Batch[] = []
  const problems: string[] = []
  let hearing = Promise.resolve()
  let heard = () => {}
  const watch = await watchTree(root, {
    onProblem: (message) => problems.push(message),
    ...options,
    onBatch(batch) {
      batches.push(batch)
      hearing = hearing.then(() => one.hear(batch)).then(() => heard())
    },
  })
  onTestFinished(() => watch.close())
  const knows = async (isSo = () => true) => {
    const truth = JSON.stringify(await contentOf(root))
    await new Promise<void>((resolve) => {
      heard = () => isSo() && JSON.stringify([...one.known].sort()) === truth && resolve()
      heard()
    })
  }
  return { watch, one, batches, problems, knows }
}

test("a checkout that changes more than a thousand files ends in the right state", async () => {
  const files = (round: string, from: number) =>
    Object.fromEntries(
      Array.from({ length: 600 }, (_, i) => [`pkg${(from + i) % 40}/src${i % 7}/f${from + i}.ts`, round]),
    )
  const root = repositoryWith(files("one", 0))
  git(root, "checkout", "-q", "-b", "other")
  git(root, "rm", "-r", "-q", ".")
  fill(root, files("two", 200))
  commitAll(root, "other")
  const { knows, batches } = await following(root)
  // Not synchronous: batches come while git is still at it.
  await promisify(execFile)("git", ["checkout", "-q", "main"], { cwd: root })
  await knows()
  await promisify(execFile)("git", ["checkout", "-q", "other"], { cwd: root })
  await knows()
  expect(batches.some((batch) => batch.headMoved)).toBe(true)
})

test("when the event queue runs over while the process is busy, nothing stays unknown", async () => {
  const root = treeWith(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}/f`, "0"])))
  const { knows, batches } = await following(root)
  // Synchronous, so that no event is taken until all have happened: 18,000, and the queue holds 16,384.
  for (let i = 0; i < 18_000; i++) utimesSync(join(root, `d${i % 50}/f`), i, i)
  for (let i = 0; i < 50; i++) fill(root, { [`d${i}/new/n`]: "n" })
  await knows()
  expect(batches.some((batch) => batch.rescan)).toBe(true)
})

test("a tree that is deleted and made anew is told", async () => {
  const root = join(treeWith(), "project")
  fill(root, { "a.txt": "1", "sub/b.txt": "1" })
  const { knows, one } = await following(root, { pollMs: 10 })
  rmSync(root, { recursive: true })
  await knows()
  fill(root, { "sub/c.txt": "2" })
  await knows()
  expect([...one.known.keys()]).toEqual(["sub/c.txt"])
})

test("where the system has no watches left, the tree is polled, and it is said once", async () => {
  const root = repositoryWith({ "a.txt": "1", "sub/b.txt": "1", "sub/sub/c.txt": "1" })
  let given = 0
  const startWatcher: WatchOptions["startWatcher"] = (folder, options, listener) => {
    if (given++ < 2) return fsWatch(folder, options, listener)
    throw Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), { code: "ENOSPC" })
  }
  const { knows, watch, problems, batches } = await following(root, { startWatcher, pollMs: 10 })
  expect(watch.mode).toBe("polling")
  fill(root, { "sub/sub/c.txt": "2", "sub/new/d.txt": "1" })
  rmSync(join(root, "a.txt"))
  await knows()
  const moves = () => batches.filter((batch) => batch.headMoved).length
  const before = moves()
  commitAll(root, "second")
  await knows(() => moves() > before)
  expect(problems).toHaveLength(1)
})

test("once closed, a watch says nothing more and holds nothing open", async () => {
  const root = treeWith({ "sub/a.txt": "" })
  const opened = new Set<FSWatcher>()
  const startWatcher: WatchOptions["startWatcher"] = (folder, options, listener) => {
    const watcher = fsWatch(folder, options, listener)
    opened.add(watcher)
    watcher.once("close", () => opened.delete(watcher))
    return watcher
  }
  const { watch, batches } = await watching(root, { startWatcher })
  fill(root, { "sub/a.txt": "changed" })
  await watch.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(opened.size).toBe(0)
  const count = batches.length
  const other = await watching(root)
  fill(root, { "sub/a.txt": "again" })
  await other.hears("sub/a.txt")
  expect(batches.length).toBe(count)
  await watch.close()
})

test("after random changes, someone who heard every batch knows the tree", async () => {
  const name = fc.constantFrom("a", "b", "c", "d")
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"))
  const step = fc.oneof(
    fc.record({ do: fc.constant("write" as const), path, text: fc.string({ maxLength: 5 }) }),
    fc.record({ do: fc.constant("remove" as const), path }),
    fc.record({ do: fc.constant("move" as const), path, to: path }),
    fc.record({ do: fc.constant("link" as const), path, to: path }),
    fc.record({ do: fc.constant("pause" as const), path }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const root = treeWith({ "a/b/c": "start", d: "start" })
      const { knows, watch } = await following(root, { debounceMs: 5, maxWaitMs: 20 })
      for (const what of steps) {
        try {
          const at = join(root, what.path)
          if (what.do === "pause") await new Promise((resolve) => setImmediate(resolve))
          else if (what.do === "write") fill(root, { [what.path]: what.text })
          else if (what.do === "remove") rmSync(at, { recursive: true })
          else if (what.do === "move") renameSync(at, join(root, what.to))
          else symlinkSync(join(root, what.to), at)
        } catch {
          // The step does not fit the tree it met.
        }
      }
      await knows()
      await watch.close()
    }),
    { numRuns: 30 },
  )
})
