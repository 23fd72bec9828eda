import { rmSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { DuckError } from "../../base/errors.ts"
import type { CodeIndex } from "../code-index.ts"
import { inProcessAnalyser } from "../index/in-process.ts"
import { commit, git, inTemporaryFolder, withIndex, writeFiles } from "../index/index.testing.ts"
import { openIndex } from "../index/open-index.ts"
import { openIndexStore } from "../index/store.ts"
import { documentsOf, meaningOf, scriptedEmbedder } from "./embedder.testing.ts"
import type { Embedder } from "./embedder.ts"

const sources = {
  "src/net/retry.ts":
    "export function backoffDelay(attempt: number): number {\n  return Math.min(30_000, 2 ** attempt * 100)\n}\n",
  "src/net/socket.ts": "export class SocketPool {\n  openConnection(host: string) {\n    return host\n  }\n}\n",
  "src/store/user_store.py": "def find_by_email(rows, email):\n    return rows[email]\n",
}

const down = (details: object = {}) =>
  new DuckError({ code: "MODEL_UNREACHABLE", message: "Nobody is there.", details: { ...details } })

/** Resolves once `isSo`, looked at after each turn of the event loop. */
async function until(isSo: () => boolean) {
  for (let n = 0; n < 100_000 && !isSo(); n++) await new Promise((resolve) => setImmediate(resolve))
  expect(isSo()).toBe(true)
}
const isDone = (index: CodeIndex) => index.meaning()?.state === "done"

test("a question that shares no word with the code finds it by meaning, and the hit says so", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    sources,
    async ({ index }) => {
      const { hits, meaning } = await index.search({ text: "patience to persist" })
      expect(hits[0]).toMatchObject({ path: "src/net/retry.ts", name: "backoffDelay" })
      expect(hits[0]?.why.map(({ signal }) => signal)).toContain("vector")
      expect(hits[0]?.why.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(hits[0]?.score ?? 0, 4)
      expect(meaning).toMatchObject({ model: "scripted/one", isUsed: true })
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
    },
    { embedder: () => embedder },
  )
  await withIndex(sources, async ({ index }) => {
    expect((await index.search({ text: "patience to persist" })).hits).toEqual([])
  })
})

test("a question about something else finds nothing by meaning either", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    sources,
    async ({ index }) => {
      const { hits, meaning } = await index.search({ text: "xylophone zebra" })
      expect(hits).toEqual([])
      expect(meaning?.isUsed).toBe(true)
    },
    { embedder: () => embedder },
  )
})

test("filters hold for what is found by meaning", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    sources,
    async ({ index }) => {
      expect((await index.search({ text: "telephone path:src/store" })).hits).toEqual([])
      expect((await index.search({ text: "telephone kind:class" })).hits.every(({ kind }) => kind === "class")).toBe(
        true,
      )
      expect((await index.search({ text: "patience", mode: "text" })).meaning).toBeNull()
    },
    { embedder: () => embedder },
  )
})

test("without a model there is nothing to ask and no file of vectors", async () => {
  await withIndex(sources, async ({ index, store }) => {
    expect(index.meaning()).toBeNull()
    expect((await index.search({ text: "backoff" })).meaning).toBeNull()
    expect(() => rmSync(join(store.path, "..", "vectors.db"))).toThrow(/ENOENT/)
  })
})

test("only what has changed is embedded again, wherever it has moved to", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    sources,
    async ({ root, index }) => {
      const before = documentsOf(embedder)
      expect(new Set(before).size).toBe(before.length)
      writeFiles(root, {
        "moved/elsewhere.ts": sources["src/net/retry.ts"],
        "src/store/user_store.py": `${sources["src/store/user_store.py"]}\n\ndef count_letters(rows):\n    return len(rows)\n`,
      })
      await index.update()
      await index.settled()
      const after = documentsOf(embedder).slice(before.length)
      expect(after).toHaveLength(1)
      expect(after[0]).toContain("count_letters")
      expect(index.meaning()).toMatchObject({ state: "done" })
      expect(index.meaning()?.embedded).toBe(index.meaning()?.chunks)
    },
    { embedder: () => embedder },
  )
})

