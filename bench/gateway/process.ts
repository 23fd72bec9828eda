import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"

/** What a process of the benchmark says to the one that started it: one line of JSON. */
export const emitted = (value: unknown): void => console.log(JSON.stringify(value))

export interface Started {
  readonly child: ChildProcess
  readonly pid: number
  /** The next line of JSON that it prints. */
  next<T>(): Promise<T>
  say(value: unknown): void
  stop(): Promise<void>
}

/** Starts one of the benchmark's processes. */
export function started(
  program: string,
  args: readonly string[],
  { env = process.env, isQuiet = false }: { readonly env?: NodeJS.ProcessEnv; readonly isQuiet?: boolean } = {},
): Started {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", isQuiet ? "ignore" : "inherit"], env })
  const { stdin, stdout, pid } = child
  if (!stdin || !stdout || pid === undefined) throw new Error(`${program} can't be started`)
  const lines: string[] = []
  const waiting: (() => void)[] = []
  let hasEnded = false
  createInterface({ input: stdout }).on("line", (line) => {
    if (line.startsWith("{")) lines.push(line)
    waiting.shift()?.()
  })
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      hasEnded = true
      for (const wake of waiting.splice(0)) wake()
      resolve()
    })
  })
  return {
    child,
    pid,
    async next<T>() {
      while (lines.length === 0) {
        if (hasEnded) throw new Error(`${args.join(" ")} ended`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return JSON.parse(lines.shift() ?? "null") as T
    },
    say: (value) => void stdin.write(`${JSON.stringify(value)}\n`),
    stop() {
      child.kill("SIGTERM")
      return ended
    },
  }
}

/** Milliseconds of CPU that a process has used (Linux); NaN elsewhere. */
export function cpuMs(pid: number): number {
  try {
    // Fields 14 and 15 of proc(5), in ticks of 10 ms; the name before them may hold spaces.
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")
    const fields = rest.split(" ")
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}
