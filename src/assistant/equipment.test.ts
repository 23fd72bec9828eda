import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { configReader } from "../access/config-reader.ts"
import type { Mode } from "../access/permissions/mode.ts"
import { trustStore } from "../access/permissions/trust-store.ts"
import { systemClock } from "../base/clock.ts"
import { openProjects } from "../code/projects.ts"
import { openRuleBook } from "../context/rules/rule-book.ts"
import { openFabric } from "../fabric/embedded/fabric.ts"
import type { Message } from "../models/model.ts"
import { end, type Scripted, type Step, saying, scripted, start } from "../models/scripted.testing.ts"
import { prefixStability } from "../models/usage/prefix.ts"
import { silentLogger } from "../observe/log.ts"
import { openCheckpoints } from "../workspace/checkpoints/open-checkpoints.ts"
import { sharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import { type Assistant, openAssistant } from "./assistant.ts"
import type { Entry } from "./conversation/entries.ts"
import type { ConversationEvent } from "./conversation/events.ts"
import type { LiveConversation } from "./conversation/live.ts"
import { equipment } from "./equipment.ts"
import { openMemory } from "./memory/memory.ts"
import { sealing } from "./memory/sealing.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** An assistant over a real project, a real log and real programs; only the model is scripted. */
async function assistantOver(files: Readonly<Record<string, string>>, model: Scripted) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-agent-")))
  cleanups.push(() => rmSync(top, { recursive: true, force: true }))
  const root = join(top, "project")
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  execFileSync("git", ["init", "-q", root])
  const data = join(top, "data")
  const fabric = await openFabric({ folder: data })
  cleanups.push(() => fabric.close())
  const projects = openProjects({ dataFolder: data, watches: false })
  cleanups.push(() => projects.close())
  const noted: string[] = []
  const audit = {
    note: ({ action }: { readonly action: string }) => void noted.push(action),
    record: async () => 0,
    flush: async () => {},
  }
  const plain = sealing({ secrets: { get: () => undefined, set: () => {} }, isEncrypting: () => false })
  const memory = await openMemory({ fabric, sealing: plain, clock: systemClock })
  const shared = sharedCheckpoints({ dataFolder: data, fabric })
  cleanups.push(() => shared.close())
  const config = configReader({ folders: { data, config: join(top, "config"), state: join(top, "state") }, env: {} })
  const book = await openRuleBook({
    ...{ fabric, config, configFolder: join(top, "config"), home: top },
    ...{ clock: systemClock, logger: silentLogger },
  })
  cleanups.push(() => book.close())
  const agents = equipment({
    project: (folder) => projects.open(folder),
    fabric,
    checkpoints: shared,
    rows: () => assistant.rows,
    assistant: () => assistant,
    hooks: () => ({ on: {}, trust: trustStore(data) }),
    memory,
    blobs: fabric.blobs,
    model: model.model,
    contextTokens: async () => 100_000,
    rules: () => [],
    projectRules: (project) => book.of(project),
    rulesBudget: () => 16_000,
    modelOfClass: () => undefined,
    home: top,
    dataFolder: data,
    platform: process.platform,
    audit,
    logger: silentLogger,
    strategy: "truncation",
    limits: { maxSteps: 20, maxCostUsd: 1 },
  })
  const { ownership, store, views } = fabric
  const assistant: Assistant = await openAssistant({
    ...{ ownership, store, views, model: model.model, memory, equip: agents.equip, system: agents.system },
    ...{ clock: systemClock, logger: silentLogger },
  })
  cleanups.push(async () => {
    await assistant.close()
    await agents.close()
  })
  const checkpoints = async () => {
    const { id } = await projects.open(root)
    const opened = await openCheckpoints({ root, projectId: id, dataFolder: data, fabric })
    cleanups.push(() => opened.close())
    return opened
  }
  return { assistant, root, noted, checkpoints, read: (path: string) => readFileSync(join(root, path), "utf8") }
}

async function task(assistant: Assistant, root: string, mode: Mode, canAsk = false): Promise<LiveConversation> {
  const id = await assistant.start({ log: "project.test", root, title: "t", mode, model: "" }, "ada")
  await assistant.say(id, [{ kind: "text", text: "do it" }], "ada", { wishes: { canAsk } })
  await assistant.ended(id)
  return assistant.resume(id, "ada")
}