test("worktrees and branches share vectors, and so does an index that is built anew", async () => {
  const embedder = scriptedEmbedder()
  await inTemporaryFolder(async (folder) => {
    for (const root of ["one", "two"]) writeFiles(join(folder, root), sources)
    const path = join(folder, "data", "index.db")
    const store = openIndexStore(path)
    const roots = ["one", "two"].map((root) => join(folder, root))
    const [first, second] = roots.map((root) =>
      openIndex({ root, store, analyser: inProcessAnalyser, git: null, embedder: () => embedder }),
    )
    await Promise.all([first?.update(), second?.update()])
    await Promise.all([first?.settled(), second?.settled()])
    const sent = documentsOf(embedder).length
    expect(new Set(documentsOf(embedder)).size).toBe(sent)
    await Promise.all([first?.close(), second?.close()])
    store.close()

    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true })
    const again = openIndexStore(path)
    const index = openIndex({
      root: join(folder, "one"),
      store: again,
      analyser: inProcessAnalyser,
      git: null,
      embedder: () => embedder,
    })
    await index.update()
    await index.settled()
    expect(index.meaning()).toMatchObject({ state: "done" })
    expect(documentsOf(embedder)).toHaveLength(sent)
    expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
    await index.close()
    again.close()
  })
})

test("a branch that comes back brings its vectors back", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    sources,
    async ({ root, index }) => {
      const sent = documentsOf(embedder).length
      git(root, ["checkout", "-q", "-b", "other"])
      writeFiles(root, { "src/net/socket.ts": "export const nothing = 'left of it'\n" })
      commit(root, "Away")
      await index.update()
      git(root, ["checkout", "-q", "main"])
      await index.update()
      await index.settled()
      expect(documentsOf(embedder).length).toBeLessThanOrEqual(sent + 1)
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
    },
    {
      embedder: () => embedder,
      beforeUpdate(root) {
        git(root, ["init", "-q", "-b", "main"])
        commit(root, "Start")
      },
    },
  )
})

test("another model embeds everything anew, and the vectors of the one before are dropped", async () => {
  const [one, two] = [scriptedEmbedder("a/one"), scriptedEmbedder("b/two")]
  let chosen: Embedder | undefined = one
  await withIndex(
    sources,
    async ({ index, store }) => {
      chosen = two
      index.embed()
      await until(() => isDone(index))
      expect(documentsOf(two).sort()).toEqual(documentsOf(one).sort())
      expect(store.vectors().hasOthers("b/two")).toBe(false)
      expect((await index.search({ text: "telephone" })).meaning?.model).toBe("b/two")
      chosen = undefined
      expect(index.meaning()).toBeNull()
      expect((await index.search({ text: "telephone" })).hits).toEqual([])
      chosen = two
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
      expect(documentsOf(two)).toHaveLength(documentsOf(one).length)
      expect(index.meaning()).toMatchObject({ state: "done" })
    },
    { embedder: () => chosen },
  )
})

test("a model that gives vectors of several widths is asked no faster than one that fails", async () => {
  const clock = manualClock()
  let width = 8
  const embedder = scriptedEmbedder("a/odd", () => new Float32Array(width++).fill(1))
  await withIndex(
    sources,
    async ({ index }) => {
      expect(index.meaning()).toMatchObject({ state: "waiting", problem: { code: "EMBEDDINGS_CHANGED" } })
      expect(embedder.asked).toHaveLength(1)
      clock.advance(2_000)
      await until(() => embedder.asked.length === 2 && index.meaning()?.state === "waiting")
      clock.advance(3_999)
      await index.settled()
      expect(embedder.asked).toHaveLength(2)
      expect((await index.search({ text: "backoff" })).hits[0]?.path).toBe("src/net/retry.ts")
    },
    { embedder: () => embedder, clock },
  )
})

