import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { setTimeout as wait } from "node:timers/promises"
import type { Clock } from "../../base/clock.ts"
import type { ControlGroup } from "./control-group.ts"
import { runVariable } from "./environment.ts"
import { notStarted } from "./errors.ts"
import { type Limits, withLimits } from "./limits.ts"
import type { Output } from "./output.ts"
import { gone, killGroup, killMarked, killProcess } from "./survivors.ts"

/** Why a run is over. Limits of the kernel end single processes, see `limitsHit`; `turn-ended`: so is what it belonged to. */
export type EndReason = "exited" | "timed-out" | "cancelled" | "output-limit" | "cpu-limit" | "turn-ended" | "closed"

export interface Ended {
  /** The shell's: 128 and the signal's number for a command that a signal ended. Null where RubberDuck ended it. */
  readonly exitCode: number | null
  /** The signal that ended the command, as far as shells tell. */
  readonly signal: string | undefined
  readonly reason: EndReason
  readonly limitsHit: readonly ("memory" | "processes" | "cpu")[]
  /** Nothing of the run lives; false only where that could not be made sure (see `protection`). */
  readonly isClean: boolean
}

export interface ProcessOptions {
  readonly id: string
  readonly command: string
  readonly shell: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input: string | undefined
  readonly limits: Limits
  /** `bwrap` with its arguments up to the command; undefined: without. */
  readonly sandbox: { readonly program: string; readonly args: readonly string[] } | undefined
  readonly group: ControlGroup | undefined
  readonly output: Output
  readonly onOutput: (chunk: Uint8Array) => void
  readonly clock: Clock
}

export interface ProcessHandle {
  /** Its first process, which leads a session and a group of its own. */
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Ends it and all it has started; the first reason counts. */
  end(reason: EndReason): void
}

/** Joins the control groups before anything else happens: what follows can't be outside them. */
const joining = `while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"`

/**
 * Without a sandbox the server's death would go unnoticed: a process in the group reads from a pipe that only the server
 * holds open, and ends the group when it is closed.
 */
const lifeline = `( trap '' HUP; read -r _ <&3; kill -KILL 0 ) >/dev/null 2>&1 </dev/null & exec "$@" 3<&-`

/**
 * The first process of the namespace. bubblewrap's own would be left for the system's first process to collect, which in a
 * container is often one that never does; this one is collected by bubblewrap. The command is not it, because the kernel
 * treats signals to a first process differently.
 */
const firstProcess = `exec 2>/dev/null; "$@"; exit $?`

/** How often the time that a control group has used is asked for. */
const cpuLookMs = 1000

/** After so long what should have ended by itself is ended with everything around it. */
const graceMs = 300

/** Starts a command in a session of its own. Throws RUN_NOT_STARTED; all that happens later is in `ended`. */
export async function startProcess(options: ProcessOptions): Promise<ProcessHandle> {
  const { command, shell, cwd, limits, sandbox, group, output, clock } = options
  const has = { groupMemory: group?.limitsMemory === true, ownUser: sandbox !== undefined && process.getuid?.() !== 0 }
  const limited = withLimits([shell, "-c", command], limits, has)
  // The shell and bubblewrap itself still run outside: nothing of the run's environment (LD_PRELOAD) may reach them.
  const set = ["--clearenv", ...Object.entries(options.env).flatMap(([name, value]) => ["--setenv", name, value])]
  const inner = sandbox
    ? [sandbox.program, ...sandbox.args, ...set, "--info-fd", "3", "--chdir", cwd, "--as-pid-1", "--"].concat([
        "/bin/sh",
        "-c",
        firstProcess,
        "duck-first",
        ...limited,
      ])
    : ["/bin/sh", "-c", lifeline, "duck-lifeline", ...limited]
  const joins = group?.folders.map((folder) => join(folder, "cgroup.procs")) ?? []
  const outer = ["/bin/sh", "-c", joining, "duck-join", ...joins, "--", ...inner]
  const [program = "", ...args] = outer
  const child = spawn(program, args, {
    cwd: sandbox ? "/" : cwd,
    // With the mark bubblewrap itself can be found, should it be left behind.
    env: sandbox ? { PATH: "/usr/bin:/bin", [runVariable]: options.id } : options.env,
    // Printed errors come with the output; what comes alone is about the start.
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  })
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve)
    child.once("error", (error) => reject(notStarted(error.message, error)))
  })
  // Whoever ends without reading all of it has read enough.
  child.stdin?.on("error", () => {}).end(options.input)
  return watch(child, options, { limits, output, clock })
}

