import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { Fabric } from "../../fabric/embedded/fabric.ts"
import { silentLogger } from "../../observe/log.ts"
import { isUsageStream, readUsageEvent, usageLog } from "./events.ts"
import { openUsage } from "./open-usage.ts"
import { called, fabricOf, linesOf } from "./usage.testing.ts"

test("calls that end close together are stored in one commit of the day's stream", async () => {
  const { fabric, folder, clock } = await fabricOf()
  const usage = await openUsage({ fabric, folder, clock, logger: silentLogger })
  for (let n = 0; n < 50; n++) usage.note({ type: "model.called", data: called({ inputTokens: n }) })
  usage.note({ type: "model.called", data: called({ at: "2026-01-02T00:00:00.000Z" }) })
  await usage.close()
  const commits = fabric.store.scan(usageLog, 0, 1_000).filter(({ stream }) => isUsageStream(stream))
  expect(commits.map(({ stream, events }) => [stream, events.length])).toEqual([
    ["usage.2026-01-01", 50],
    ["usage.2026-01-02", 1],
  ])
  expect(readUsageEvent(commits[0]?.events[7] ?? expect.fail())?.data).toEqual(called({ inputTokens: 7 }))
})

test("what was used is summed up by day, user, project, model and command", async () => {
  const { fabric, folder, clock } = await fabricOf()
  const usage = await openUsage({ fabric, folder, clock, logger: silentLogger })
  const calls = [
    called({ command: "ask", project: "/p" }),
    called({ user: "bob", command: "ask", costUsd: null, firstTokenMs: 150 }),
    called({ at: "2026-01-03T00:00:00.000Z", model: "gpt-y", costUsd: 2 }),
    called({ outcome: "failed", code: "MODEL_FAILED", provider: "", model: "", costUsd: 0, firstTokenMs: null }),
  ]
  for (const data of calls) usage.note({ type: "model.called", data })
  const names = async (by: "day" | "user" | "project" | "model" | "command") =>
    (await usage.report({ by })).map(({ name, calls }) => [name, calls])
  expect(await names("day")).toEqual([
    ["2026-01-01", 3],
    ["2026-01-03", 1],
  ])
  expect(await names("user")).toEqual([
    ["ada", 3],
    ["bob", 1],
  ])
  expect(await names("project")).toEqual([
    ["", 3],
    ["/p", 1],
  ])
  expect(await names("model")).toEqual([
    ["openai/gpt-y", 1],
    ["openai/gpt-x", 2],
    ["", 1],
  ])
  expect(await names("command")).toContainEqual(["ask", 2])
  const [first] = await usage.report({ by: "day", until: "2026-01-02" })
  expect(first).toMatchObject({ inputTokens: 300, costUsd: 0.5, unpricedCalls: 1, failed: 1, firstTokenMs: 100 })
  expect(await usage.report({ by: "day", since: "2026-01-04" })).toEqual([])
  await usage.close()
})

test("the parts of prompts are summed up, and why they were not read from the provider's cache", async () => {
  const { fabric, folder, clock } = await fabricOf()
  const usage = await openUsage({ fabric, folder, clock, logger: silentLogger })
  const sections = { rules: 60, history: 40 }
  const misses = [{ cause: "first-call" }, { cause: "prefix-changed", message: 0, section: "rules" }, null] as const
  for (const cacheMiss of misses)
    usage.note({ type: "model.called", data: called({ sections, cacheMiss, cachedInputTokens: cacheMiss ? 0 : 90 }) })
  const told = async (by: "section" | "miss") =>
    (await usage.report({ by })).map(({ name, calls, inputTokens }) => [name, calls, inputTokens])
  expect(await told("section")).toEqual([
    ["rules", 3, 180],
    ["history", 3, 120],
  ])
  expect(await told("miss")).toEqual([
    ["first-call", 1, 100],
    ["prefix-changed: rules", 1, 100],
  ])
  await usage.close()
})

