import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { manualClock } from "../base/clock.ts"
import { type Client, duckClient } from "../clients/sdk/index.ts"
import { eventsOf, type ServerUnderTest, serverUnderTest } from "./server.testing.ts"
import type { SharedEntry, SharedPage } from "./share-entry.ts"

const secret = ["ghp_", "q7Rw2Zt9Yb4Xc6Vd8Ne1Mf3Lg5Kh0Jj2PaSd"].join("")
const clock = manualClock(Date.parse("2026-01-01T00:00:00Z"))
let provider: LLMock
let server: ServerUnderTest
let duck: Client

beforeAll(async () => {
  provider = new LLMock({ port: 0 })
  provider.on({ predicate: () => true }, (request) => {
    const last = request.messages.at(-1)
    const text = JSON.stringify(last?.content ?? "")
    if (last?.role === "user" && text.includes("read")) {
      return { content: "Looking.", toolCalls: [{ name: "read", arguments: '{"path":".env"}' }] }
    }
    return { content: '<img src=x onerror="alert(1)"> & more' }
  })
  const address = await provider.start()
  server = await serverUnderTest({
    clock,
    flags: {
      "server.idleMinutes": 0,
      "llm.providers": { mock: { kind: "openai-chat", url: `${address}/v1`, model: "scripted" } },
      "llm.model": "mock/scripted",
      "llm.retry": { attempts: 1, baseMs: 1, maxMs: 1 },
    },
  })
  const root = join(server.home, "project")
  mkdirSync(root)
  writeFileSync(join(root, "package.json"), "{}")
  writeFileSync(join(root, ".env"), `TOKEN=${secret}\n`)
  duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
})
afterAll(async () => {
  await server.end()
  await provider.stop()
})

async function shared(task: string, hours = 1) {
  const ran = await duck.call("run", { task, mode: "auto" })
  if ("wouldRun" in ran) throw new Error("It was not run.")
  const { url, share } = await duck.call("session.share", { session: ran.session, hours })
  return { session: ran.session, url, share, token: url.split("/").at(-1) ?? "" }
}

const textOf = (entry: SharedEntry) => [entry.text, ...entry.calls].join("\n")

test("whoever has the link reads the conversation as a page of escaped text that may load nothing", async () => {
  const { url } = await shared("say <script>alert(2)</script>")
  const response = await fetch(url)
  const html = await response.text()
  expect(response.status).toBe(200)
  expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; more")
  expect(html).toContain("say &lt;script&gt;alert(2)&lt;/script&gt;")
  expect(html.match(/<script/g)).toHaveLength(1)
  expect(html).not.toMatch(/<img|(src|href)="(https?:)?\/\//)
  const policy = response.headers.get("content-security-policy") ?? ""
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*/)
  expect(response.headers.get("referrer-policy")).toBe("no-referrer")
  expect(response.headers.get("cache-control")).toBe("no-store")
})

test("secrets are masked in what a link shows, in what was said, called and read", async () => {
  const { url, session } = await shared(`read it, the token is ${secret}`)
  const page = (await (await fetch(`${url}/entries`)).json()) as SharedPage
  const texts = page.entries.map(textOf).join("\n")
  expect(page.entries.map(({ kind }) => kind)).toEqual(["user", "assistant", "tool", "assistant"])
  expect(texts).toContain("[secret:")
  expect(texts + (await (await fetch(url)).text())).not.toContain(secret)
  // Whoever it belongs to still sees what there is.
  expect(JSON.stringify(await duck.call("session.show", { session }))).toContain(secret)
})