test("a model that becomes another one under its name is noticed by the width of its vectors", async () => {
  let wide = false
  const embedder = scriptedEmbedder("a/one", (text) =>
    wide ? Float32Array.of(...meaningOf(text), 0, 0) : meaningOf(text),
  )
  await withIndex(
    sources,
    async ({ root, index }) => {
      const sent = documentsOf(embedder).length
      wide = true
      expect((await index.search({ text: "patience" })).meaning).toMatchObject({ isUsed: false })
      writeFiles(root, { "new.ts": "export function fresh() {\n  return 'a fresh one'\n}\n" })
      await index.update()
      await index.settled()
      expect(index.meaning()).toMatchObject({ embedded: 0, problem: { code: "EMBEDDINGS_CHANGED" } })
      index.embed()
      await until(() => isDone(index))
      expect(documentsOf(embedder)).toHaveLength(sent * 2 + 2)
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
    },
    { embedder: () => embedder },
  )
})

test("a model that fails is left alone for longer and longer, and everything else goes on", async () => {
  const clock = manualClock()
  const embedder = scriptedEmbedder()
  embedder.fail = (_texts, kind) => (kind === "document" ? down() : undefined)
  await withIndex(
    sources,
    async ({ index }) => {
      const requests = () => embedder.asked.length
      expect(requests()).toBe(1)
      expect(index.meaning()).toMatchObject({ state: "waiting", embedded: 0, problem: { code: "MODEL_UNREACHABLE" } })
      expect((await index.search({ text: "backoff" })).hits[0]?.path).toBe("src/net/retry.ts")
      const asked = embedder.asked.length
      for (const ms of [2_000, 4_000, 8_000]) {
        const before = requests()
        clock.advance(ms - 1)
        await until(() => clock.sleepers() > 0)
        expect(requests()).toBe(before)
        clock.advance(1)
        await until(() => requests() === before + 1 && index.meaning()?.state === "waiting")
      }
      expect(requests()).toBe(asked + 3)
      embedder.fail = undefined
      index.embed()
      await until(() => isDone(index))
      expect(index.meaning()).toMatchObject({ problem: null })
    },
    { embedder: () => embedder, clock },
  )
})

test("a failure that says when to come again is taken at its word", async () => {
  const clock = manualClock()
  const embedder = scriptedEmbedder()
  embedder.fail = () => down({ until: new Date(clock.now() + 600_000).toISOString() })
  await withIndex(
    sources,
    async ({ index }) => {
      expect(index.meaning()?.problem?.retryAt).toBe(new Date(clock.now() + 600_000).toISOString())
    },
    { embedder: () => embedder, clock },
  )
})

test("a text that the model does not take holds up none of the others", async () => {
  const embedder = scriptedEmbedder()
  embedder.fail = (texts) => {
    if (texts.some((text) => text.includes("find_by_email")))
      return new DuckError({ code: "CONTENT_REFUSED", message: "Not that one." })
    const isLong = texts.some((text) => text.length > 250)
    return isLong ? new DuckError({ code: "CONTEXT_TOO_LONG", message: "Too long." }) : undefined
  }
  const long = `export function longDelay() {\n${'  call("backoff")\n'.repeat(30)}}\n`
  await withIndex(
    { ...sources, "long.ts": long },
    async ({ root, index }) => {
      expect(index.meaning()).toMatchObject({ state: "done" })
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
      const before = documentsOf(embedder).length
      writeFiles(root, { "another.ts": "export const another = 'thing'\n" })
      await index.update()
      await index.settled()
      expect(documentsOf(embedder)).toHaveLength(before + 1)
    },
    { embedder: () => embedder },
  )
})

test("a model that is slow with a question is not waited for, and is asked no second time for the same", async () => {
  const clock = manualClock()
  const embedder = scriptedEmbedder()
  const { promise, resolve } = Promise.withResolvers<void>()
  const slow: Embedder = {
    id: embedder.id,
    async embed(texts, kind, signal) {
      if (kind === "query") await promise
      return embedder.embed(texts, kind, signal)
    },
  }
  await withIndex(
    sources,
    async ({ index }) => {
      const first = index.search({ text: "patience with backoff" })
      await until(() => clock.sleepers() === 1)
      clock.advance(500)
      const answer = await first
      expect(answer.hits[0]?.path).toBe("src/net/retry.ts")
      expect(answer.meaning).toMatchObject({ isUsed: false, detail: expect.stringContaining("within 500 ms") })
      resolve()
      await until(() => embedder.asked.some(({ kind }) => kind === "query"))
      expect((await index.search({ text: "patience with backoff" })).meaning?.isUsed).toBe(true)
      expect(embedder.asked.filter(({ kind }) => kind === "query")).toHaveLength(1)
    },
    { embedder: () => slow, clock },
  )
})