let calls = 0
const calling = (...list: readonly (readonly [name: string, args: object])[]): Step[] => [
  start(),
  ...list.map(
    ([name, args], index): Step => ({
      kind: "tool-call",
      index,
      id: `call_${calls++}`,
      name,
      arguments: JSON.stringify(args),
    }),
  ),
  end({}, "tool-calls"),
]
const results = (window: readonly Entry[]) =>
  window.flatMap((entry) =>
    entry.kind === "tool"
      ? [[entry.outcome, entry.content.map((part) => (part.kind === "text" ? part.text : "")).join("")] as const]
      : [],
  )

test("a task is done in a project by reading, editing, running and looking again", async () => {
  const model = scripted(
    calling(["search", { query: "greet" }], ["read", { path: "src/hello.js" }], ["files", { glob: "**/*.js" }]),
    calling(["edit", { path: "src/hello.js", before: '"hello"', after: '"good day"' }]),
    calling(["write", { path: "notes/new.md", content: "# New\n" }], ["move", { from: "old.txt", to: "kept/old.txt" }]),
    calling(["run", { command: "cat src/hello.js && ls kept" }]),
    calling(["delete", { path: "kept" }], ["ledger", { goal: "Be polite" }]),
    saying("done"),
  )
  const files = { "src/hello.js": 'export const greet = () => "hello"\n', "old.txt": "old\n" }
  const { assistant, root, read } = await assistantOver(files, model)
  const { window, state } = await task(assistant, root, "auto")
  const told = results(window)
  expect(told.map(([outcome]) => outcome)).toEqual(Array(9).fill("done"))
  // Calls that read run side by side: their results come in any order.
  const read3 = told.slice(0, 3).map(([, text]) => text)
  expect(read3.some((text) => text.startsWith("src/hello.js:1"))).toBe(true)
  expect(read3.join("\n")).toContain('1\texport const greet = () => "hello"')
  expect(read("src/hello.js")).toBe('export const greet = () => "good day"\n')
  expect(told[6]?.[1]).toMatch(/good day[\s\S]*old\.txt[\s\S]*Exit code 0/)
  expect(read("notes/new.md")).toBe("# New\n")
  expect(() => read("kept/old.txt")).toThrow()
  const { ledger } = state
  expect(ledger.goal).toBe("Be polite")
  expect(ledger.files["src/hello.js"]?.did).toBe("changed")
  expect(ledger.commands.map(({ command, exitCode }) => [command, exitCode])).toEqual([
    ["cat src/hello.js && ls kept", 0],
  ])
  // A prompt that changes at its front costs the user the provider's cache: all of it, with each step.
  expect(model.requests).toHaveLength(6)
  expect(prefixStability(model.requests)).toEqual([])
})

test("without a person, what would be asked is denied, in plan mode nothing is changed, and refusals are audited", async () => {
  const steps = () => [
    calling(["edit", { path: "a.txt", before: "a", after: "b" }], ["run", { command: "rm a.txt" }]),
    saying("I could not"),
  ]
  const model = scripted(...steps(), ...steps())
  const { assistant, root, read, noted } = await assistantOver({ "a.txt": "a\n" }, model)
  for (const mode of ["ask", "plan"] as const) {
    expect(results((await task(assistant, root, mode)).window).map(([outcome]) => outcome)).toEqual([
      "denied",
      "denied",
    ])
  }
  expect(read("a.txt")).toBe("a\n")
  expect(noted.filter((action) => action === "tool.refused").length).toBe(4)
})

test("a file outside the project, or one that was never read, is not written over", async () => {
  const model = scripted(
    calling(["write", { path: "../outside.txt", content: "x" }], ["write", { path: "a.txt", content: "x" }]),
    saying("no"),
  )
  const { assistant, root, read } = await assistantOver({ "a.txt": "a\n" }, model)
  const told = results((await task(assistant, root, "auto")).window)
  expect(told.map(([outcome]) => outcome)).toEqual(["denied", "failed"])
  expect(told[1]?.[1]).toContain("was not read")
  expect(read("a.txt")).toBe("a\n")
})

