import { chmodSync, mkdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { UnavailableError } from "../../base/errors.ts"
import type { IndexChange } from "../code-index.ts"
import type { Analyser } from "./analyser.ts"
import { inProcessAnalyser } from "./in-process.ts"
import { inTemporaryFolder, withIndex, writeFiles } from "./index.testing.ts"
import { openIndex } from "./open-index.ts"
import { openIndexStore } from "./store.ts"

const sources = {
  "src/retry.ts":
    "/** Waits between attempts. */\nexport function backoffDelay(attempt: number) {\n  return 2 ** attempt\n}\n",
  "src/main.ts": 'import { backoffDelay } from "./retry.ts"\nexport const run = () => backoffDelay(1)\n',
  "README.md": "# Demo\n\nA demo of retries.\n",
}

/** Counts what is parsed. */
function counting(): Analyser & { readonly parsed: string[] } {
  const parsed: string[] = []
  return {
    ...inProcessAnalyser,
    parsed,
    analyse(path, bytes) {
      parsed.push(path)
      return inProcessAnalyser.analyse(path, bytes)
    },
  }
}

test("an update says what it did, and every answer names the tree it is of", async () => {
  await withIndex(sources, async ({ root, index }) => {
    const first = index.freshness()
    expect(first).toMatchObject({ files: 3, pending: 0, isComplete: true, dirtyFiles: [], head: null })
    writeFiles(root, { "src/new.ts": "export const fresh = 1\n", "src/main.ts": "export const run = 2\n" })
    rmSync(join(root, "README.md"))
    index.markDirty(["src/main.ts"])
    expect(index.freshness()).toMatchObject({ dirtyFiles: ["src/main.ts"], isComplete: false, tree: first.tree })
    const report = await index.update()
    expect(report).toMatchObject({ added: 1, changed: 1, removed: 1, parsed: 2 })
    const answer = await index.search({ text: "fresh" })
    expect(answer.freshness.tree).toBe(report.freshness.tree)
    expect(answer.freshness.tree).not.toBe(first.tree)
    expect(answer.hits[0]?.path).toBe("src/new.ts")
    expect((await index.definitions("run")).freshness).toEqual(answer.freshness)
  })
})

test("a file is read again when its stat moved, and parsed only when its content is new", async () => {
  await inTemporaryFolder(async (folder) => {
    const root = join(folder, "project")
    writeFiles(root, sources)
    for (const path of Object.keys(sources)) utimesSync(join(root, path), 1000, 1000)
    const store = openIndexStore(join(folder, "index.db"))
    const analyser = counting()
    // A clock far ahead: what was written before is surely written.
    const index = openIndex({
      root,
      store,
      analyser,
      git: null,
      clock: { ...systemClock, now: () => Date.now() + 60_000 },
    })
    expect(await index.update()).toMatchObject({ added: 3, parsed: 3 })
    expect(await index.update()).toMatchObject({ unchanged: 3, changed: 0, parsed: 0 })
    utimesSync(join(root, "README.md"), 2000, 2000)
    expect(await index.update()).toMatchObject({ unchanged: 3, changed: 0, parsed: 0 })
    expect(analyser.parsed).toHaveLength(3)
    writeFiles(root, { "copy/of/retry.ts": sources["src/retry.ts"] })
    expect(await index.update()).toMatchObject({ added: 1, parsed: 0 })
    expect(analyser.parsed).toHaveLength(3)
    await index.close()
    store.close()
  })
})

test("a change within the clock's grain of the last reading is not missed", async () => {
  await inTemporaryFolder(async (folder) => {
    const root = join(folder, "project")
    writeFiles(root, { "a.ts": "const a = 1\n" })
    const { atimeMs, mtimeMs } = statSync(join(root, "a.ts"))
    const store = openIndexStore(join(folder, "index.db"))
    const index = openIndex({
      root,
      store,
      analyser: inProcessAnalyser,
      git: null,
      clock: { ...systemClock, now: () => mtimeMs },
    })
    await index.update()
    // The same size and modification time: only the content tells.
    writeFileSync(join(root, "a.ts"), "const b = 2\n")
    utimesSync(join(root, "a.ts"), atimeMs / 1000, mtimeMs / 1000)
    expect(await index.update()).toMatchObject({ changed: 1 })
    await index.close()
    store.close()
  })
})

test("an update that was cut off keeps what it stored, and the next goes on from there", async () => {
  await inTemporaryFolder(async (folder) => {
    const root = join(folder, "project")
    const many = Object.fromEntries(
      Array.from({ length: 600 }, (_, n) => [`f${n}.ts`, `export const value${n} = ${n}\n`]),
    )
    writeFiles(root, many)
    const store = openIndexStore(join(folder, "index.db"))
    const analyser = counting()
    const index = openIndex({ root, store, analyser, git: null })
    const stop = new AbortController()
    index.subscribe((change) => {
      if (change.kind === "batch") stop.abort()
    })
    await expect(index.update({ signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" })
    const stored = index.freshness().files
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThan(600)
    expect(index.freshness().isComplete).toBe(false)
    await index.close()
    store.close()

    const again = openIndexStore(join(folder, "index.db"))
    const second = openIndex({ root, store: again, analyser, git: null })
    const before = analyser.parsed.length
    const report = await second.update()
    expect(report.freshness).toMatchObject({ files: 600, isComplete: true })
    expect(analyser.parsed.length - before).toBe(600 - stored)
    await second.close()
    again.close()
  })
})

test("what can't be indexed is told with its reason", async () => {
  await withIndex(
    { "ok.ts": "export const ok = 1\n", "picture.ts": new Uint8Array([0, 1, 2, 0, 255]), "empty.ts": "" },
    async ({ root, index }) => {
      writeFileSync(join(root, "huge.json"), "x".repeat(2_500_000))
      writeFiles(root, { "latin.py": Buffer.from("# gr\xf6\xdfe\ndef size(): pass\n", "latin1") })
      const report = await index.update()
      expect(report.skipped).toEqual([{ path: "huge.json", reason: "too large" }])
      expect(index.files()).toEqual(["empty.ts", "latin.py", "ok.ts"])
      expect((await index.search({ text: "größe" })).hits[0]?.path).toBe("latin.py")
    },
  )
})

test.skipIf(process.getuid?.() === 0)("a file that may not be read is told, and indexed once it may", async () => {
  await withIndex(sources, async ({ root, index }) => {
    writeFiles(root, { "secret.ts": "export const hidden = 1\n" })
    chmodSync(join(root, "secret.ts"), 0)
    expect((await index.update()).skipped[0]?.reason).toContain("unreadable")
    chmodSync(join(root, "secret.ts"), 0o600)
    await index.update()
    expect(index.files()).toContain("secret.ts")
  })
})

test("ignored files stay out, new ones too, until the rules change", async () => {
  await withIndex(
    { ...sources, ".gitignore": "*.gen.ts\n", "a.gen.ts": "export const generated = 1\n" },
    async ({ root, index }) => {
      expect(index.files()).not.toContain("a.gen.ts")
      writeFiles(root, { "b.gen.ts": "1\n" })
      await index.update({ paths: ["b.gen.ts"] })
      expect(index.files()).not.toContain("b.gen.ts")
      writeFiles(root, { ".gitignore": "\n" })
      await index.update({ paths: [".gitignore"] })
      expect(index.files()).toEqual(expect.arrayContaining(["a.gen.ts", "b.gen.ts"]))
    },
  )
})

test("an index that is damaged, foreign or of another version is built anew, and says so", async () => {
  const damages: ((path: string) => void)[] = [
    (path) => truncateSync(path, 5000),
    (path) => writeFileSync(path, "this is no database, whatever its name says"),
    (path) => {
      const db = new DatabaseSync(path)
      db.exec("PRAGMA user_version = 7")
      db.close()
    },
    (path) => {
      const db = new DatabaseSync(path)
      db.exec("DROP TABLE content")
      db.close()
    },
  ]
  for (const damage of damages) {
    await inTemporaryFolder(async (folder) => {
      const root = join(folder, "project")
      writeFiles(root, sources)
      const path = join(folder, "index.db")
      const before = openIndexStore(path)
      const index = openIndex({ root, store: before, analyser: inProcessAnalyser, git: null })
      await index.update()
      const { tree } = index.freshness()
      await index.close()
      before.close()
      for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true })
      damage(path)
      const after = openIndexStore(path)
      expect(after.rebuiltBecause).toBeTruthy()
      const again = openIndex({ root, store: after, analyser: inProcessAnalyser, git: null })
      expect(again.freshness()).toMatchObject({ files: 0, isComplete: false })
      expect((await again.update()).freshness.tree).toBe(tree)
      await again.close()
      after.close()
    })
  }
})

test("a data folder that can't be written is a clear error", async () => {
  await inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, "file"), "in the way")
    expect(() => openIndexStore(join(folder, "file", "index.db"))).toThrow(UnavailableError)
  })
})

