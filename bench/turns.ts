import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { cpuMs, type Started, started } from "./gateway/process.ts"
import { describeMachine, printed, quantile, type Report, residentBytes } from "./machine.ts"
import type { Crowd, Talked } from "./turns/driver.ts"

/**
 * Many conversations at once on one server, each with a watcher on a WebSocket of its own. Server, scripted model and
 * people are a process each. What a message costs beyond the model is counted: from the sending of `session.say` to the
 * model's receiving the request, and from the model's last byte to the answer's being heard, which is after it is on
 * stable storage. All on the clock of one machine; the clients' own work and both ways over the wire are in it.
 */
const goals = { p99Ms: 100, memoryMb: 500 }
const programs = {
  provider: new URL("./turns/provider.ts", import.meta.url).pathname,
  driver: new URL("./turns/driver.ts", import.meta.url).pathname,
  server: new URL("./gateway/serve.ts", import.meta.url).pathname,
}

interface Sizes {
  readonly conversations: number
  readonly projects: number
  readonly latencyMs: number
  readonly tokens: number
  readonly thinkMs: number
  readonly seconds: number
}
const usual: Sizes = { conversations: 1_000, projects: 10, latencyMs: 20_000, tokens: 20, thinkMs: 10_000, seconds: 40 }

export async function run(sizes: Sizes = usual): Promise<Report> {
  const running: Started[] = []
  const start = (...args: Parameters<typeof started>) => {
    const one = started(...args)
    running.push(one)
    return one
  }
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-turns-"))
  try {
    const node = process.execPath
    const provider = start(node, [programs.provider, String(sizes.latencyMs), String(sizes.tokens)])
    const { port } = await provider.next<{ port: number }>()
    const server = start(node, [programs.server, `http://127.0.0.1:${port}`])
    const ours = await server.next<{ port: number; token: string }>()
    const driver = start(node, [programs.driver])
    const crowd: Crowd = {
      url: `http://127.0.0.1:${ours.port}`,
      token: ours.token,
      projects: Array.from({ length: sizes.projects }, (_, n) => projectIn(folder, n)),
      conversations: sizes.conversations,
      rampPerSecond: 40,
      thinkMs: sizes.thinkMs,
      forMs: sizes.seconds * 1000,
    }
    let peakMb = 0
    const watch = setInterval(() => {
      peakMb = Math.max(peakMb, (residentBytes(server.pid) ?? Number.NaN) / 1e6)
    }, 200)
    driver.say(crowd)
    await driver.next<{ areOpen: true }>()
    const cpuBeforeMs = cpuMs(server.pid)
    const talked = await driver.next<Talked>()
    clearInterval(watch)
    return reportOf(sizes, talked, { peakMb, cpu: cpuMs(server.pid) - cpuBeforeMs })
  } finally {
    for (const one of running.reverse()) await one.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

function reportOf(sizes: Sizes, talked: Talked, { peakMb, cpu }: { peakMb: number; cpu: number }): Report {
  const { overheadMs, beforeMs, afterMs, openMs, messages, tookMs, failed, running } = talked
  const p99Ms = quantile(overheadMs, 0.99)
  const spread = (of: readonly number[]) =>
    [0.5, 0.95, 0.99]
      .map((q) => quantile(of, q).toFixed(1))
      .join(" / ")
      .concat(" ms")
  const seconds = tookMs / 1000
  return {
    title: `${sizes.conversations.toLocaleString("en-US")} conversations at once`,
    rows: [
      { what: "turns under way at once, on average", value: running.toFixed(0) },
      { what: "messages answered", value: `${(messages / seconds).toFixed(0)}/s` },
      { what: "pieces of text handed on", value: `${((messages * sizes.tokens) / seconds).toFixed(0)}/s` },
      { what: "beginning and watching a conversation, p50 / p95 / p99", value: spread(openMs) },
      { what: "said -> the model has it, p50 / p95 / p99", value: spread(beforeMs) },
      { what: "the model is done -> stored and heard, p50 / p95 / p99", value: spread(afterMs) },
      { what: "overhead of a message, p50 / p95 / p99", value: spread(overheadMs) },
      {
        what: "overhead of a message, p99",
        value: `${p99Ms.toFixed(1)} ms`,
        goal: `< ${goals.p99Ms} ms`,
        met: p99Ms < goals.p99Ms,
      },
      {
        what: "the server's peak memory",
        value: `${peakMb.toFixed(0)} MB`,
        goal: `< ${goals.memoryMb} MB`,
        met: peakMb < goals.memoryMb,
      },
      { what: "the server's CPU for each message, with its pieces", value: `${(cpu / messages).toFixed(1)} ms` },
      { what: "failed", value: String(failed), goal: "0", met: failed === 0 },
    ],
    notes: [
      `the model takes ${sizes.latencyMs} ms ± 20 % and streams ${sizes.tokens} pieces; a person says the next thing ` +
        `${sizes.thinkMs} ms ± 50 % after an answer; measured for ${sizes.seconds} s after all had begun`,
      `in ${sizes.projects} projects; server, model and people share ${describeMachine()}`,
    ],
  }
}

/** A small project, so that indexing is not what is measured. */
function projectIn(folder: string, n: number): string {
  const root = join(folder, `project-${n}`)
  mkdirSync(join(root, "src"), { recursive: true })
  writeFileSync(join(root, "AGENTS.md"), "Keep functions short.\n")
  for (let file = 0; file < 20; file++) {
    writeFileSync(join(root, "src", `part-${file}.ts`), `export const part${file} = (n: number) => n + ${file}\n`)
  }
  return root
}

if (import.meta.main) {
  const number = (name: keyof Sizes) => ({ type: "string", default: String(usual[name]) }) as const
  const { values } = parseArgs({
    options: {
      conversations: number("conversations"),
      projects: number("projects"),
      latencyMs: number("latencyMs"),
      tokens: number("tokens"),
      thinkMs: number("thinkMs"),
      seconds: number("seconds"),
    },
  })
  const sizes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
  console.log(printed(await run({ ...usual, ...sizes })))
}
