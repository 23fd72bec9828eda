import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { z } from "zod"
import type { AuditEvent } from "../access/audit.ts"
import { configReader } from "../access/config-reader.ts"
import { systemClock } from "../base/clock.ts"
import { CancelledError, UnavailableError } from "../base/errors.ts"
import { foldersOf } from "../base/folders.ts"
import { noModels } from "../models/no-models.ts"
import { logger } from "../observe/log.ts"
import { commandSet, defineCommand } from "./command.ts"
import type { Host } from "./context.ts"
import { type Call, pipeline } from "./pipeline.ts"

let folder: string
const lines: Record<string, unknown>[] = []
const audited: AuditEvent[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-pipeline-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const commands = commandSet([
  defineCommand({
    name: "greet",
    summary: "Say hello",
    examples: [{ line: "duck greet", says: "hello" }],
    input: z.object({ who: z.string().min(2).describe("Whom"), loud: z.boolean().default(false).describe("Shout") }),
    output: z.object({ says: z.string(), folder: z.string() }),
    permission: "read",
    async run({ who, loud }, context) {
      return { says: loud ? `HELLO ${who.toUpperCase()}` : `Hello ${who}`, folder: context.folder }
    },
    present: ({ says }) => [{ kind: "paragraph", text: `**${says}**` }],
    exitCode: ({ says }) => (says.startsWith("HELLO") ? 1 : 0),
  }),
  defineCommand({
    name: "sleep.deeply",
    summary: "Never answer",
    examples: [{ line: "duck sleep deeply", says: "nothing" }],
    input: z.object({}),
    output: z.object({}),
    permission: "admin",
    timeoutMs: 20,
    run: () => new Promise<Record<string, never>>(() => {}),
  }),
  defineCommand({
    name: "fall",
    summary: "Fail",
    examples: [{ line: "duck fall", says: "an error" }],
    input: z.object({ how: z.string().describe("How") }),
    output: z.object({ n: z.number() }),
    permission: "write",
    async run({ how }, context) {
      if (how === "lie") return { n: how as unknown as number }
      if (how === "kind") throw new UnavailableError({ message: "Not now.", hint: "Later." })
      context.saw("core", 7)
      if (how === "saw") return { n: 1 }
      throw new Error("deep inside")
    },
  }),
])

const host = (): Host => ({
  folders: foldersOf({ DUCK_HOME: folder }),
  env: {},
  clock: systemClock,
  logger: logger({ level: "debug", sinks: [(line) => void lines.push(JSON.parse(line))] }),
  config: configReader({ folders: foldersOf({ DUCK_HOME: folder }), env: {} }),
  audit: { record: async () => 1, note: (event) => void audited.push(event), flush: async () => {} },
  fabric: () => expect.fail("no fabric here"),
  projects: {
    open: () => expect.fail("no projects here"),
    rebuild: () => expect.fail("no projects here"),
    list: () => [],
  },
  languageServers: { open: () => expect.fail(), running: () => undefined, status: () => expect.fail() },
  checkpoints: { use: () => expect.fail("no checkpoints here") },
  models: noModels(() => expect.fail("no models here")),
  assistant: () => expect.fail("no conversations here"),
  rules: () => expect.fail("no rules here"),
  server: {
    port: 0,
    startedAt: "",
    instance: "",
    health: () => expect.fail(),
    runningCalls: () => 0,
    connections: () => 0,
    runningTurns: () => 0,
    stopping: new AbortController().signal,
    stop: () => {},
  },
})
const run = (name: string, input: unknown, call: Partial<Call> = {}) =>
  pipeline(commands, host()).run({
    name,
    input,
    folder,
    actor: { id: "owner", permission: "admin" },
    signal: new AbortController().signal,
    via: "test",
    ...call,
  })

test("a call is validated, run, and answered with output, exit code and the text that was asked for", async () => {
  expect(await run("greet", { who: "Ada" })).toEqual({ output: { says: "Hello Ada", folder }, exitCode: 0 })
  const shown = await run("greet", { who: "Ada", loud: true }, { rendering: { format: "markdown" } })
  expect(shown).toEqual({ output: { says: "HELLO ADA", folder }, exitCode: 1, rendered: "**HELLO ADA**\n" })
  expect((await run("greet", { who: "Ada" }, { rendering: { format: "json" } })).rendered).toContain(
    '"says": "Hello Ada"',
  )
})

test("a wrong input names the field, a field too many is refused", async () => {
  await expect(run("greet", { who: "A" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    status: 400,
    details: { issues: [{ path: "who" }] },
  })
  await expect(run("greet", { who: "Ada", laud: true })).rejects.toMatchObject({
    message: expect.stringContaining("laud"),
  })
  await expect(run("greet", "Ada")).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(run("greet", null)).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("an unknown command gets suggestions, and no name reaches a prototype", async () => {
  await expect(run("greeet", {})).rejects.toMatchObject({
    code: "UNKNOWN_COMMAND",
    status: 404,
    hint: "Did you mean `greet`?",
  })
  for (const name of ["constructor", "__proto__", "toString", ""]) {
    await expect(run(name, {})).rejects.toMatchObject({ code: "UNKNOWN_COMMAND" })
  }
})

test("who may not is refused before anything runs, and it is audited", async () => {
  audited.length = 0
  const reader = { id: "guest", permission: "read" } as const
  await expect(run("fall", { how: "saw" }, { actor: reader })).rejects.toMatchObject({
    code: "NOT_PERMITTED",
    status: 403,
  })
  expect(audited).toEqual([{ actor: "guest", action: "command.run", target: "fall", outcome: "refused" }])
  await expect(run("greet", { who: "Ada" }, { actor: reader })).resolves.toMatchObject({ exitCode: 0 })
})

test("what writes is audited with its outcome, what reads is not", async () => {
  audited.length = 0
  await run("greet", { who: "Ada" })
  await run("fall", { how: "saw" })
  await run("fall", { how: "kind" }).catch(() => {})
  expect(audited.map(({ target, outcome }) => [target, outcome])).toEqual([
    ["fall", "done"],
    ["fall", "failed"],
  ])
})

test("a command that takes too long ends with TIMEOUT, whether or not it listens", async () => {
  await expect(run("sleep.deeply", {})).rejects.toMatchObject({
    code: "TIMEOUT",
    status: 504,
    details: { timeoutMs: 20 },
  })
  await expect(run("sleep.deeply", {}, { timeoutMs: 5 })).rejects.toMatchObject({ details: { timeoutMs: 5 } })
})

test("a cancelled call ends at once", async () => {
  const controller = new AbortController()
  const running = run("sleep.deeply", {}, { signal: controller.signal, timeoutMs: 0 })
  controller.abort(new CancelledError())
  await expect(running).rejects.toMatchObject({ code: "CANCELLED" })
  await expect(run("sleep.deeply", {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" })
})

test("an error nobody foresaw is INTERNAL: its stack is in the log and not in the answer", async () => {
  lines.length = 0
  const error = await run("fall", { how: "deep" }).catch((thrown) => thrown)
  expect(error.toJSON()).toMatchObject({ code: "INTERNAL", message: expect.stringContaining("deep inside") })
  expect(JSON.stringify(error.toJSON())).not.toContain("pipeline.test")
  expect(JSON.stringify(lines)).toContain("pipeline.test.ts")
  await expect(run("fall", { how: "kind" })).rejects.toMatchObject({ code: "UNAVAILABLE", hint: "Later." })
})

test("an output that is not what the command promises is a fault of ours, not an answer", async () => {
  await expect(run("fall", { how: "lie" })).rejects.toMatchObject({ code: "INTERNAL" })
})

test("what was written is named in the answer, so that a reader can wait for it", async () => {
  expect((await run("fall", { how: "saw" })).seen).toEqual({ core: 7 })
})

test("every call leaves one line in the log with its outcome and its time", async () => {
  lines.length = 0
  await run("greet", { who: "Ada" })
  await run("greet", {}).catch(() => {})
  expect(lines).toMatchObject([
    { message: "command", "duck.command": "greet", outcome: "done", tookMs: expect.any(Number), via: "test" },
    { message: "command", "duck.command": "greet", outcome: "INVALID_INPUT" },
  ])
})

test("many calls run at the same time", async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => run("greet", { who: `number ${n}` })))
  expect(answers.map(({ output }) => (output as { says: string }).says)).toEqual(
    Array.from({ length: 200 }, (_, n) => `Hello number ${n}`),
  )
})

test("the folder is real, absolute, plain and a folder", async () => {
  const at = (path: string) => run("greet", { who: "Ada" }, { folder: path })
  symlinkSync(folder, join(folder, "link"))
  writeFileSync(join(folder, "file"), "")
  expect((await at(join(folder, "link"))).output).toMatchObject({ folder })
  for (const path of [
    "",
    "relative",
    "./x",
    `${folder}/../..`,
    "/etc/..",
    `${folder}\0`,
    "/dev/null",
    "/x".repeat(3_000),
  ]) {
    await expect(at(path), path).rejects.toMatchObject({ code: "PROJECT_REFUSED", status: 400 })
  }
  await expect(at(join(folder, "file"))).rejects.toMatchObject({ code: "PROJECT_REFUSED" })
  await expect(at(join(folder, "none"))).rejects.toMatchObject({ code: "PROJECT_REFUSED" })
})