test("a failed transaction leaves the index as it was, and the next update mends it", async () => {
  await withIndex(sources, async ({ root, index, store }) => {
    const before = index.freshness()
    writeFiles(root, { "more.ts": "export const more = 1\n".repeat(50) })
    const pages = Number(store.db.prepare("PRAGMA page_count").get()?.page_count)
    // What SQLite says when the disk is full.
    store.db.exec(`PRAGMA max_page_count = ${pages}`)
    const told: IndexChange[] = []
    index.subscribe((change) => void told.push(change))
    const big = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`m${n}.ts`, `export const m${n} = "${"y".repeat(3000)}${n}"\n`]),
    )
    writeFiles(root, big)
    await expect(index.update()).rejects.toThrow(/full/)
    expect(told.some(({ kind }) => kind === "failed")).toBe(true)
    expect(index.freshness()).toMatchObject({ tree: before.tree, files: before.files })
    expect((await index.search({ text: "backoff" })).hits[0]?.path).toBe("src/retry.ts")
    store.db.exec("PRAGMA max_page_count = 1000000")
    expect((await index.update()).freshness.files).toBe(before.files + 41)
  })
})

test("worktrees share contents, and each answers of its own tree", async () => {
  await inTemporaryFolder(async (folder) => {
    const [one, two] = [join(folder, "one"), join(folder, "two")]
    writeFiles(one, sources)
    writeFiles(two, { ...sources, "src/main.ts": "export const somethingElse = 1\n" })
    const store = openIndexStore(join(folder, "index.db"))
    const analyser = counting()
    const [first, second] = [one, two].map((root) => openIndex({ root, store, analyser, git: null }))
    await first?.update()
    expect((await second?.update())?.parsed).toBe(1)
    expect((await first?.search({ text: "somethingElse" }))?.hits).toEqual([])
    expect((await second?.search({ text: "somethingElse" }))?.hits[0]?.path).toBe("src/main.ts")
    // What one of them drops stays for the other.
    rmSync(join(one, "src"), { recursive: true })
    mkdirSync(join(one, "src"))
    await first?.update()
    store.collectGarbage({ all: true })
    expect((await second?.search({ text: "backoffDelay" }))?.hits[0]?.path).toBe("src/retry.ts")
    expect((await first?.search({ text: "backoffDelay" }))?.hits).toEqual([])
    await first?.close()
    await second?.close()
    store.close()
  })
})

