import { renameSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openGit } from "../../workspace/git.ts"
import { inProcessAnalyser } from "../index/in-process.ts"
import { commit, git, inTemporaryFolder, withIndex, writeFiles } from "../index/index.testing.ts"
import { openIndex } from "../index/open-index.ts"
import { openIndexStore } from "../index/store.ts"
import { evidenceOf } from "./commit-store.ts"

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)

function threeCommits(root: string) {
  git(root, ["init", "-q"])
  commit(root, "Start", start)
  writeFiles(root, { "src/old.ts": "export const one = 1\nexport const two = 3\n" })
  commit(root, "Correct the second constant\n\nIt was off by one since the port.", start + day)
  renameSync(join(root, "src/old.ts"), join(root, "src/new.ts"))
  commit(root, "Give the file a better name", start + 2 * day)
}
const files = { "src/old.ts": "export const one = 1\nexport const two = 2\n", "other.ts": "export const x = 1\n" }

test("a file's history goes through its renames, newest first, with the why", async () => {
  await withIndex(
    files,
    async ({ index }) => {
      const { items } = await index.historyOf("src/new.ts")
      expect(items.map(({ subject }) => subject)).toEqual([
        "Give the file a better name",
        "Correct the second constant",
        "Start",
      ])
      expect(items[1]).toMatchObject({ body: "It was off by one since the port.", authorName: "Ada", filesChanged: 1 })
      const lines = await index.historyOf("src/new.ts", { lines: { startLine: 2, endLine: 2 } })
      expect(lines.items.map(({ subject }) => subject)).toContain("Correct the second constant")
      expect((await index.historyOf("no/such.ts")).items).toEqual([])
    },
    { beforeUpdate: threeCommits },
  )
})

test("what was said of a file under its old name still leads to it", async () => {
  await withIndex(
    files,
    async ({ index }) => {
      const { hits } = await index.search({ text: "off by one since the port" })
      expect(hits[0]).toMatchObject({ path: "src/new.ts", commits: [{ subject: "Correct the second constant" }] })
    },
    { beforeUpdate: threeCommits },
  )
})

test("only new commits are read; those that a rebase dropped stop counting", async () => {
  await withIndex(
    files,
    async ({ root, index }) => {
      expect(index.stats().commits).toBe(3)
      writeFiles(root, { "other.ts": "export const x = 2\n" })
      commit(root, "Turn the flux capacitor up", start + 3 * day)
      expect((await index.update()).commits).toBe(1)
      expect(index.freshness().head).toBe(git(root, ["rev-parse", "HEAD"]).trim())
      expect((await index.search({ text: "flux capacitor" })).hits[0]?.path).toBe("other.ts")
      git(root, ["reset", "-q", "--hard", "HEAD~1"])
      expect((await index.update()).commits).toBe(0)
      expect(index.stats().commits).toBe(3)
      expect((await index.search({ text: "flux capacitor" })).hits).toEqual([])
    },
    { beforeUpdate: threeCommits },
  )
})

test("a history that was read in part is completed", async () => {
  await inTemporaryFolder(async (folder) => {
    const root = join(folder, "project")
    writeFiles(root, files)
    threeCommits(root)
    const store = openIndexStore(join(folder, "index.db"))
    const newest = openIndex({ root, store, analyser: inProcessAnalyser, git: await openGit(root), maxCommits: 1 })
    await newest.update()
    expect(newest.stats().commits).toBe(1)
    await newest.close()
    store.db.exec("UPDATE worktree SET history_head = NULL")
    const whole = openIndex({ root, store, analyser: inProcessAnalyser, git: await openGit(root) })
    expect((await whole.update()).commits).toBe(2)
    expect(whole.stats().commits).toBe(3)
    await whole.close()
    store.close()
  })
})

test("a repository without commits, and a folder that is none, are indexed without history", async () => {
  await withIndex(
    files,
    async ({ index }) => {
      expect(index.freshness()).toMatchObject({ head: null, files: 2, isComplete: true })
      expect((await index.historyOf("other.ts")).items).toEqual([])
    },
    { beforeUpdate: (root) => void git(root, ["init", "-q"]) },
  )
  await withIndex(files, async ({ index }) => {
    expect(index.freshness().head).toBeNull()
    expect((await index.search({ text: "one changed:head" })).hits).toEqual([])
  })
})

test("an index of a folder inside a repository knows the commits by its own paths", async () => {
  await inTemporaryFolder(async (folder) => {
    writeFiles(folder, { "part/a.ts": "export const a = 1\n", "rest/b.ts": "export const b = 1\n" })
    git(folder, ["init", "-q"])
    commit(folder, "Begin with warp drives", start)
    const root = join(folder, "part")
    const store = openIndexStore(join(folder, "data", "index.db"))
    const index = openIndex({ root, store, analyser: inProcessAnalyser, git: await openGit(root) })
    await index.update()
    expect((await index.search({ text: "warp drives" })).hits[0]?.path).toBe("a.ts")
    expect((await index.historyOf("a.ts")).items).toHaveLength(1)
    await index.close()
    store.close()
  })
})

test("commits that changed much, and those of machines, are weak evidence", () => {
  const of = (files: number, authorName = "Ada", subject = "Change a thing", parents = ["x"]) =>
    evidenceOf({
      files: Array.from({ length: files }, (_, n) => ({ path: `f${n}`, status: "M" as const })),
      authorName,
      subject,
      parents,
    })
  expect(of(1)).toBeGreaterThan(of(5))
  expect(of(5)).toBeGreaterThan(of(100))
  expect(of(1000)).toBe(0)
  expect(of(1, "renovate[bot]")).toBeLessThan(of(5))
  expect(of(1, "Ada", "v1.2.3")).toBeLessThan(of(1))
})
