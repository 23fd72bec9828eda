import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { residentBytes } from "../machine.ts"

export interface Measured {
  readonly tookMs: number
  /** Most memory at one moment of the process and all that it started, in bytes; looked at every 20 ms. */
  readonly peakBytes: number
  /** The same with the process `beside` and all that it started. */
  readonly peakWithBytes: number
  readonly output: string
}

export interface MeasuredOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Pid of a server that works for it. */
  readonly beside?: number | undefined
}

/** Runs a program to its end. Rejects with its output when it fails. */
export function measured(
  program: string,
  args: readonly string[],
  { cwd, env, beside }: MeasuredOptions,
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    let [peakBytes, peakWithBytes] = [0, 0]
    let output = ""
    const look = () => {
      const bytes = child.pid === undefined ? 0 : treeBytes(child.pid)
      peakBytes = Math.max(peakBytes, bytes)
      peakWithBytes = Math.max(peakWithBytes, bytes + (beside === undefined ? 0 : treeBytes(beside)))
    }
    const looking = setInterval(look, 20)
    const guard = setTimeout(() => child.kill("SIGKILL"), 120_000)
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text))
    child.once("error", reject)
    child.once("close", (code) => {
      clearInterval(looking)
      clearTimeout(guard)
      const tookMs = performance.now() - startedAt
      if (code === 0) resolve({ tookMs, peakBytes, peakWithBytes, output })
      else reject(new Error(`${program} left with ${code}:\n${output.slice(-3000)}`))
    })
  })
}

/** Resident memory of a process and all below it. Pages that several of them share are counted for each. */
function treeBytes(pid: number): number {
  return (residentBytes(pid) ?? 0) + childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), 0)
}

/** Any thread of a process may have started a child. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim()
      return text === "" ? [] : text.split(" ").map(Number)
    })
  } catch {
    return []
  }
}
