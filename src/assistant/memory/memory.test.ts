import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { ada, memoryUnderTest, toRemember } from "./memory.testing.ts"
import type { Remembered } from "./remembered.ts"

const texts = (memories: readonly Remembered[]) => memories.map(({ text }) => text)
const idOf = ({ memories }: { readonly memories: readonly Remembered[] }) => memories[0]?.id ?? "none"

test("what is remembered is seen by those it is for, with where it comes from", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const source = { conversation: "c1", message: "m1" }
  await memory.add(ada, toRemember("I like tabs", { scope: "user", kind: "preference" }))
  await memory.add({ ...ada, by: "model" }, toRemember("Tests run with vitest", { source, confidence: 0.7 }))
  await memory.add(ada, toRemember("We deploy on Fridays", { scope: "team", kind: "decision" }))
  expect(await memory.list(ada)).toMatchObject([
    { scope: "user", kind: "preference", text: "I like tabs", by: "user", actor: "ada", source: null, confidence: 1 },
    { scope: "project", text: "Tests run with vitest", by: "model", source, confidence: 0.7, state: "held" },
    { scope: "team", text: "We deploy on Fridays" },
  ])
  expect(texts(await memory.list({ user: "bob", project: "project.a" }))).toEqual([
    "Tests run with vitest",
    "We deploy on Fridays",
  ])
  expect(texts(await memory.list({ user: "bob" }))).toEqual(["We deploy on Fridays"])
  const other = { user: "bob", project: "project.b", by: "user" } as const
  const [first] = await memory.list(ada)
  await expect(memory.forget(other, [first?.id ?? ""], "")).rejects.toMatchObject({ code: "NO_MEMORY" })
})

test("a forgotten memory is still seen by who asks for all, and comes back when that is undone", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const id = idOf(await memory.add(ada, toRemember("The port is 8080")))
  await memory.forget(ada, [id.slice(-8)], "it moved")
  expect(await memory.list(ada)).toEqual([])
  expect(await memory.list(ada, { all: true })).toMatchObject([{ id, state: "forgotten" }])
  await memory.undo(ada)
  expect(texts(await memory.list(ada))).toEqual(["The port is 8080"])
  // Undoing twice is doing again.
  await memory.undo(ada, id)
  expect(await memory.list(ada)).toEqual([])
  expect(await memory.changes(ada, 10)).toMatchObject([
    { kind: "undone" },
    { kind: "undone", isUndone: true },
    { kind: "forgotten", why: "it moved", isUndone: false },
    { kind: "added", by: "user", actor: "ada" },
  ])
})

test("undo without a name never takes back what somebody else remembered", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  await memory.add(ada, toRemember("mine"))
  held.clock.advance(1_000)
  await memory.add({ ...ada, user: "bob" }, toRemember("his"))
  await memory.undo(ada)
  expect(texts(await memory.list(ada))).toEqual(["his"])
  expect(await memory.undo(ada)).toBeUndefined()
})

const action = fc.oneof(
  fc.record({
    does: fc.constant("add" as const),
    text: fc.constantFrom("tabs", "spaces", "port 80", "ask first"),
    scope: fc.constantFrom("user" as const, "project" as const, "team" as const),
    by: fc.constantFrom("user" as const, "model" as const),
  }),
  fc.record({ does: fc.constant("forget" as const), which: fc.nat(20) }),
  fc.record({ does: fc.constant("undo" as const), which: fc.option(fc.nat(20)) }),
)

