import { readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, StatementSync } from "node:sqlite"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { sequencerContract } from "../contract/sequencer.ts"
import { appendAll, commitTo, posOf, readTo, withoutPlace } from "../contract/sequencer-commits.ts"
import { type EmbeddedSequencer, embeddedSequencer } from "./sequencer.ts"
import { testFolder } from "./store.testing.ts"
import { type LogTables, logTables } from "./store-tables.ts"

const { folder, make, remove } = testFolder()

function open(): { tables: LogTables; sequencer: EmbeddedSequencer } {
  const tables = logTables({ folder: folder() })
  return { tables, sequencer: embeddedSequencer({ tables }) }
}

sequencerContract("SQLite", () => {
  make()
  const { tables, sequencer } = open()
  return {
    sequencer,
    there: sequencer,
    async close() {
      await sequencer.close()
      tables.close()
      remove()
    },
  }
})

let tables: LogTables
let sequencer: EmbeddedSequencer
beforeEach(() => {
  make()
  ;({ tables, sequencer } = open())
})
afterEach(async () => {
  vi.restoreAllMocks()
  await sequencer.close()
  tables.close()
  remove()
})

async function reopen() {
  await sequencer.close()
  tables.close()
  ;({ tables, sequencer } = open())
}

/** Runs `instead` in the place of every statement that has this SQL, until mocks are restored. */
function onStatement(sql: RegExp, instead: (run: () => unknown) => unknown) {
  const original = StatementSync.prototype.run
  vi.spyOn(StatementSync.prototype, "run").mockImplementation(function (this: StatementSync, ...parameters) {
    const run = (): unknown => Reflect.apply(original, this, parameters)
    return (sql.test(this.sourceSQL) ? instead(run) : run()) as ReturnType<typeof original>
  })
}

const diskError = (code: number, message: string) => Object.assign(new Error(message), { errcode: code })

test("appends that arrive together share a transaction", async () => {
  await sequencer.append("core", commitTo("first"))
  let commits = 0
  onStatement(/^commit$/, (run) => {
    commits++
    return run()
  })
  await Promise.all(Array.from({ length: 64 }, (_, i) => sequencer.append("core", commitTo(`s.${i}`))))
  expect(commits).toBe(1)
})

test("an append is answered after its transaction is committed, not before", async () => {
  await sequencer.append("core", commitTo("first"))
  const order: string[] = []
  onStatement(/^commit$/, (run) => {
    const result = run()
    order.push("committed")
    return result
  })
  await Promise.all(
    ["a", "b"].map((stream) => sequencer.append("core", commitTo(stream)).then(() => order.push(stream))),
  )
  expect(order).toEqual(["committed", "a", "b"])
})

test("the log is in WAL mode and every commit is synced", async () => {
  const prepared = vi.spyOn(DatabaseSync.prototype, "exec")
  await sequencer.append("core", commitTo("a"))
  expect(prepared.mock.calls.some(([sql]) => /journal_mode = wal; pragma synchronous = FULL/.test(sql))).toBe(true)
  expect(sequencer.promise).toEqual({ ack: "local-fsync", replicas: 1 })
  // The format version 2 in the header means WAL.
  expect([...readFileSync(join(folder(), "log", "core.db")).subarray(18, 20)]).toEqual([2, 2])
  expect(embeddedSequencer({ tables, synchronous: "OFF" }).promise.ack).toBe("volatile")
})

test("a disk that is full before the COMMIT refuses the whole group by name; afterwards it goes on", async () => {
  await appendAll(sequencer, "core", "a", [1, 2])
  const commits = ["b", "c", "d"].map((stream) => commitTo(stream))
  let writes = 0
  onStatement(/^insert into commits/, (run) => {
    if (++writes === 2) throw diskError(13, "database or disk is full")
    return run()
  })
  const answers = await Promise.allSettled(commits.map((commit) => sequencer.append("core", commit)))
  for (const answer of answers)
    expect(answer).toMatchObject({
      status: "rejected",
      reason: {
        code: "LOG_UNAVAILABLE",
        message: expect.stringContaining("full"),
        hint: expect.stringContaining("room"),
      },
    })
  vi.restoreAllMocks()
  expect(await sequencer.end("core")).toBe(2)
  const again = await Promise.all(commits.map((commit) => sequencer.append("core", commit)))
  expect(again.map(posOf)).toEqual([3, 4, 5])
})

test("a COMMIT that fails is answered as unknown, and settling stores each commit once", async () => {
  await appendAll(sequencer, "core", "a", [1])
  for (const really of ["not stored", "stored after all"]) {
    const commits = [commitTo("b", { expect: await sequencer.head("core", "b") }), commitTo(`c.${newId()}`)]
    onStatement(/^commit$/, (run) => {
      if (really === "stored after all") run()
      throw diskError(10, "disk I/O error")
    })
    const answers = await Promise.all(commits.map((commit) => sequencer.append("core", commit)))
    expect(answers).toEqual([{ kind: "unknown" }, { kind: "unknown" }])
    vi.restoreAllMocks()
    const settled = await Promise.all(commits.map((commit) => sequencer.settle("core", commit)))
    expect(settled.map((answer) => answer.kind === "committed" && answer.repeated)).toEqual(
      commits.map(() => really === "stored after all"),
    )
  }
  await reopen()
  expect(await sequencer.end("core")).toBe(5)
  expect((await readTo(sequencer, "core", 0, 5)).map(({ pos }) => pos)).toEqual([1, 2, 3, 4, 5])
})

