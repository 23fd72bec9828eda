import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { foldersOf } from "../src/base/folders.ts"
import { type Connection, duckClient } from "../src/clients/sdk/index.ts"
import { type Filled, type Filling, onlyWord, rareWord } from "./conversations/fill.ts"
import { type Started, started } from "./gateway/process.ts"
import { describeMachine, printed, quantile, type Report, type Row, residentBytes } from "./machine.ts"

/**
 * Many stored conversations: listing, opening and searching them over the wire, on a server that is warm. The store is
 * made through the log in big commits, and the views are made from it as they always are.
 */
const goals = { p95Ms: 50 }
const programs = {
  fill: new URL("./conversations/fill.ts", import.meta.url).pathname,
  server: new URL("./gateway/serve.ts", import.meta.url).pathname,
}

interface Sizes {
  readonly conversations: number
  /** So many of them have `messages`, the others `short`. */
  readonly long: number
  readonly messages: number
  readonly short: number
  readonly projects: number
  readonly samples: number
}
/** Ten millions of messages are `--long 10000`: about 20 GB in the folder for temporary files. */
const usual: Sizes = { conversations: 10_000, long: 100, messages: 1_000, short: 20, projects: 10, samples: 200 }

export async function run(sizes: Sizes = usual): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-conversations-"))
  const running: Started[] = []
  const start = (...args: Parameters<typeof started>) => {
    const one = started(...args)
    running.push(one)
    return one
  }
  let connection: Connection | undefined
  try {
    const projects = Array.from({ length: sizes.projects }, (_, n) => {
      const root = join(folder, `project-${n}`)
      return { root, log: `project.${createHash("sha256").update(root).digest("hex").slice(0, 16)}` }
    })
    const home = join(folder, "home")
    const filler = start(process.execPath, [programs.fill])
    const filling: Filling = {
      folder: foldersOf({ DUCK_HOME: home }).data,
      projects,
      conversations: sizes.conversations,
      long: sizes.long,
      longMessages: sizes.messages,
      shortMessages: sizes.short,
    }
    filler.say(filling)
    const filled = await filler.next<Filled>()
    await filler.stop()
    const server = start(process.execPath, [programs.server, "http://127.0.0.1:9", home])
    const { port, token } = await server.next<{ port: number; token: string }>()
    const project = projects[0]?.root ?? folder
    connection = duckClient({ address: { url: `http://127.0.0.1:${port}`, token }, project }).connect()
    const firstAt = performance.now()
    await connection.call("session.list", {}, { timeoutMs: 0 })
    const firstMs = performance.now() - firstAt
    const rows = await measuredRows(connection, sizes)
    return {
      title: `${sizes.conversations.toLocaleString("en-US")} stored conversations`,
      rows: [
        { what: "messages in all", value: filled.messages.toLocaleString("en-US") },
        { what: "stored through the log", value: perSecond(filled.messages, filled.appendedMs) },
        { what: "views made of them", value: perSecond(filled.messages, filled.viewsMs) },
        { what: "on disk", value: `${(bytesOf(home) / 1e9).toFixed(2)} GB` },
        { what: "first list after the start", value: `${firstMs.toFixed(0)} ms` },
        ...rows,
        {
          what: "the server's memory afterwards",
          value: `${((residentBytes(server.pid) ?? Number.NaN) / 1e6).toFixed(0)} MB`,
        },
      ],
      notes: [
        `${sizes.long.toLocaleString("en-US")} conversations of ${sizes.messages} messages and the rest of ${sizes.short}, ` +
          `in ${sizes.projects} projects; what is opened is one of the long ones, another each time`,
        `${sizes.samples} calls each over a WebSocket, one after the other; searches a tenth of that`,
        describeMachine(),
      ],
    }
  } finally {
    connection?.close()
    for (const one of running.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

async function measuredRows(connection: Connection, { samples, messages, projects, conversations, long }: Sizes) {
  const all = await connection.call("session.list", { all: true, limit: 1_000 })
  const mine = await connection.call("session.list", { limit: 1_000 })
  const longOnes = [...mine.sessions, ...all.sessions].filter((one) => one.messages === messages).map(({ id }) => id)
  if (longOnes.length === 0) throw new Error(`None of the ${long} long conversations is listed.`)
  const longOne = (n: number) => longOnes[n % longOnes.length] ?? ""
  const time = async (times: number, work: (n: number) => Promise<unknown>) => {
    const tookMs: number[] = []
    for (let n = -3; n < times; n++) {
      const startedAt = performance.now()
      await work(Math.abs(n))
      if (n >= 0) tookMs.push(performance.now() - startedAt)
    }
    return tookMs
  }
  const held = async (what: string, work: (n: number) => Promise<unknown>): Promise<Row> => {
    const tookMs = await time(samples, work)
    const p95 = quantile(tookMs, 0.95)
    return {
      what: `${what}, p50 / p95 / p99`,
      value: spread(tookMs),
      goal: `p95 < ${goals.p95Ms} ms`,
      met: p95 < goals.p95Ms,
    }
  }
  const told = async (what: string, work: (n: number) => Promise<unknown>): Promise<Row> => ({
    what: `${what}, p50 / p95 / p99`,
    value: spread(await time(Math.max(5, samples / 10), work)),
  })
  const found = (words: string, everywhere: boolean) => () =>
    connection.call("session.search", { words, all: everywhere }, { timeoutMs: 0 })
  return [
    await held(`list: 30 of a project's ${Math.round(conversations / projects)}`, () =>
      connection.call("session.list"),
    ),
    await held(`list: 30 of all ${conversations}`, () => connection.call("session.list", { all: true })),
    await told(`list: 1,000 of all`, () => connection.call("session.list", { all: true, limit: 1_000 })),
    await held("open: the last page", (n) => connection.call("session.show", { session: longOne(n) })),
    await held("open: a page in the middle", (n) =>
      connection.call("session.show", { session: longOne(n), before: Math.floor(messages / 2) }),
    ),
    await held("open: to go on with it", (n) => openedToGoOn(connection, longOne(n))),
    await told("search: a word of one message, everywhere", found(onlyWord, true)),
    await told("search: a word of a message in a thousand, everywhere", found(rareWord, true)),
    await told("search: the same in one project", found(rareWord, false)),
    await told("search: three common words, everywhere", found("ginlolo relolo trylolo", true)),
    await told("search: one of the commonest words, everywhere", found("lololo", true)),
  ]
}

/** What `duck chat --session` does: the server claims the conversation and reads it to its end. */
async function openedToGoOn(connection: Connection, session: string): Promise<void> {
  const leaving = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const watching = connection.call("session.watch", { session }, { onItem: () => resolve(), signal: leaving.signal })
  watching.catch(reject)
  await promise
  leaving.abort()
  await watching.catch(() => {})
}

const spread = (tookMs: readonly number[]) =>
  [0.5, 0.95, 0.99]
    .map((q) => quantile(tookMs, q).toFixed(1))
    .join(" / ")
    .concat(" ms")
const perSecond = (n: number, tookMs: number) =>
  `${(tookMs / 1000).toFixed(1)} s, ${Math.round((n / tookMs) * 1000).toLocaleString("en-US")}/s`

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0)
}

if (import.meta.main) {
  const options = Object.fromEntries(
    Object.entries(usual).map(([name, value]) => [name, { type: "string" as const, default: String(value) }]),
  )
  const { values } = parseArgs({ options })
  const sizes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
  console.log(printed(await run({ ...usual, ...sizes })))
}
