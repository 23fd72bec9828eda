import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { type Agent, codex, opencode, type Place, rubberduck } from "./assistant/agents.ts"
import { type Measured, measured } from "./assistant/measured.ts"
import { type AgentName, calls, contentOf, files, pathOf, task, wanted } from "./assistant/task.ts"
import { type Started, started } from "./gateway/process.ts"
import { describeMachine, printed, quantile, type Report, type Row } from "./machine.ts"

/**
 * One task with twenty tool calls in ten answers, whole processes, beside Codex and opencode: `duck run` on a server that
 * is warm, the others as they are started for one task. All ask the same scripted provider, in the same rounds, in git
 * repositories of the same files, and each run's files are checked. The peers are installed by
 * `npm install --no-save --prefix test/conformance/agents`; without one its rows say so.
 */
const goals = { ofCodex: 0.7 }
const usualRounds = 7
/** It takes ten times as long as the others, and its time is held to nothing. */
const mostOfOpencode = 2

interface Contender {
  readonly agent: Agent
  readonly place: Place
  readonly runs: Measured[]
}

export async function run(rounds = usualRounds): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-task-"))
  let provider: Started | undefined
  const contenders: Contender[] = []
  const absent: string[] = []
  try {
    provider = started(process.execPath, [new URL("./assistant/provider.ts", import.meta.url).pathname])
    const { port } = await provider.next<{ port: number }>()
    for (const [name, agentAt] of [
      ["RubberDuck", rubberduck],
      ["Codex", codex],
      ["opencode", opencode],
    ] as const) {
      const place = placeFor(folder, name, port)
      const agent = agentAt(place)
      if (agent.missing === undefined) contenders.push({ agent, place, runs: [] })
      else absent.push(agent.missing)
    }
    for (let round = -1; round < rounds; round++) {
      for (const one of contenders) {
        if (one.agent.name === "opencode" && round >= mostOfOpencode) continue
        // The first round starts the server and warms the caches of the disk.
        const made = await once(one)
        if (round >= 0) one.runs.push(made)
      }
    }
    return reportOf(contenders, absent, rounds)
  } finally {
    const ours = contenders.find(({ agent }) => agent.name === "RubberDuck")?.agent
    if (ours) spawnSync(ours.program, [ours.args[0] ?? "", "stop"], { env: ours.env, stdio: "ignore" })
    await provider?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

function placeFor(folder: string, name: AgentName, port: number): Place {
  const [home, work] = [join(folder, name, "home"), join(folder, name, "work")]
  mkdirSync(home, { recursive: true })
  fill(work)
  const git = (...args: string[]) => execFileSync("git", args, { cwd: work, stdio: "ignore" })
  git("init", "-q")
  git("add", ".")
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "-m", "parts")
  const root = Buffer.from(work).toString("base64url")
  return { home, work, task, url: `http://127.0.0.1:${port}/${name}/${root}/v1` }
}

function fill(work: string): void {
  for (let n = 0; n < files; n++) {
    const path = join(work, pathOf(n))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contentOf(n))
  }
}

async function once({ agent, place }: Contender): Promise<Measured> {
  fill(place.work)
  const beside = agent.serverPid?.()
  const made = await measured(agent.program, agent.args, { cwd: place.work, env: agent.env, beside })
  for (let n = 0; n < files; n++) {
    if (readFileSync(join(place.work, pathOf(n)), "utf8") === wanted(n)) continue
    throw new Error(`${agent.name} left ${pathOf(n)} other than it should be:\n${made.output.slice(-3000)}`)
  }
  return made
}

function reportOf(contenders: readonly Contender[], absent: readonly string[], rounds: number): Report {
  const rows: Row[] = []
  const of = (name: AgentName, field: "tookMs" | "peakBytes" | "peakWithBytes") => {
    const runs = contenders.find(({ agent }) => agent.name === name)?.runs ?? []
    return quantile(
      runs.map((one) => one[field]),
      field === "tookMs" ? 0.5 : 1,
    )
  }
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  for (const { agent, runs } of contenders) {
    const spread = [0, 0.5, 1].map((q) =>
      quantile(
        runs.map(({ tookMs }) => tookMs),
        q,
      ).toFixed(0),
    )
    rows.push({ what: `${agent.name}: least / median / most`, value: `${spread.join(" / ")} ms` })
  }
  for (const { agent } of contenders)
    rows.push({ what: `${agent.name}: peak memory`, value: mb(of(agent.name, "peakBytes")) })
  const withServer = of("RubberDuck", "peakWithBytes")
  rows.push({ what: "RubberDuck: peak memory with the server", value: mb(withServer) })
  for (const { agent } of contenders.filter((one) => one.agent.name !== "RubberDuck")) {
    const share = of("RubberDuck", "tookMs") / of(agent.name, "tookMs")
    const isHeld = agent.name === "Codex"
    rows.push({
      what: `RubberDuck's time of ${agent.name}'s`,
      value: `${share.toFixed(2)} x`,
      ...(isHeld ? { goal: `<= ${goals.ofCodex} x`, met: share <= goals.ofCodex } : {}),
    })
    const memory = of("RubberDuck", "peakBytes") / of(agent.name, "peakBytes")
    rows.push({
      what: `RubberDuck's memory of ${agent.name}'s`,
      value: `${memory.toFixed(2)} x`,
      goal: "< 1 x",
      met: memory < 1,
    })
    const all = withServer / of(agent.name, "peakBytes")
    rows.push({
      what: `with the server counted, of ${agent.name}'s`,
      value: `${all.toFixed(2)} x`,
      goal: "< 1 x",
      met: all < 1,
    })
  }
  return {
    title: `A task of ten answers with ${calls} tool calls`,
    rows,
    notes: [
      `medians of ${rounds} rounds that go through all (opencode: ${mostOfOpencode}), after one that warms; memory: resident, the process and all below it, the most of all rounds`,
      "alike: the files, the reads, edits and commands, their order, two calls in each answer, a model without latency",
      "not alike: RubberDuck has read, edit and run; opencode read, edit and bash; Codex has a shell, and reads and patches " +
        "with it; Codex speaks responses, the others chat completions; opencode also asks for a title",
      "RubberDuck and Codex run commands in a sandbox, opencode does not; RubberDuck also records the files before and after",
      describeMachine(),
      ...absent,
    ],
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: String(usualRounds) } } })
  console.log(printed(await run(Number(values.rounds))))
}
