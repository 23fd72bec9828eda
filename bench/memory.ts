import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { printed, type Report, type Row, residentBytes } from "./machine.ts"

/**
 * Resident memory of a server that has a project indexed, has answered questions about it, and then sits idle.
 * `node bench/memory.ts [folder]` measures another repository; DUCK_BENCH_LARGE names one of about a million lines
 * (bench/search.ts assembles one), measured beside this one where it is given.
 */
const root = join(import.meta.dirname, "..")
const duck = join(root, "bin", "duck.mjs")
const goals = { smallMb: 120, largeMb: 300 }
const settleMs = 20_000

export async function run(folder = root): Promise<Report> {
  const rows: Row[] = await measured(folder, goals.smallMb)
  const large = process.env.DUCK_BENCH_LARGE
  if (large && existsSync(large)) rows.push(...(await measured(resolve(large), goals.largeMb)))
  const notes = [`resident (VmRSS of the server's process), ${settleMs / 1000} s after the last command`]
  if (!large) notes.push("the million lines were not measured: DUCK_BENCH_LARGE names no repository")
  return { title: "Memory of the server", rows, notes }
}

async function measured(folder: string, goalMb: number): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "duck-bench-"))
  const env = { ...process.env, DUCK_HOME: home, NODE_OPTIONS: "" }
  const ask = (...args: string[]) =>
    execFileSync(process.execPath, [duck, ...args], { cwd: folder, env, encoding: "utf8", maxBuffer: 1e8 })
  try {
    ask("index", "rebuild", "--timeout", "30m")
    const { pid } = JSON.parse(readFileSync(join(home, "server.json"), "utf8")) as { pid: number }
    const mb = () => (residentBytes(pid) ?? Number.NaN) / 1e6
    const afterIndexing = mb()
    for (let round = 0; round < 5; round++) {
      ask("search", "retry with backoff")
      ask("ask", "where is the token file written")
    }
    const afterQuestions = mb()
    await pause(settleMs)
    const idle = mb()
    const name = folder === root ? "this repository" : folder
    return [
      { what: `${name}: just indexed`, value: `${afterIndexing.toFixed(0)} MB` },
      { what: `${name}: after ten questions`, value: `${afterQuestions.toFixed(0)} MB` },
      { what: `${name}: idle`, value: `${idle.toFixed(0)} MB`, goal: `<= ${goalMb} MB`, met: idle <= goalMb },
    ]
  } finally {
    spawnSync(process.execPath, [duck, "stop"], { env, stdio: "ignore" })
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

if (import.meta.main) console.log(printed(await run(process.argv[2])))