function watch(
  child: ChildProcess,
  { id, group, sandbox, onOutput }: ProcessOptions,
  { limits, output, clock }: Pick<ProcessOptions, "limits" | "output" | "clock">,
): ProcessHandle {
  const leader = child.pid as number
  const timer = new AbortController()
  let reason: EndReason | undefined
  let said = ""
  let info = ""
  let isOver = false

  const first = () => Number(/"child-pid":\s*(\d+)/.exec(info)?.[1] ?? 0)
  const killAll = () => {
    killGroup(leader)
    void group?.kill()
  }
  const kill = () => {
    // With the first process its namespace ends, and then bubblewrap, which has collected it.
    if (first() > 0 && !isOver) {
      killProcess(first())
      setTimeout(() => isOver || killAll(), graceMs).unref()
    } else killAll()
  }
  const end = (why: EndReason) => {
    reason ??= why
    kill()
  }
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }))
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (said.length < 2000) said += text
  })
  const third = child.stdio[3] as Readable
  third.on("error", () => {})
  // In a sandbox it brings the id of the first process inside; without one it only is held open.
  if (sandbox) third.setEncoding("utf8").on("data", (text: string) => (info += text))
  else third.resume()

  if (limits.timeoutMs > 0)
    clock.sleep(limits.timeoutMs, timer.signal).then(
      () => end("timed-out"),
      () => {},
    )
  const watchCpu = async (of: ControlGroup) => {
    for (;;) {
      await clock.sleep(cpuLookMs, timer.signal)
      const usedMs = await of.cpuMs()
      if (usedMs === undefined) return
      if (usedMs >= limits.cpuMs) return end("cpu-limit")
    }
  }
  // Ends with the run.
  if (group) watchCpu(group).catch(() => {})

  const read = async () => {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      const room = limits.outputBytes - output.totalBytes
      const kept = chunk.subarray(0, Math.max(0, room))
      if (kept.length > 0) {
        await output.write(kept)
        onOutput(kept)
      }
      if (kept.length < chunk.length) return end("output-limit")
    }
  }

  const finish = async (): Promise<Ended> => {
    const reading = read().catch((error) => {
      end("closed")
      throw error
    })
    reading.catch(() => {})
    const { code, signal } = await exit
    isOver = true
    timer.abort()
    killAll()
    const isClean = await cleared()
    // What still holds the pipe open is not ours to end: it is not waited for.
    await Promise.race([reading, wait(isClean ? 5_000 : 200, undefined, { ref: false })])
    child.stdout?.destroy()
    child.stderr?.destroy()
    third.destroy()
    await reading.catch((error) => {
      if (reason !== undefined || !isClean) return
      throw error
    })
    const isOutOfTime = reason === "cpu-limit" || signal === "SIGXCPU" || code === cpuExitCode
    const limitsHit = [...((await group?.limitsHit()) ?? []), ...(isOutOfTime ? (["cpu"] as const) : [])]
    await group?.remove()
    if (reason !== undefined) return { exitCode: null, signal: undefined, reason, limitsHit, isClean }
    const failure = said.trim()
    // 125 and 1 are how those before the command end; whatever the command says is in its output.
    if (failure !== "" && code !== 0 && output.totalBytes === 0) throw notStarted(failure.slice(0, 500))
    const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
    return { exitCode, signal: signalOf(exitCode), reason: "exited", limitsHit, isClean }
  }

  /** Whether nothing of the run lives any more. */
  async function cleared(): Promise<boolean> {
    await group?.kill()
    // A process that is root can leave its control group, one that clears its environment can't be known by it.
    if (!sandbox) return (await killMarked([id])) || group !== undefined
    // The namespace's first process is only gone when all others are.
    return first() > 0 ? gone(first()) : true
  }

  return { pid: leader, ended: finish(), end }
}

/** How a shell tells that a command was ended for its time on processors. */
const cpuExitCode = 128 + constants.signals.SIGXCPU

function signalOf(exitCode: number): string | undefined {
  if (exitCode <= 128) return undefined
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0]
}
