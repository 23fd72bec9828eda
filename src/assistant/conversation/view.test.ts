import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { afterEach, expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { type Fabric, openFabric } from "../../fabric/embedded/fabric.ts"
import type { Committed, Events } from "../../fabric/ports.ts"
import type { SqlValue, View } from "../../fabric/projection.ts"
import { event } from "./decide.ts"
import { type ConversationEvent, readConversationEvent } from "./events.ts"
import { treeOf } from "./line.ts"
import { type LiveConversation, openLive, streamOfConversation } from "./live.ts"
import { conversationsProjection } from "./tables.ts"
import { conversationRows } from "./view.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function viewed() {
  const folder = mkdtempSync(join(tmpdir(), "duck-conversations-"))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const fabric = await openFabric({ folder })
  cleanups.push(() => fabric.close())
  const view = await fabric.views.open(conversationsProjection)
  const rows = conversationRows(view)
  const caughtUp = async (log: string) => {
    const end = await fabric.sequencer.end(log)
    expect(await view.reached(log, end)).toBe(true)
  }
  return { fabric, rows, caughtUp }
}

async function conversation(fabric: Fabric, id: string, root = "/r", log = "project.a"): Promise<LiveConversation> {
  const live = await openLive({ id, log, ownership: fabric.ownership, store: fabric.store })
  await live.handle({ kind: "start", title: `About ${id}`, root, mode: "ask", model: "" }, "ada")
  return live
}

const said = (live: LiveConversation, text: string) =>
  live.handle({ kind: "say", message: newId(), parts: [{ kind: "text", text }], queues: true }, "ada")

const answered = (message: string, text: string): ConversationEvent =>
  event("assistant.spoke", {
    message,
    turn: "t",
    parts: [{ kind: "text", text }],
    model: "p/m",
    usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, costUsd: 0.25 },
    finish: "stop",
  })

test("conversations are listed, the last used first, by project, without the archived and the sub-agents'", async () => {
  const { fabric, rows, caughtUp } = await viewed()
  const first = await conversation(fabric, "first")
  await conversation(fabric, "second")
  await conversation(fabric, "other", "/elsewhere", "project.b")
  const archived = await conversation(fabric, "archived")
  await archived.handle({ kind: "archive", isArchived: true }, "ada")
  const sub = await openLive({ id: "sub", log: "project.a", ownership: fabric.ownership, store: fabric.store })
  const parent = { conversation: "first", call: "c" }
  await sub.handle({ kind: "start", title: "sub", root: "/r", mode: "ask", model: "", parent }, "ada")
  await said(first, "hello")
  await first.record([answered("m", "hi")], "ada")
  await caughtUp("project.a")
  await caughtUp("project.b")
  expect(rows.list({ root: "/r", limit: 10 }).map(({ id }) => id)).toEqual(["first", "second"])
  expect(rows.list({ limit: 10 }).map(({ id }) => id)).toEqual(["first", "other", "second"])
  expect(rows.list({ root: "/r", archived: true, limit: 10 }).map(({ id }) => id)).toEqual(["archived"])
  expect(rows.list({ root: "/r", subAgents: true, limit: 10 }).map(({ id }) => id)).toContain("sub")
  expect(rows.get("first")).toMatchObject({ title: "About first", messages: 2, costUsd: 0.25, isRunning: true })
  expect(rows.startingWith("fi").map(({ id }) => id)).toEqual(["first"])
})

test("a conversation opened from the view is what its log makes of it, and has only what came after the compaction", async () => {
  const { fabric, rows, caughtUp } = await viewed()
  const live = await conversation(fabric, "long")
  for (let n = 0; n < 20; n++) {
    await said(live, `question ${n}`)
    await live.record([answered(`m${n}`, `answer ${n}`)], "ada")
  }
  const compacted = { upTo: "m17", summary: "talk", strategy: "window", tokensBefore: 9, tokensAfter: 3, kept: [] }
  await live.record([event("context.compacted", compacted)], "ada")
  await caughtUp("project.a")
  const snapshot = rows.snapshot("long")
  expect(snapshot.state).toEqual(live.state)
  expect(snapshot.window).toEqual(live.window)
  expect(snapshot.window.length).toBe(4)
  await live.release()
  await said(await openLive({ id: "long", log: "project.a", ownership: fabric.ownership, store: fabric.store }), "more")
  const again = await openLive({
    id: "long",
    log: "project.a",
    ownership: fabric.ownership,
    store: fabric.store,
    snapshot,
  })
  expect(again.window.length).toBe(5)
  expect(again.state.messages).toBe(41)
})