test("the user sees everything that was remembered, by whoever, and can undo all of it", async () => {
  await using held = await memoryUnderTest()
  const { memory, clock } = held
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
      const writer = { ...ada, user: `ada${++run}`, project: `project.p${run}` }
      const added = new Set<string>()
      for (const one of actions) {
        clock.advance(1_000)
        const all = await memory.list(writer, { all: true })
        if (one.does === "add") {
          const { text, scope, by } = one
          const signed = `${text} ${run}`
          const written = await memory.add({ ...writer, by }, toRemember(signed, { scope }))
          added.add(idOf(written))
          expect(texts(await memory.list(writer))).toContain(signed)
        } else if (one.does === "forget") {
          const meant = all[one.which % Math.max(1, all.length)]
          if (meant) await memory.forget(writer, [meant.id], "")
        } else {
          const meant = one.which === null ? undefined : all[one.which % Math.max(1, all.length)]
          const before = await memory.list(writer)
          const undone = await memory.undo(writer, meant?.id)
          // What was undone can be had again.
          if (undone && one.which === null) {
            await memory.undo(writer, undone.change)
            expect(await memory.list(writer)).toEqual(before)
          }
        }
      }
      const seen = new Set((await memory.list(writer, { all: true })).map(({ id }) => id))
      for (const id of added) expect(seen).toContain(id)
      while (await memory.undo(writer)) clock.advance(1)
      const left = await memory.list(writer)
      expect(left.filter(({ id }) => added.has(id))).toEqual([])
    }),
    { numRuns: 25 },
  )
}, 60_000)

test("a memory holds until its time has come", async () => {
  await using held = await memoryUnderTest()
  const { memory, clock } = held
  const expiresAt = new Date(clock.now() + 60_000).toISOString()
  const id = idOf(await memory.add(ada, toRemember("The freeze lasts until noon", { holds: { until: expiresAt } })))
  clock.advance(59_999)
  expect(texts(await memory.search(ada, "freeze").then((found) => found.map((one) => one.memory)))).toHaveLength(1)
  clock.advance(1)
  expect(await memory.list(ada)).toEqual([])
  expect(await memory.search(ada, "freeze")).toEqual([])
  expect(await memory.recalled({ ...ada, query: "freeze", budgetTokens: 1_000 })).toEqual([])
  expect(await memory.list(ada, { all: true })).toMatchObject([{ id, state: "expired" }])
  await expect(memory.add(ada, toRemember("late", { holds: { until: expiresAt } }))).rejects.toMatchObject({
    code: "INVALID_INPUT",
  })
})

test("what is said again is confirmed, not stored twice, and that can be undone as well", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const id = idOf(await memory.add(ada, toRemember("Use pnpm.", { confidence: 0.5 })))
  held.clock.advance(5_000)
  expect(idOf(await memory.add(ada, toRemember("use  pnpm", { confidence: 0.8 })))).toBe(id)
  expect(await memory.list(ada)).toMatchObject([{ id, text: "Use pnpm.", times: 2, confidence: 0.7, expiresAt: null }])
  await memory.undo(ada)
  expect(await memory.list(ada)).toMatchObject([{ id, times: 1, confidence: 0.5 }])
  // How long it holds is what was said last, as long as that holds.
  await memory.add(ada, toRemember("Use pnpm", { holds: { days: 1 } }))
  expect(await memory.list(ada)).toMatchObject([
    { id, expiresAt: new Date(held.clock.now() + 86_400_000).toISOString() },
  ])
  await memory.undo(ada)
  held.clock.advance(2 * 86_400_000)
  expect(await memory.list(ada)).toMatchObject([{ id, expiresAt: null, state: "held" }])
})

test("a change that is asked for twice happens once", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const first = await memory.add(ada, toRemember("once", { change: "c1/call1" }))
  const again = await memory.add(ada, toRemember("once", { change: "c1/call1" }))
  expect(idOf(again)).toBe(idOf(first))
  expect(again.position).toBeUndefined()
  expect(await memory.list(ada)).toMatchObject([{ times: 1 }])
})