test("after a restart budgets go on from what was spent today, and a warning is not repeated", async () => {
  const { fabric, folder, clock, reopen } = await fabricOf()
  const limits = { user: { softUsd: 0.4, hardUsd: 1 } }
  const before = await openUsage({ fabric, folder, clock, logger: silentLogger })
  before.budgets.follow(limits)
  before.budgets.reserve({ user: "ada" }, 0.5).settle(0.5)
  before.note({ type: "model.called", data: called() })
  await before.close()

  const { logger, lines } = linesOf()
  const after = await openUsage({ fabric: await reopen(), folder, clock, logger })
  after.budgets.follow(limits)
  expect(() => after.budgets.reserve({ user: "ada" }, 0.6)).toThrow(
    expect.objectContaining({ code: "BUDGET_EXCEEDED" }),
  )
  after.budgets.reserve({ user: "ada" }, 0.1).settle(0.1)
  expect(lines).toEqual([])
  expect(after.budgets.status()).toMatchObject([{ scope: "user", who: "ada", spentUsd: 0.6, state: "warned" }])
  await after.close()
})

const refusing = (fabric: Fabric) => ({
  ...fabric,
  sequencer: { ...fabric.sequencer, append: () => Promise.reject(new Error("the disk is full")) },
})

test("what the log did not take before the process ended is stored by the next one, once", async () => {
  const { fabric, folder, clock, reopen } = await fabricOf()
  const { logger, lines } = linesOf()
  const before = await openUsage({ fabric: refusing(fabric), folder, clock, logger })
  before.note({ type: "model.called", data: called({ user: "grace" }) })
  before.note({ type: "model.called", data: called({ user: "grace", costUsd: 0.25 }) })
  const left = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const)
  await before.close()
  expect(lines.join("\n")).toContain("the disk is full")

  const again = await openUsage({ fabric: await reopen(), folder, clock, logger })
  expect(await again.report({ by: "user" })).toMatchObject([{ name: "grace", calls: 2, costUsd: 0.75 }])
  await again.close()
  // As a process leaves it that is killed after the commit, and loses the end of a line.
  for (const [name, text] of left) writeFileSync(join(folder, name), `${text}{"type":"model.ca`)
  const third = await openUsage({ fabric: await reopen(), folder, clock, logger })
  expect(await third.report({ by: "user" })).toMatchObject([{ name: "grace", calls: 2 }])
  expect(third.budgets.status()).toEqual([])
  await third.close()
  expect(left).toHaveLength(1)
  expect(readdirSync(folder)).toEqual([])
})

test("budgets know of what a killed process spent", async () => {
  const { fabric, folder, clock, reopen } = await fabricOf()
  const before = await openUsage({ fabric: refusing(fabric), folder, clock, logger: silentLogger })
  before.note({ type: "model.called", data: called({ costUsd: 0.9 }) })
  await before.close()
  const after = await openUsage({ fabric: await reopen(), folder, clock, logger: silentLogger })
  after.budgets.follow({ user: { hardUsd: 1 } })
  expect(() => after.budgets.reserve({ user: "ada" }, 0.2)).toThrow(
    expect.objectContaining({ code: "BUDGET_EXCEEDED" }),
  )
  await after.close()
})

test("where neither log nor journal take an event it is in the log file", async () => {
  const { fabric, folder, clock } = await fabricOf()
  const { logger, lines } = linesOf()
  const usage = await openUsage({ fabric: refusing(fabric), folder, clock, logger })
  writeFileSync(folder, "in the way")
  usage.note({ type: "model.called", data: called({ user: "grace" }) })
  await usage.close()
  expect(lines.join("\n")).toContain("grace")
})

test("answers of the cache and shared ones are counted with what they saved, and make nobody look quick", async () => {
  const { fabric, folder, clock } = await fabricOf()
  const usage = await openUsage({ fabric, folder, clock, logger: silentLogger })
  const free = { inputTokens: 0, outputTokens: 0, costUsd: 0, firstTokenMs: 1, durationMs: 1, attempts: 0 }
  const calls = [
    called(),
    called({ ...free, outcome: "cached", savedTokens: 110, savedUsd: 0.5 }),
    called({ ...free, outcome: "shared", savedTokens: 110, savedUsd: null }),
  ]
  for (const data of calls) usage.note({ type: "model.called", data })
  const saved = { reused: 2, savedTokens: 220, savedUsd: 0.5 }
  expect(await usage.report({ by: "model" })).toMatchObject([
    { calls: 3, inputTokens: 100, costUsd: 0.5, firstTokenMs: 50, durationMs: 200, ...saved },
  ])
  await usage.close()
})
