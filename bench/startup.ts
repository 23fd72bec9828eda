import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { printed, quantile, type Report, type Row } from "./machine.ts"

/**
 * What a person waits for: whole processes from start to exit, through `bin/duck.mjs` as it is installed, beside a bare
 * `node -e 0` of the same Node in the same rounds. The warm commands ask a real server that has this repository indexed.
 */
const root = join(import.meta.dirname, "..")
const duck = join(root, "bin", "duck.mjs")
const rounds = 25
const goals = { version: 2.5, warm: 5, warmMb: 80 }

export async function run(): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), "duck-bench-"))
  const env = { ...process.env, DUCK_HOME: home, NODE_OPTIONS: "", CI: "" }
  try {
    const coldStart = performance.now()
    execFileSync(process.execPath, [duck, "search", "token"], { cwd: root, env, stdio: "ignore" })
    const coldMs = performance.now() - coldStart
    // Until the index is whole, a search may wait for it: that is not what "warm" means.
    execFileSync(process.execPath, [duck, "index", "rebuild"], { cwd: root, env, stdio: "ignore" })

    const commands: Readonly<Record<string, readonly string[]>> = {
      "node -e 0": ["-e", "0"],
      "duck --version": [duck, "--version"],
      "duck help": [duck, "help"],
      "duck search": [duck, "search", "retry with backoff"],
      "duck ask": [duck, "ask", "where is the token file written"],
    }
    const rows: Row[] = [
      { what: "first `duck search` (starts the server, indexes)", value: `${Math.round(coldMs)} ms` },
    ]
    for (const { label, program } of nodes()) {
      const samples = timed(program, commands, env)
      const bareMs = quantile(samples.get("node -e 0") ?? [], 0.5)
      for (const [name, ms] of samples) {
        const ratio = quantile(ms, 0.5) / bareMs
        const goal = name === "duck --version" ? goals.version : /search|ask/.test(name) ? goals.warm : undefined
        const isPeer = name === "node -e 0"
        rows.push({
          what: `${label}: ${name}`,
          value: `${quantile(ms, 0.5).toFixed(1)} ms${isPeer ? "" : ` = ${ratio.toFixed(2)} x bare`}`,
          // The goal is for the Node it runs on; an older one only starts it, and is reported.
          ...(goal === undefined || program !== process.execPath ? {} : { goal: `<= ${goal} x`, met: ratio <= goal }),
        })
      }
    }
    for (const name of ["duck search", "duck ask"]) {
      const mb = peakMb(process.execPath, commands[name] ?? [], env)
      if (mb === undefined) continue
      rows.push({
        what: `peak memory: ${name}`,
        value: `${mb.toFixed(0)} MB`,
        goal: `<= ${goals.warmMb} MB`,
        met: mb <= goals.warmMb,
      })
    }
    const notes = [`medians of ${rounds} interleaved rounds, whole processes`]
    if (!existsSync("/usr/bin/time")) notes.push("peak memory not measured: no /usr/bin/time")
    return { title: "Start-up", rows, notes }
  } finally {
    spawnSync(process.execPath, [duck, "stop"], { env, stdio: "ignore" })
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** The Node we run on, and the system's where it is another. */
function nodes(): { label: string; program: string }[] {
  const ours = { label: `Node ${process.versions.node}`, program: process.execPath }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"))
  const system = folders.map((folder) => join(folder, "node")).find((path) => existsSync(path))
  if (!system) return [ours]
  const version = execFileSync(system, ["--version"], { encoding: "utf8" }).trim().slice(1)
  return version === process.versions.node ? [ours] : [ours, { label: `started by Node ${version}`, program: system }]
}

/** Milliseconds of each command, in rounds that go through all of them, so that a busy moment hits them alike. */
function timed(
  program: string,
  commands: Readonly<Record<string, readonly string[]>>,
  env: NodeJS.ProcessEnv,
): Map<string, number[]> {
  const samples = new Map<string, number[]>()
  for (let round = -1; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const startedAt = performance.now()
      const { status, stderr } = spawnSync(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
      const ms = performance.now() - startedAt
      if (status !== 0 && status !== 1) throw new Error(`${name} left with ${status}: ${stderr}`)
      // The first round warms the caches of the disk and of the compiler.
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), ms])
    }
  }
  return samples
}

/** Most resident memory of any process of the command, in MB (10^6 bytes). */
function peakMb(program: string, args: readonly string[], env: NodeJS.ProcessEnv): number | undefined {
  if (!existsSync("/usr/bin/time")) return undefined
  const report = join(env.DUCK_HOME ?? tmpdir(), "time.txt")
  spawnSync("/usr/bin/time", ["-f", "%M", "-o", report, program, ...args], { cwd: root, env, stdio: "ignore" })
  return (Number(readFileSync(report, "utf8").trim().split("\n").at(-1)) * 1024) / 1e6
}

if (import.meta.main) console.log(printed(await run()))