test("a rebuilt view is the one that grew", async () => {
  await using held = await memoryUnderTest()
  const { memory, clock } = held
  const one = idOf(await memory.add(ada, toRemember("one", { scope: "user" })))
  clock.advance(1_000)
  await memory.add(ada, toRemember("two", { scope: "team" }))
  await memory.add(ada, toRemember("two", { scope: "team" }))
  await memory.add(ada, toRemember("three"))
  await memory.forget(ada, [one], "")
  const undone = await memory.undo(ada, one)
  await memory.undo(ada, undone?.change)
  const [list, changes] = [await memory.list(ada, { all: true }), await memory.changes(ada, 100)]
  expect(list.map(({ state }) => state)).toEqual(["forgotten", "held", "held"])
  await using again = await held.reopened({ withoutViews: true })
  expect(await again.memory.list(ada, { all: true })).toEqual(list)
  expect(await again.memory.changes(ada, 100)).toEqual(changes)
  await again.fabric.views.rebuild("memories")
  expect(await again.memory.list(ada, { all: true })).toEqual(list)
})

// Put together here, so that no scanner takes them for keys that leaked.
test.each([
  `the key is ghp_${"aZ3kQ9xL2mN7pR4t".repeat(2)}uV8w`,
  "password = hunter2hunter2",
  "The api_key is Kx9_f3Lq8z",
  ["db at postgres://app:", "s3cr3tW0rd@db.internal/app"].join(""),
  "use [secret:env:DB_PASSWORD:1] for the database",
])("a secret is never remembered: %s", async (text) => {
  await using held = await memoryUnderTest()
  const refusal = held.memory.add(ada, toRemember(text))
  await expect(refusal).rejects.toMatchObject({ code: "SECRET_NOT_REMEMBERED" })
  await expect(refusal).rejects.not.toHaveProperty("message", expect.stringContaining(text))
  expect(await held.memory.list(ada, { all: true })).toEqual([])
})

test("words about secrets are no secrets", async () => {
  await using held = await memoryUnderTest()
  await held.memory.add(
    ada,
    toRemember("The token is checked in src/access/token.ts; passwords are hashed with argon2"),
  )
  expect(await held.memory.list(ada)).toHaveLength(1)
})

test("encrypted memories are found by their words, and no file has them", async () => {
  await using held = await memoryUnderTest({ isEncrypting: true })
  await held.memory.add(ada, toRemember("The zebras are migrated nightly"))
  const [found] = await held.memory.search(ada, "which zebra migration?")
  expect(found?.memory).toMatchObject({ text: "The zebras are migrated nightly", isEncrypted: true })
  await using again = await held.reopened()
  expect(await again.memory.search(ada, "zebra")).toHaveLength(1)
  await again.memory.list(ada)
  const files = readdirSync(held.folder, { recursive: true, encoding: "utf8" }).map((name) => join(held.folder, name))
  const whole = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path).toString("latin1"))
  expect(whole.length).toBeGreaterThan(3)
  expect(whole.filter((text) => /zebra/i.test(text))).toEqual([])
})

test("a memory whose key is gone is shown as one that can't be read, and can be forgotten", async () => {
  await using held = await memoryUnderTest({ isEncrypting: true })
  const id = idOf(await held.memory.add(ada, toRemember("hidden")))
  const { openSecrets } = await import("../../access/secrets.ts")
  const { keyFile } = await import("../../access/keyring.ts")
  openSecrets({ folder: held.folder, stores: () => [keyFile(held.folder)] }).remove("memory.key")
  expect(await held.memory.list(ada)).toMatchObject([{ id, text: null, isEncrypted: true }])
  expect(await held.memory.recalled({ ...ada, query: "hidden", budgetTokens: 500 })).toEqual([])
  await held.memory.forget(ada, [id], "")
  expect(await held.memory.list(ada)).toEqual([])
})

test("an id may be typed by its end, as long as it means one", async () => {
  await using held = await memoryUnderTest()
  const { memory } = held
  const id = idOf(await memory.add(ada, toRemember("one")))
  expect((await memory.find(ada, id.slice(-6).toLowerCase())).id).toBe(id)
  await expect(memory.find(ada, "zzzzzz")).rejects.toMatchObject({ code: "NO_MEMORY" })
  await expect(memory.find(ada, id.slice(-2))).rejects.toMatchObject({ code: "NO_MEMORY" })
})