test("after a failed question searches do without for a while, and say why", async () => {
  const clock = manualClock()
  const embedder = scriptedEmbedder()
  embedder.fail = (_texts, kind) => (kind === "query" ? down() : undefined)
  await withIndex(
    sources,
    async ({ index }) => {
      for (const text of ["one thing", "another thing"])
        expect((await index.search({ text })).meaning).toMatchObject({
          isUsed: false,
          detail: expect.stringContaining("Nobody is there."),
        })
      expect(embedder.asked.filter(({ kind }) => kind === "query")).toHaveLength(1)
      clock.advance(15_000)
      embedder.fail = undefined
      expect((await index.search({ text: "one thing" })).meaning?.isUsed).toBe(true)
    },
    { embedder: () => embedder, clock },
  )
})

test("vectors of chunks that are gone are dropped when they have become many", async () => {
  const embedder = scriptedEmbedder()
  const many = (word: string) =>
    Object.fromEntries(
      Array.from({ length: 250 }, (_, n) => [
        `many/${n}.ts`,
        `export function ${word}${n}() {\n  return "${word} ${n}"\n}\n`,
      ]),
    )
  await withIndex(
    { ...sources, ...many("early") },
    async ({ root, index, store }) => {
      writeFiles(root, many("late"))
      await index.update()
      await index.settled()
      const before = documentsOf(embedder).length
      store.collectGarbage({ all: true })
      await index.update()
      await index.settled()
      const pause = async () => {}
      const kept = (await store.vectors().space(embedder.id, pause)).count
      expect(kept).toBe(before - 250)
      expect((await index.search({ text: "telephone" })).hits[0]?.path).toBe("src/net/socket.ts")
      expect(documentsOf(embedder)).toHaveLength(before)
    },
    { embedder: () => embedder },
  )
})

test("files of secrets are never embedded", async () => {
  const embedder = scriptedEmbedder()
  await withIndex(
    { ...sources, ".env": "SOME_NAME=a longer value\n", "deploy/id_rsa": "some words in a file\n" },
    async ({ index }) => {
      expect(index.freshness().files).toBeGreaterThan(3)
      expect(documentsOf(embedder).filter((text) => /SOME_NAME|some words/.test(text))).toEqual([])
    },
    { embedder: () => embedder },
  )
})

test("a private key that is longer than a chunk leaves none of its lines", async () => {
  const embedder = scriptedEmbedder()
  const line = (n: number) => `${"MIIEpAIBAAKCAQEA7bq9Zx1LkTfVw3Yh"}${String(n).padStart(32, "Qw4rTy6uIo8pAs0d")}`
  const body = Array.from({ length: 90 }, (_, n) => line(n)).join("\n")
  const pem = `-----BEGIN RSA PRIVATE ${"KEY"}-----\n${body}\n-----END RSA PRIVATE ${"KEY"}-----`
  await withIndex(
    { ...sources, "keys.ts": `export const spaceship = \`${pem}\`\n\nexport const after = "words that may leave"\n` },
    async ({ index }) => {
      const sent = documentsOf(embedder).join("\n")
      expect(sent).toContain("words that may leave")
      expect(sent).not.toContain("MIIEpAIBAAKCAQEA")
      expect(index.freshness().files).toBe(4)
    },
    { embedder: () => embedder },
  )
})

test("closing ends a request that is under way", async () => {
  let wasAborted = false
  const deaf: Embedder = {
    id: "a/deaf",
    embed: (_texts, _kind, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          wasAborted = true
          reject(new Error("aborted"))
        })
      }),
  }
  await inTemporaryFolder(async (folder) => {
    writeFiles(join(folder, "root"), sources)
    const store = openIndexStore(join(folder, "index.db"))
    const index = openIndex({
      root: join(folder, "root"),
      store,
      analyser: inProcessAnalyser,
      git: null,
      embedder: () => deaf,
    })
    await index.update()
    await until(() => index.meaning()?.state === "embedding")
    await index.close()
    store.close()
    expect(wasAborted).toBe(true)
  })
})
