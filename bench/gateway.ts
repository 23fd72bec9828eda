import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import type { Requests, Streams, Task, Way } from "./gateway/load.ts"
import { cpuMs, type Started, started } from "./gateway/process.ts"
import { describeMachine, printed, quantile, type Report, type Row, residentBytes } from "./machine.ts"

/**
 * The gateway beside the direct call to the same scripted provider and beside Portkey's gateway, in the same rounds.
 * Provider, gateways and load generator are a process each. Portkey is installed by
 * `npm ci --prefix bench/peers --ignore-scripts`; without it, its rows say so.
 */
const programs = {
  provider: new URL("./gateway/provider.ts", import.meta.url).pathname,
  server: new URL("./gateway/serve.ts", import.meta.url).pathname,
  load: new URL("./gateway/load.ts", import.meta.url).pathname,
}
const portkeyProgram = join(import.meta.dirname, "peers/node_modules/@portkey-ai/gateway/build/start-server.js")
const isShort = process.env.DUCK_BENCH_SHORT !== undefined
const sizes = isShort
  ? { rounds: 3, sequential: 200, concurrent: 600, streams: 1000, tokens: 100 }
  : { rounds: 9, sequential: 500, concurrent: 2_000, streams: 1000, tokens: 500 }
const connections = 32
const rate = 50
const goals = { addedMs: 0.4, ofPortkey: 0.25, timesPortkey: 2, cpuMsPerToken: 0.2, addedP99Ms: 100, memoryMb: 400 }

export async function run(): Promise<Report> {
  const running: Started[] = []
  const start = (...args: Parameters<typeof started>) => {
    const one = started(...args)
    running.push(one)
    return one
  }
  try {
    const node = process.execPath
    const provider = await start(node, [programs.provider]).next<{ port: number }>()
    const server = start(node, [programs.server, `http://127.0.0.1:${provider.port}`])
    const ours = await server.next<{ port: number; token: string }>()
    const load = start(node, [programs.load])
    const peers = await portkeys(start, provider.port)
    const ways = new Map<string, Way>([
      ["direct", { port: provider.port, model: "scripted", headers: {} }],
      ["ours", { port: ours.port, model: "bench/scripted", headers: { authorization: `Bearer ${ours.token}` } }],
      ...peers,
    ])
    const measure = async <T>(task: Task): Promise<T> => {
      load.say(task)
      return load.next<T>()
    }

    const rows: Row[] = []
    for (const isStream of [false, true]) rows.push(...(await requestRows(ways, measure, isStream)))
    rows.push(...(await streamRows(ways, measure, server.pid)))
    return {
      title: "The gateway",
      rows,
      notes: [
        `medians of ${sizes.rounds} rounds that go through all ways; ${sizes.sequential} requests one after the other and ` +
          `${sizes.concurrent} on ${connections} connections in each`,
        "every request has another prompt; a provider is always asked for a stream, so a whole answer of ours is put together",
        ...(peers.length === 0 ? ["Portkey not measured: npm ci --prefix bench/peers --ignore-scripts"] : []),
      ],
    }
  } finally {
    for (const one of running.reverse()) await one.stop()
  }
}

type Measure = <T>(task: Task) => Promise<T>

async function requestRows(ways: ReadonlyMap<string, Way>, measure: Measure, isStream: boolean): Promise<Row[]> {
  const alone = new Map<string, Requests[]>()
  const together = new Map<string, Requests[]>()
  const broken = new Map<string, number>()
  for (let round = -1; round < sizes.rounds; round++) {
    for (const [name, way] of ways) {
      if (broken.has(name)) continue
      const shared = { kind: "requests", way, isStream } as const
      const one = await measure<Requests>({ ...shared, total: sizes.sequential, connections: 1 })
      const many = await measure<Requests>({ ...shared, total: sizes.concurrent, connections })
      if (name.startsWith("Portkey") && one.failed + many.failed > 0) broken.set(name, one.failed + many.failed)
      // The first round warms the compilers and opens the connections.
      if (round < 0) continue
      alone.set(name, [...(alone.get(name) ?? []), one])
      together.set(name, [...(together.get(name) ?? []), many])
    }
  }
  const median = (of: ReadonlyMap<string, Requests[]>, name: string, field: keyof Requests) =>
    quantile(
      (of.get(name) ?? []).map((one) => one[field]),
      0.5,
    )
  const latencyMs = (name: string) => median(alone, name, "medianMs")
  const added = (name: string) => latencyMs(name) - latencyMs("direct")
  const perSecond = (name: string) => median(together, name, "perSecond")
  const failures = (name: string) =>
    [...(alone.get(name) ?? []), ...(together.get(name) ?? [])].reduce((n, one) => n + one.failed, 0)

  const kind = isStream ? "streamed" : "whole"
  const rows: Row[] = [
    { what: `${kind}: direct, median latency`, value: `${latencyMs("direct").toFixed(3)} ms` },
    { what: `${kind}: direct, requests`, value: `${Math.round(perSecond("direct"))}/s` },
    {
      what: `${kind}: ours, added at the median`,
      value: `${added("ours").toFixed(3)} ms`,
      goal: `<= ${goals.addedMs} ms`,
      met: added("ours") <= goals.addedMs,
    },
    { what: `${kind}: ours, requests`, value: `${Math.round(perSecond("ours"))}/s` },
    failedRow(`${kind}: ours, failed`, failures("ours")),
  ]
  const peers = [...ways.keys()].filter((name) => name.startsWith("Portkey"))
  if (peers.length === 0) return [...rows, { what: `${kind}: Portkey`, value: "not installed" }]
  for (const name of peers) {
    const wrong = broken.get(name)
    if (wrong) {
      rows.push({ what: `${kind}: ${name}`, value: `${wrong} requests failed; not compared` })
      continue
    }
    rows.push({ what: `${kind}: ${name}, added at the median`, value: `${added(name).toFixed(3)} ms` })
    rows.push({ what: `${kind}: ${name}, requests`, value: `${Math.round(perSecond(name))}/s` })
    const share = added("ours") / added(name)
    const times = perSecond("ours") / perSecond(name)
    const isHeld = name === "Portkey"
    rows.push({
      what: `${kind}: ours of the latency that ${name} adds`,
      value: `${Math.round(share * 100)} %`,
      ...(isHeld ? { goal: `<= ${goals.ofPortkey * 100} %`, met: share <= goals.ofPortkey } : {}),
    })
    rows.push({
      what: `${kind}: ours beside the requests of ${name}`,
      value: `${times.toFixed(1)} x`,
      ...(isHeld ? { goal: `>= ${goals.timesPortkey} x`, met: times >= goals.timesPortkey } : {}),
    })
  }
  return rows
}

