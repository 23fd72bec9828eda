import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { NotFoundError } from "../base/errors.ts"
import { fileSink, logger } from "./log.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-log-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

test("a line is JSON with time, severity, message and every attribute around it", () => {
  const lines: string[] = []
  const log = logger({ sinks: [(line) => lines.push(line)], now: () => 0 }).with({ project: "p1" })
  log.debug("not written at level info")
  log.warn("slow", { durationMs: 12, error: new NotFoundError({ message: "gone", cause: new Error("ENOENT") }) })
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    time: "1970-01-01T00:00:00.000Z",
    severity: "warn",
    message: "slow",
    project: "p1",
    durationMs: 12,
    error: { code: "NOT_FOUND", message: "gone", cause: { message: "ENOENT" } },
  })
})

test("a log file is private to its user, and moves aside when it has grown", () => {
  const path = join(folder, "deep", "duck.log")
  const sink = fileSink(path, { maxBytes: 20 })
  sink("a line of more than 20 bytes")
  sink("the next file")
  expect(readFileSync(path, "utf8")).toBe("the next file\n")
  expect(readFileSync(`${path}.1`, "utf8")).toBe("a line of more than 20 bytes\n")
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test("a log that can't be written is told of once and stops nothing", () => {
  const failures: unknown[] = []
  const sink = fileSink(join(folder, "file.log", "impossible\0name"), { onFailure: (error) => failures.push(error) })
  sink("one")
  sink("two")
  expect(failures).toHaveLength(1)
})
