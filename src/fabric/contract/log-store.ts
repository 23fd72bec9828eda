import { setImmediate } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { chainHash, encodeCommit, genesis } from "../chain.ts"
import type { Committed, LogStore } from "../ports.ts"
import { commitTo, readTo } from "./sequencer-commits.ts"

export interface LogStoreWorld {
  readonly store: LogStore
  /** Lets `ms` pass; resolves when what was due has happened. */
  pass(ms: number): Promise<void>
  close(): Promise<void> | void
}

/** Commits for one log as an engine would send them: dense, with the right heads. */
function history(log: string, streams: readonly string[]): Committed[] {
  const heads = new Map<string, number>()
  return streams.map((stream, i) => {
    const commit = {
      ...commitTo(stream, { id: newId(), expect: heads.get(stream) ?? 0, data: { i } }),
      log,
      pos: i + 1,
    }
    heads.set(stream, i + 1)
    return commit
  })
}

/** What the local copy of the logs promises, whether it is the truth or a mirror. */
export function logStoreContract(name: string, open: () => Promise<LogStoreWorld> | LogStoreWorld): void {
  describe(`the ${name} log store`, () => {
    let world: LogStoreWorld
    let store: LogStore
    beforeEach(async () => {
      world = await open()
      store = world.store
    })
    afterEach(() => world.close())

    const five = history("core", ["a", "b", "a", "c", "a"])

    test("what was taken in is read back, whole, by position and by stream", () => {
      store.ingest("core", five.slice(0, 2))
      store.ingest("core", five.slice(2))
      expect(store.scan("core", 0, 10)).toEqual(five)
      expect(store.scan("core", 2, 2)).toEqual(five.slice(2, 4))
      expect(store.scan("core", 5, 2)).toEqual([])
      expect([...store.stream("core", "a")].map(({ pos }) => pos)).toEqual([1, 3, 5])
      expect([...store.stream("core", "a", 1)].map(({ pos }) => pos)).toEqual([3, 5])
      expect([...store.stream("core", "a", 5)]).toEqual([])
      expect([...store.stream("core", "none")]).toEqual([])
      expect(store.logs()).toEqual(["core"])
    })

    test("a log that is not there is empty, and reading does not make it", () => {
      expect(store.tip("project.none")).toEqual({ pos: 0, hash: genesis })
      expect(store.scan("project.none", 0, 10)).toEqual([])
      expect([...store.stream("project.none", "a")]).toEqual([])
      expect(store.hashAt("project.none", 1)).toBeUndefined()
      expect(store.logs()).toEqual([])
    })

    test("the tip carries the hash of the whole chain", () => {
      store.ingest("core", five)
      let hash = genesis
      for (const commit of five) {
        hash = chainHash(hash, encodeCommit(commit))
        expect(Buffer.from(store.hashAt("core", commit.pos) ?? [])).toEqual(Buffer.from(hash))
      }
      expect(store.tip("core").pos).toBe(5)
      expect(Buffer.from(store.tip("core").hash)).toEqual(Buffer.from(hash))
    })

    test("a hole, a regression and a wrong head are refused, and nothing of their batch is kept", () => {
      const [one, two, three, four] = five as [Committed, Committed, Committed, Committed]
      store.ingest("core", [one])
      const refused: readonly [readonly Committed[], string, number][] = [
        [[two, four], "hole", 3],
        [[three], "hole", 2],
        [[one], "regression", 2],
        [[two, { ...three, expect: 2 }], "regression", 3],
        [[two, { ...three, id: one.id }], "regression", 3],
      ]
      for (const [batch, why, at] of refused) {
        expect(() => store.ingest("core", batch)).toThrow(expect.objectContaining({ code: "LOG_SUSPECT", why, at }))
        expect(store.tip("core").pos).toBe(1)
      }
      store.ingest("core", [two, three, four])
      expect(store.scan("core", 0, 10)).toEqual(five.slice(0, 4))
    })

    test("waiting for a position ends when it is there, or when the time is over", async () => {
      store.ingest("core", five.slice(0, 1))
      expect(await store.reached("core", 1, { withinMs: 0 })).toBe(true)
      expect(await store.reached("core", 2, { withinMs: 0 })).toBe(false)
      const waiting = store.reached("core", 3, { withinMs: 1000 })
      store.ingest("core", five.slice(1, 2))
      store.ingest("core", five.slice(2))
      expect(await waiting).toBe(true)
      const tooLong = store.reached("core", 6, { withinMs: 20 })
      await world.pass(20)
      expect(await tooLong).toBe(false)
    })

    test("a follower gets what is there and what is taken in later", async () => {
      store.ingest("core", five.slice(0, 3))
      const reading = readTo(store, "core", 1, 5)
      await setImmediate()
      store.ingest("core", five.slice(3))
      expect(await reading).toEqual(five.slice(1))
    })

    test("those who asked hear of a log that has grown", () => {
      const heard: string[] = []
      const unsubscribe = store.onChange((log) => heard.push(log))
      store.ingest("core", five.slice(0, 1))
      store.ingest("project.p", history("project.p", ["a"]))
      unsubscribe()
      store.ingest("core", five.slice(1))
      expect(heard).toEqual(["core", "project.p"])
    })

    test("the chain verifies, with progress", async () => {
      const many = history(
        "core",
        Array.from({ length: 1234 }, (_, i) => `s.${i % 7}`),
      )
      for (let at = 0; at < many.length; at += 100) store.ingest("core", many.slice(at, at + 100))
      const progress: number[] = []
      const result = await store.verify("core", { onProgress: (checked) => progress.push(checked) })
      expect(result).toMatchObject({ ok: true, checked: 1234, trimmedTo: 0, seals: 0, sealedTo: 0 })
      expect(result.tip).toEqual({ pos: 1234, hash: Buffer.from(store.tip("core").hash).toString("hex") })
      expect(progress.at(-1)).toBe(1234)
      expect(progress).toEqual(progress.toSorted((a, b) => a - b))
      await expect(store.verify("project.none")).rejects.toMatchObject({ code: "LOG_NOT_FOUND" })
    })
  })
}