const failedRow = (what: string, failed: number): Row => ({ what, value: String(failed), goal: "0", met: failed === 0 })

async function streamRows(ways: ReadonlyMap<string, Way>, measure: Measure, pid: number): Promise<Row[]> {
  const task = (name: string): Task => {
    const way = ways.get(name)
    if (!way) throw new Error(`There is no way ${name}.`)
    return { kind: "streams", way, streams: sizes.streams, tokens: sizes.tokens, rate }
  }
  const direct = await measure<Streams>(task("direct"))
  const cpuBeforeMs = cpuMs(pid)
  let peakMb = 0
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, (residentBytes(pid) ?? Number.NaN) / 1e6)
  }, 200)
  const ours = await measure<Streams>(task("ours"))
  clearInterval(watch)
  const perToken = (cpuMs(pid) - cpuBeforeMs) / ours.tokens
  const addedP99 = ours.p99Ms - direct.p99Ms
  return [
    { what: `${sizes.streams} streams: direct, delay of a token, p99`, value: `${direct.p99Ms.toFixed(1)} ms` },
    { what: `${sizes.streams} streams: ours, delay of a token, median`, value: `${ours.medianMs.toFixed(1)} ms` },
    {
      what: `${sizes.streams} streams: ours, added delay, p99`,
      value: `${addedP99.toFixed(1)} ms`,
      goal: `< ${goals.addedP99Ms} ms`,
      met: addedP99 < goals.addedP99Ms,
    },
    {
      what: `${sizes.streams} streams: the server's peak memory`,
      value: `${peakMb.toFixed(0)} MB`,
      goal: `< ${goals.memoryMb} MB`,
      met: peakMb < goals.memoryMb,
    },
    {
      what: "CPU of the server for each streamed token",
      value: `${perToken.toFixed(4)} ms`,
      goal: `<= ${goals.cpuMsPerToken} ms`,
      met: perToken <= goals.cpuMsPerToken,
    },
    { what: `${sizes.streams} streams: tokens`, value: `${Math.round((ours.tokens / ours.tookMs) * 1000)}/s` },
    failedRow(`${sizes.streams} streams: cut or not whole`, ours.failed),
  ]
}

/**
 * Portkey on the same Node as ours, which the goals are held against, and on the system's, which `npx` would take. Its
 * answer to a stream was 500 on both when this was written.
 */
async function portkeys(start: typeof started, providerPort: number): Promise<(readonly [string, Way])[]> {
  if (!existsSync(portkeyProgram)) return []
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"))
  const system = folders.map((folder) => join(folder, "node")).find((path) => existsSync(path))
  const found: (readonly [string, Way])[] = [["Portkey", await portkey(start, process.execPath, providerPort)]]
  if (system) found.push(["Portkey on the system's Node", await portkey(start, system, providerPort)])
  return found
}

let nextPort = 20_000 + (process.pid % 10_000)
async function portkey(start: typeof started, node: string, providerPort: number): Promise<Way> {
  const port = nextPort++
  const env = { ...process.env, NODE_ENV: "production" }
  start(node, [portkeyProgram, `--port=${port}`, "--headless"], { env, isQuiet: true })
  const headers = {
    authorization: "Bearer none",
    "x-portkey-provider": "openai",
    "x-portkey-custom-host": `http://127.0.0.1:${providerPort}/v1`,
  }
  for (let tries = 0; tries < 100; tries++) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isThere) return { port, model: "scripted", headers }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Portkey does not listen on ${port} after ten seconds.`)
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(printed(await run()))
}