test("the model never sees a secret of the project, and can still edit around it", async () => {
  const secret = "q8Zp3kX0vN5tR2yW7mB4"
  const model = scripted(
    calling(["read", { path: ".env" }]),
    calling([
      "edit",
      {
        path: ".env",
        before: "DB_PASSWORD=[secret:env:DB_PASSWORD:1]",
        after: "DB_PASSWORD=[secret:env:DB_PASSWORD:1]\nPORT=1",
      },
    ]),
    saying("done"),
  )
  const { assistant, root, read } = await assistantOver({ ".env": `DB_PASSWORD=${secret}\n` }, model)
  const told = results((await task(assistant, root, "auto")).window)
  expect(told.map(([outcome]) => outcome)).toEqual(["done", "done"])
  expect(read(".env")).toBe(`DB_PASSWORD=${secret}\nPORT=1\n`)
  expect(JSON.stringify(model.requests)).not.toContain(secret)
  expect(JSON.stringify(model.requests[1])).toContain("[secret:env:DB_PASSWORD:1]")
})

test("everything a turn did is taken back by one undo, whatever did it", async () => {
  const model = scripted(
    calling(["read", { path: "a.txt" }]),
    calling(["edit", { path: "a.txt", before: "a", after: "b" }], ["write", { path: "new.txt", content: "n\n" }]),
    calling(["run", { command: "rm -r deep && echo shell > by-shell.txt && chmod +x a.txt" }]),
    saying("done"),
  )
  const { assistant, root, read, checkpoints } = await assistantOver({ "a.txt": "a\n", "deep/b.txt": "b\n" }, model)
  await task(assistant, root, "auto")
  expect([read("a.txt"), read("by-shell.txt")]).toEqual(["b\n", "shell\n"])
  const undone = await (await checkpoints()).undo({ actor: "ada" })
  expect(undone.outcome).toBe("restored")
  expect([read("a.txt"), read("deep/b.txt")]).toEqual(["a\n", "b\n"])
  for (const gone of ["new.txt", "by-shell.txt"]) expect(() => read(gone)).toThrow()
  await (await checkpoints()).redo({ actor: "ada" })
  expect([read("a.txt"), read("by-shell.txt")]).toEqual(["b\n", "shell\n"])
})

test("the beginning of the prompt stays the same through a task", async () => {
  const model = scripted(
    calling(["read", { path: "a.txt" }]),
    calling(["write", { path: "b.txt", content: "b\n" }]),
    saying("done"),
  )
  const { assistant, root } = await assistantOver({ "a.txt": "a\n", "AGENTS.md": "Be brief.\n" }, model)
  await task(assistant, root, "auto")
  const prompts = model.requests.map(({ tools, messages }) => [
    JSON.stringify(tools),
    ...messages.map(({ cache: _cache, ...message }) => JSON.stringify(message)),
  ])
  expect(prompts.length).toBe(3)
  expect(prompts[0]?.join("")).toContain("Be brief.")
  for (const [at, prompt] of prompts.entries()) {
    if (at > 0) expect(prompt.slice(0, prompts[at - 1]?.length)).toEqual(prompts[at - 1])
  }
})