test("settling gives up after its time, and says that nothing is known", async () => {
  await sequencer.append("core", commitTo("first"))
  const clock = manualClock()
  const impatient = embeddedSequencer({ tables, clock })
  onStatement(/^commit$/, () => {
    throw diskError(10, "disk I/O error")
  })
  const settling = impatient.settle("core", commitTo("a"), { deadlineMs: 100 })
  const over = settling.catch((error: unknown) => error)
  while (clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(50)
  while (clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(50)
  expect(await over).toMatchObject({ code: "TIMEOUT" })
})

test("settling waits for a disk that refuses, and does not say that nothing was stored", async () => {
  const commit = commitTo("a")
  await sequencer.append("core", commit)
  let refusals = 0
  onStatement(/^begin/, (run) => {
    if (++refusals <= 2) throw diskError(13, "database or disk is full")
    return run()
  })
  expect(await sequencer.settle("core", commit)).toEqual({ kind: "committed", pos: 1, repeated: true })
  expect(refusals).toBe(3)
})

test("an append whose time is over before its group begins is refused and not stored", async () => {
  const clock = manualClock()
  const timed = embeddedSequencer({ tables, clock })
  const late = timed.append("core", commitTo("a"), { deadlineMs: 10 })
  const intime = timed.append("core", commitTo("b"), { deadlineMs: 100 })
  clock.advance(50)
  await expect(late).rejects.toMatchObject({ code: "TIMEOUT" })
  expect(posOf(await intime)).toBe(1)
  expect(await timed.head("core", "a")).toBe(0)
})

test("a signal that outlives many appends keeps none of them", async () => {
  const controller = new AbortController()
  const added = vi.spyOn(controller.signal, "addEventListener")
  const removed = vi.spyOn(controller.signal, "removeEventListener")
  const answers = Array.from({ length: 20 }, (_, i) =>
    sequencer.append("core", commitTo(`s.${i}`), { signal: controller.signal }),
  )
  await Promise.all(answers)
  expect(removed.mock.calls.length).toBe(added.mock.calls.length)
})

test("closing waits for what is on its way, and refuses what comes after", async () => {
  const appended = Promise.all(Array.from({ length: 600 }, (_, i) => sequencer.append("core", commitTo(`s.${i}`))))
  await sequencer.close()
  expect((await appended).map(posOf)).toHaveLength(600)
  await expect(sequencer.append("core", commitTo("late"))).rejects.toMatchObject({ code: "FABRIC_CLOSED" })
})

test("heads and ids are known again after a restart, written to the index or not", async () => {
  const many = Array.from({ length: 2500 }, (_, i) => commitTo(`s.${i % 40}.${i}`, { data: i }))
  const olderId = commitTo("old", { id: "00000000000000000000000001" })
  await Promise.all([...many.slice(0, 1500), olderId, ...many.slice(1500)].map((c) => sequencer.append("core", c)))
  for (let round = 0; round < 2; round++) {
    for (const index of [0, 700, 1023, 1024, 1499, 1500, 2047, 2048, 2499]) {
      const commit = many[index] ?? olderId
      const pos = index < 1500 ? index + 1 : index + 2
      expect(await sequencer.append("core", commit)).toEqual({ kind: "committed", pos, repeated: true })
      expect(await sequencer.head("core", commit.stream)).toBe(pos)
    }
    expect(await sequencer.append("core", olderId)).toMatchObject({ pos: 1501, repeated: true })
    await reopen()
  }
  expect(await sequencer.end("core")).toBe(2501)
})

test("a log that is followed through a restart goes on at the next position", async () => {
  const before = await appendAll(sequencer, "core", "a", [1, 2, 3])
  const seen = await readTo(sequencer, "core", 0, 3)
  await reopen()
  const after = await appendAll(sequencer, "core", "a", [4, 5], 3)
  seen.push(...(await readTo(sequencer, "core", 3, 5)))
  expect(seen.map(withoutPlace)).toEqual([...before, ...after])
})

test("a follower gets large commits a few at a time, and small ones in large batches", async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      sequencer.append("core", commitTo(`s.${i}`, { data: i < 10 ? "x".repeat(400_000) : "small" })),
    ),
  )
  const sizes: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const following = sequencer.follow("core", 0, async (batch) => {
    sizes.push(batch.length)
    if (batch.at(-1)?.pos === 40) resolve()
  })
  await promise
  await following.stop()
  expect(sizes).toEqual([3, 3, 3, 31])
})
