import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openFabric } from "../embedded/fabric.ts"
import type { EnqueueOptions } from "./enqueue.ts"

const entry = join(import.meta.dirname, "fixtures/worker-process.ts")
let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-killed-"))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  rmSync(folder, { recursive: true })
})

async function enqueued(changes: Partial<EnqueueOptions>): Promise<string> {
  const { jobs, close } = await openFabric({ folder })
  const backoff = { baseMs: 1, factor: 1, maxMs: 1 }
  const id = await jobs.enqueue({ queue: "q", kind: "test", actor: "ada", backoff, ...changes })
  await close()
  return id
}

/** Starts a worker's process; the lines it says come one by one. */
function worker(id: string, manner: "hang" | "poison") {
  const child = spawn(process.execPath, [entry, folder, id, manner], { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>
  return {
    child,
    exit,
    says: async () => (await lines.next()).value as string | undefined,
  }
}

test("a worker killed in an attempt costs that attempt; the next start of the server runs the next", async () => {
  const id = await enqueued({ maxAttempts: 2 })
  const { child, exit, says } = worker(id, "hang")
  expect(await says()).toBe("running 1")
  child.kill("SIGKILL")
  expect(await exit).toEqual([null, "SIGKILL"])

  const { jobs, close } = await openFabric({ folder })
  jobs.work("q", {}, async ({ attempt }) => `attempt ${attempt}`)
  expect(await jobs.finished(id)).toMatchObject({ state: "succeeded", result: "attempt 2", spent: 2 })
  const { history } = await jobs.show(id)
  expect(history.map(({ type }) => type)).toEqual([
    "job.enqueued",
    "job.attempt-started",
    "job.attempt-lost",
    "job.retry-scheduled",
    "job.attempt-started",
    "job.succeeded",
  ])
  await close()
})

test("a job that kills every process it runs in ends as dead, and the server lives on", async () => {
  const id = await enqueued({ maxAttempts: 3 })
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { exit, says } = worker(id, "poison")
    expect(await says()).toBe(`running ${attempt}`)
    expect(await exit).toEqual([null, "SIGKILL"])
  }
  const { exit, says } = worker(id, "poison")
  expect(await says()).toBe("ended dead")
  expect(await exit).toEqual([0, null])

  const { jobs, close } = await openFabric({ folder })
  expect(await jobs.show(id)).toMatchObject({ state: "dead", attempt: 3, error: { code: "WORKER_LOST" } })
  await close()
})

test("a worker killed while a cancelled job still ran leaves it cancelled, not retried", async () => {
  const id = await enqueued({ maxAttempts: 5 })
  const { child, exit, says } = worker(id, "hang")
  expect(await says()).toBe("running 1")
  child.kill("SIGKILL")
  await exit
  const { jobs, close } = await openFabric({ folder })
  // Whether the sweeper or this comes first: the job must not run again.
  await jobs.cancel(id, "ada")
  jobs.work("q", {}, async () => "ran")
  expect((await jobs.finished(id)).state).toBe("cancelled")
  await close()
})
