import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import { below, seededRandom } from "../../src/base/random.ts"
import { nothingSaid, runWriter, survey, warmUp } from "./crash.testing.ts"

// What a killed process wrote is with the kernel, on whatever file system, so one in memory tests the same in less time.
// What a power loss leaves is tested in test/power-loss.
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(base, "duck-crash-"))
})
beforeAll(() => warmUp())
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const folders = 8
const roundsInEach = 25

test(`every acknowledged commit survives SIGKILL at random moments, ${folders * roundsInEach} rounds`, async () => {
  const seed = Date.now() % 1_000_000
  // Two at a time: the machine has few cores, and a busy one makes other moments likely.
  const queue = Array.from({ length: folders }, (_, i) => i)
  let acknowledged = 0
  const work = async () => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) acknowledged += await killOften(seed + i)
  }
  await Promise.all([work(), work()])
  expect(acknowledged).toBeGreaterThan(folders * roundsInEach)
}, 600_000)

/** Rounds of writing and killing on one data folder; gives how many commits were acknowledged in all. */
async function killOften(seed: number): Promise<number> {
  const random = seededRandom(seed)
  const data = join(folder, String(seed))
  const said = nothingSaid()
  for (let round = 0; round < roundsInEach; round++) {
    const isEarly = random() < 0.15
    const killAt = isEarly ? Number.POSITIVE_INFINITY : 1 + below(random, 150)
    const earlyMs = 20 + random() * 100
    await runWriter({
      folder: data,
      said,
      onAck: (count, child) => {
        if (count === killAt) child.kill("SIGKILL")
      },
      onStart: (child) => {
        // Also while it starts, makes the log, or reads what the last one left.
        if (isEarly) setTimeout(() => child.kill("SIGKILL"), earlyMs)
      },
    })
    // Not each time, so that a writer also finds what a killed one left, untouched.
    if (round === roundsInEach - 1 || random() < 0.3) {
      const { lost, verification } = await survey(data, said)
      if (lost.length > 0 || verification?.ok === false)
        throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify({ lost, verification })}`)
    }
  }
  return said.committed.size
}

test("the test can see a loss: a commit that nobody stored, and one at another place, are reported", async () => {
  const said = nothingSaid()
  await runWriter({ folder, said, onAck: (count, child) => count === 10 && child.kill("SIGKILL") })
  const [first] = said.committed.keys()
  said.committed.set("00000000000000000000000000", 1)
  if (first) said.committed.set(first, 1000)
  expect((await survey(folder, said)).lost).toEqual([first, "00000000000000000000000000"])
})

test("on a full disk each answer is true: stored, refused and not there, or unknown", async () => {
  if (!existsSync("/bin/sh")) return console.warn("SKIPPED: there is no /bin/sh to limit a process's file size with.")
  const said = nothingSaid()
  // A limit on the size of files refuses writes at any place, in the middle of a COMMIT too.
  for (const blocks of [300, 301, 400, 523, 700, 1000, 1400, 2000])
    await runWriter({ folder, said, giveUpAfter: 12, prelude: `ulimit -f ${blocks}` })
  expect(said.committed.size).toBeGreaterThan(20)
  expect(said.refused.size + said.unknown.size).toBeGreaterThan(20)
  const { lost, undead, verification } = await survey(folder, said)
  expect({ lost, undead }).toEqual({ lost: [], undead: [] })
  expect(verification).toMatchObject({ ok: true })
  // There is room again: it goes on.
  const before = said.committed.size
  await runWriter({ folder, said, onAck: (count, child) => count === 50 && child.kill("SIGKILL") })
  expect(said.committed.size).toBeGreaterThanOrEqual(before + 50)
  expect((await survey(folder, said)).lost).toEqual([])
}, 300_000)