test("garbage goes when it is much, and what is used stays", async () => {
  await withIndex(sources, async ({ root, index, store }) => {
    for (let n = 0; n < 5; n++) {
      writeFiles(root, { "src/main.ts": `export const version${n} = ${n}\n` })
      await index.update()
    }
    expect(store.contents.size).toBe(8)
    expect(store.collectGarbage()).toBe(0)
    expect(store.collectGarbage({ all: true })).toBe(5)
    expect(store.contents.size).toBe(3)
    expect((await index.search({ text: "version4" })).hits).toHaveLength(1)
  })
})

test("an empty project has an index that is complete", async () => {
  await withIndex({}, async ({ index }) => {
    expect(index.freshness()).toMatchObject({ files: 0, chunks: 0, isComplete: true })
    const answer = await index.search({ text: "anything at all" })
    expect(answer).toMatchObject({ hits: [], nearest: [] })
    expect((await index.impact("nothing")).dependants).toEqual([])
    expect(index.stats()).toMatchObject({ files: 0, lines: 0, languages: [] })
  })
})

test("text and outline are those of the indexed tree, not of the disk", async () => {
  await withIndex(sources, async ({ root, index }) => {
    writeFiles(root, { "src/retry.ts": "changed" })
    expect(await index.text("src/retry.ts", { startLine: 2, endLine: 2 })).toBe(
      "export function backoffDelay(attempt: number) {",
    )
    expect((await index.outline("src/retry.ts")).items.map(({ name }) => name)).toEqual(["backoffDelay"])
    expect(await index.text("no/such.ts")).toBeUndefined()
  })
})