test("what is remembered is told once at the beginning, and a later conversation is told what this one remembered", async () => {
  const remember = { text: "The tests need port 5432", kind: "fact", scope: "project" }
  const model = scripted(calling(["remember", remember]), saying("noted"), saying("more"), saying("in another"))
  const { assistant, root } = await assistantOver({ "a.txt": "a" }, model)
  const { memory } = assistant
  const ada = { user: "ada", project: "project.test", by: "user" } as const
  const wanted = { scope: "user", kind: "preference", confidence: 1, source: null, holds: null } as const
  await memory.add(ada, { ...wanted, text: "Answer in Dutch" })
  await memory.add({ ...ada, user: "bob" }, { ...wanted, text: "Answer in Welsh" })
  const first = await task(assistant, root, "auto")
  expect(results(first.window)).toEqual([["done", expect.stringContaining("duck memory undo")]])
  await assistant.say(first.id, [{ kind: "text", text: "Do the tests need a port?" }], "ada")
  await assistant.ended(first.id)
  const toldIn = (at: number) => model.requests[at]?.messages.filter(({ section }) => section === "memory") ?? []
  expect(JSON.stringify(toldIn(0))).toContain("Answer in Dutch")
  expect(JSON.stringify(toldIn(0))).not.toContain("Welsh")
  // Whatever has been remembered meanwhile: the beginning of the prompt stays the same.
  const upTo = model.requests[0]?.messages.findIndex(({ section }) => section === "history")
  for (const at of [1, 2]) {
    const beginning = ({ cache: _cache, ...message }: Message) => message
    expect(model.requests[at]?.messages.slice(0, upTo).map(beginning)).toEqual(
      model.requests[0]?.messages.slice(0, upTo).map(beginning),
    )
  }
  const id = await assistant.start({ log: "project.test", root, title: "t", mode: "auto", model: "" }, "ada")
  await assistant.say(id, [{ kind: "text", text: "Why does the test fail?" }], "ada")
  await assistant.ended(id)
  expect(JSON.stringify(toldIn(3))).toMatch(/noted by an assistant.*The tests need port 5432/)
  expect(await memory.list(ada)).toMatchObject([
    { text: "Answer in Dutch" },
    { text: "The tests need port 5432", by: "model", actor: "ada", source: { conversation: first.id } },
  ])
  await memory.undo(ada)
  expect(await memory.list(ada)).toMatchObject([{ text: "Answer in Dutch" }])
})

test("the assistant remembers no secret, not by its placeholder either, and nothing that is not allowed", async () => {
  const remember = (text: string) => calling(["remember", { text, kind: "fact", scope: "user" }])
  const secret = "[secret:env:DB_PASSWORD:1]"
  const model = scripted(
    calling(["read", { path: ".env" }]),
    remember(`The database is opened with ${secret}`),
    saying("I could not"),
    remember("The sky is blue"),
    saying("I may not"),
  )
  const { assistant, root } = await assistantOver({ ".env": "DB_PASSWORD=mellon-speak-friend-7\n" }, model)
  const asked = results((await task(assistant, root, "auto")).window)
  expect(JSON.stringify(model.requests[1]?.messages)).toContain(secret)
  expect(asked[1]).toEqual(["failed", expect.stringContaining("never remembered")])
  expect(results((await task(assistant, root, "ask")).window)[0]?.[0]).toBe("denied")
  expect(await assistant.memory.list({ user: "ada" }, { all: true })).toEqual([])
})

test("what a turn starts in the background ends with it unless it is kept, and what undo can't cover is named before", async () => {
  const seconds = [1, 2].map((n) => `${n}${process.pid}77`)
  const lives = (of: string) =>
    readdirSync("/proc").some((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith(`sleep\0${of}`)
      } catch {
        return false
      }
    })
  const model = scripted(
    calling(["run", { command: `sleep ${seconds[0]}`, background: true }]),
    calling(["run", { command: `sleep ${seconds[1]}`, background: true, keep: true }]),
    saying("started"),
    calling(["output", {}]),
    saying("looked"),
  )
  const { assistant, root } = await assistantOver({ "a.txt": "a\n" }, model)
  execFileSync("mkfifo", [join(root, "pipe")])
  const stored: ConversationEvent[] = []
  const id = await assistant.start({ log: "project.test", root, title: "t", mode: "auto", model: "" }, "ada")
  await assistant.watch(id, (heard) => heard.kind === "stored" && stored.push(...heard.events))
  const turn = async () => {
    await assistant.say(id, [{ kind: "text", text: "do it" }], "ada")
    await assistant.ended(id)
    return results((await assistant.resume(id, "ada")).window)
  }
  const told = await turn()
  expect(told[0]?.[1]).toContain("It is ended with this turn.")
  expect(lives(seconds[0] ?? "")).toBe(false)
  const listed = (await turn()).at(-1)?.[1] ?? ""
  expect(listed.split("\n").map((line) => line.split("\t")[1])).toEqual(["turn-ended, exit code null", "running"])
  const before = stored.flatMap((one) => (one.type === "checkpoint.taken" && one.data.when === "before" ? [one] : []))
  expect(before[0]?.data.uncovered).toEqual({ count: 1, paths: [{ path: "pipe", why: "no file, folder or link" }] })
  const effect = stored.findIndex(({ type }) => type === "tool.intended")
  expect(stored.findIndex(({ type }) => type === "checkpoint.taken")).toBeLessThan(effect)
})