test("what is said then comes to whoever watches, from where they were, until the link is ended", async () => {
  const { url, session } = await shared("first")
  const response = await fetch(`${url}/events?after=1`)
  const heard: { event: string; data: unknown }[] = []
  const events = eventsOf(response)
  const next = async (name: string) => {
    for (;;) {
      const { value, done } = await events.next()
      if (done) throw new Error(`It ended without ${name}.`)
      heard.push(value)
      if (value.event === name) return value.data
    }
  }
  expect(await next("state")).toMatchObject({ title: "first" })
  expect(await next("entry")).toMatchObject({ n: 2, kind: "assistant" })
  await duck.call("run", { task: "second", session })
  expect(await next("entry")).toMatchObject({ n: 3, kind: "user", text: "second" })
  expect(await next("entry")).toMatchObject({ n: 4, kind: "assistant" })
  await duck.call("session.unshare", { session })
  await next("ended")
  expect((await events.next()).done).toBe(true)
  expect((await fetch(url)).status).toBe(404)
})

test("a link opens nothing else, and nothing can be written with it", async () => {
  const { url, token, session } = await shared("only this")
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) expect((await fetch(url, { method })).status).toBe(405)
  const say = await server.post("session.say", { session, text: "x" }, { authorization: `Bearer ${token}` })
  expect(say.status).toBe(401)
  const show = await server.post("session.show", { session }, { authorization: `Bearer ${token}` })
  expect(show.status).toBe(401)
  for (const path of ["/share/", `/share/${token}x`, `/share/${token.replace(/.$/, "_")}`, `/share/${token}/other`]) {
    expect((await fetch(`${server.url}${path}`)).status, path).toBe(404)
  }
  const other = await duck.call("run", { task: "another one" })
  const page = (await (await fetch(`${url}/entries`)).json()) as SharedPage
  expect(JSON.stringify(page)).not.toContain("another one")
  expect(other).toMatchObject({ how: "done" })
})

test("a link ends by its time, with its conversation, and one by one", async () => {
  const [a, b] = [await shared("timed", 1), await shared("kept", 5)]
  clock.advance(3_600_001)
  expect((await fetch(a.url)).status).toBe(404)
  expect((await fetch(b.url)).status).toBe(200)
  const second = await duck.call("session.share", { session: b.session })
  expect((await duck.call("session.unshare", { session: b.session, link: b.share })).ended).toEqual([b.share])
  expect([(await fetch(b.url)).status, (await fetch(second.url)).status]).toEqual([404, 200])
  await duck.call("session.delete", { session: b.session, yes: true })
  expect((await fetch(second.url)).status).toBe(404)
})

test("only a hash of the token is kept, and who shared and who looked is in the audit", async () => {
  const { url, token, session } = await shared("audited")
  await fetch(url)
  await server.host.audit.flush()
  const { store } = server.host.fabric()
  const stored = store
    .logs()
    .map((log) => JSON.stringify([...store.scan(log, 0, 100_000)]))
    .join("\n")
  expect(stored).not.toContain(token)
  expect(stored).toContain('"session.shared"')
  expect(stored).toContain('"share.opened"')
  const { text } = await duck.call("session.export", { session })
  expect(text).not.toContain("share.made")
})

test("a message that a hook may still refuse is shown to nobody else", async () => {
  const { id } = await duck.call("session.start")
  const { url } = await duck.call("session.share", { session: id })
  const assistant = await server.host.assistant()
  const live = await assistant.open(id)
  const parts = [{ kind: "text", text: "is it secret?" }] as const
  await live.handle({ kind: "say", message: "m1", parts }, "owner")
  const shownNow = async () => {
    const { views, store } = server.host.fabric()
    await views.reached({ [live.log]: store.tip(live.log).pos })
    return (await (await fetch(`${url}/entries`)).json()) as SharedPage
  }
  const entries = async () => (await shownNow()).entries.map(textOf)
  await live.handle({ kind: "rename", title: "is it secret?" }, "owner")
  expect(await entries()).toEqual([])
  expect((await shownNow()).title).toBe("(withheld)")
  await live.record([{ type: "turn.started", v: 1, data: { turn: "t1", message: "m1", by: "owner" } }], "owner")
  expect(await entries()).toEqual([])
  await live.record([{ type: "message.withheld", v: 1, data: { message: "m1", why: "no" } }], "owner")
  await live.record([{ type: "turn.ended", v: 1, data: { turn: "t1", how: "failed", why: "no", steps: 0 } }], "owner")
  expect(await entries()).toEqual(["(withheld)"])
})