test("a history is read page by page, from its end", async () => {
  const { fabric, rows, caughtUp } = await viewed()
  const live = await conversation(fabric, "paged")
  for (let n = 1; n <= 25; n++) await said(live, `m${n}`)
  await caughtUp("project.a")
  const last = rows.page("paged", { limit: 10 })
  expect(last.entries.map(({ n }) => n)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
  const middle = rows.page("paged", { limit: 10, before: last.before ?? 0 })
  const first = rows.page("paged", { limit: 10, before: middle.before ?? 0 })
  expect([middle.entries.length, first.entries.length, first.before]).toEqual([10, 5, null])
  expect(rows.page("nosuch", { limit: 10 })).toEqual({ entries: [], before: null })
})

test("all conversations are searched by words, whatever signs are in them", async () => {
  const { fabric, rows, caughtUp } = await viewed()
  const a = await conversation(fabric, "a")
  const b = await conversation(fabric, "b", "/elsewhere", "project.b")
  await said(a, "why does the retry never back off?")
  await said(b, 'the "retry" is fine, AND NOT (broken*')
  await caughtUp("project.a")
  await caughtUp("project.b")
  expect(
    rows
      .search("retry", { limit: 10 })
      .map(({ conversation: { id } }) => id)
      .sort(),
  ).toEqual(["a", "b"])
  expect(rows.search("retries backing", { root: "/r", limit: 10 }).map(({ conversation: { id } }) => id)).toEqual(["a"])
  expect(rows.search("retries sideways", { limit: 10 })).toEqual([])
  expect(rows.search("retry off", { root: "/r", limit: 10 })[0]?.excerpt).toContain("«retry»")
  for (const odd of ['"', "*", "NOT (", "a:b", "", "-", "'"]) rows.search(odd, { limit: 10 })
  expect(rows.search("NOT (broken*", { limit: 10 }).length).toBe(1)
})

test("after any rewindings the log, the view and a conversation that is open agree on the history", async () => {
  const { fabric, rows, caughtUp } = await viewed()
  const steps = fc.array(fc.oneof(fc.constant("say"), fc.nat(30), fc.constant("compact")), { maxLength: 25 })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const id = `c${++runs}`
      const live = await conversation(fabric, id)
      const events = () =>
        [...fabric.store.stream("project.a", streamOfConversation(id))].flatMap(({ events: stored }) =>
          stored.flatMap((one) => readConversationEvent(one) ?? []),
        )
      let count = 0
      for (const step of all) {
        const tree = treeOf(events())
        if (step === "say") await live.record([answered(`m${++count}`, `text ${count}`)], "ada")
        else if (step === "compact" && live.window.length > 1) {
          const upTo = live.window[0]?.id ?? ""
          const how = { summary: `up to ${upTo}`, strategy: "window", tokensBefore: 2, tokensAfter: 1, kept: [] }
          await live.record([event("context.compacted", { upTo, ...how })], "ada")
        } else if (typeof step === "number" && count > 0) {
          const to = `m${(step % count) + 1}`
          await live.handle({ kind: "rewind", to, restored: tree.restored(to), by: "ada" }, "ada")
        }
      }
      await caughtUp("project.a")
      const tree = treeOf(events())
      const line = tree.line(tree.last).map((entry) => entry.id)
      const page = rows.page(id, { limit: 100 }).entries
      expect(page.map((entry) => entry.id)).toEqual(line)
      expect(rows.page(id, { limit: 100, rewound: true }).entries.length).toBe(count)
      expect(rows.snapshot(id)).toMatchObject({ state: live.state, window: live.window })
      expect(line.slice(line.length - live.window.length)).toEqual(live.window.map((entry) => entry.id))
      await live.release()
      const where = { id, log: "project.a", ownership: fabric.ownership, store: fabric.store }
      const [whole, seen] = [await openLive(where), rows.snapshot(id)]
      expect([whole.state, whole.window]).toEqual([live.state, live.window])
      expect(seen.window).toEqual(live.window)
    }),
    { numRuns: 30 },
  )
})

test("the newest page of a conversation of 100,000 messages is found as that of one of 10 is: by place, and no more rows", () => {
  const db = new DatabaseSync(":memory:")
  conversationsProjection.create(db)
  let pos = 0
  const commit = (id: string, events: Events): Committed => {
    pos += 1
    const meta = { actor: "ada", node: "n", epoch: 0, at: new Date(pos).toISOString() }
    return { log: "project.a", pos, id: `${pos}`, stream: `conv.${id}`, expect: pos - 1, events, meta }
  }
  const begun = (title: string) => event("conversation.started", { title, root: "/r", mode: "ask", model: "" })
  const talk = (id: string, messages: number) => {
    const spoken = Array.from({ length: messages }, (_, n) => answered(`m${n}`, `answer ${n}`))
    conversationsProjection.apply(db, [commit(id, [begun(id), ...spoken])])
  }
  talk("short", 10)
  talk("long", 100_000)
  const queries: { sql: string; parameters: SqlValue[]; rows: number }[] = []
  const all: View["all"] = (sql, ...parameters) => {
    const rows = db.prepare(sql).all(...parameters)
    queries.push({ sql, parameters, rows: rows.length })
    return rows
  }
  const view = { all, get: (sql: string, ...parameters: SqlValue[]) => all(sql, ...parameters)[0] }
  const rows = conversationRows({
    ...view,
    name: "",
    state: () => ({ kind: "live" }),
    position: () => pos,
    reached: async () => true,
    onChange: () => () => {},
  })
  const opened = (id: string) => {
    queries.length = 0
    rows.get(id)
    const page = rows.page(id, { limit: 10 })
    return { page, work: queries.map((query) => ({ ...query, parameters: [] })), asked: [...queries] }
  }
  const [short, long] = [opened("short"), opened("long")]
  expect(long.work).toEqual(short.work)
  expect(long.page.entries.map(({ n }) => n)).toEqual(Array.from({ length: 10 }, (_, at) => 99_991 + at))
  for (const { sql, parameters } of long.asked) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
    // A search by an index in the order that is wanted: no row is looked at that is not given.
    expect(plan.map(({ detail }) => String(detail).split(" ")[0])).toEqual(["SEARCH"])
  }
  db.close()
})
