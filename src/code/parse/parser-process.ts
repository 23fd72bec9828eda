import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { CancelledError, DuckError, UnavailableError } from "../../base/errors.ts"
import { lowMemory } from "../../base/low-memory.ts"
import { filesPerWorker, type ParserPool } from "./parser-pool.ts"
import type { FileToParse, HostReply, HostTask, ParseResult } from "./work-messages.ts"

export interface ParserProcessOptions {
  /** Worker threads in the process; as many as there are processors where it is left out. */
  readonly size?: number
  /** Without work for so long the process is ended, and all its memory given back. */
  readonly idleMs?: number
  /** The process's program. */
  readonly entry?: URL
}

interface Pending {
  readonly task: HostTask
  readonly done: (result: Exclude<ParseResult, { failed: string }>) => void
  readonly failed: (error: Error) => void
}

const ownEntry = new URL(import.meta.url.endsWith(".ts") ? "./parser-host.ts" : "./parser-host.js", import.meta.url)

/**
 * A parser pool in a process of its own, started when there is work and ended when there is none: what grammars, their
 * WebAssembly memory and the heaps of the threads took goes back to the system with it (docs/decisions/063), and no
 * grammar can bring the server down. A process that dies is replaced; what it had not finished is done again, file by file,
 * and the one that ends it a second time is given up.
 */
export function parserProcess(options: ParserProcessOptions = {}): ParserPool {
  const { size = availableParallelism(), idleMs = 10_000, entry = ownEntry } = options
  const pending = new Map<number, Pending>()
  let unsent: HostTask[] = []
  /** What was being done when a process died: one at a time until all are done. */
  let suspects: Pending[] = []
  let suspect: Pending | undefined
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let nextId = 0
  let isClosed = false

  function submit(want: HostTask["want"], file: FileToParse) {
    if (isClosed) return Promise.reject(new CancelledError("The parser was closed."))
    return new Promise<Exclude<ParseResult, { failed: string }>>((done, failed) => {
      const task: HostTask = { id: nextId++ & 0x7fffffff, want, file }
      pending.set(task.id, { task, done, failed })
      send(task)
    })
  }

  // Files that come in one turn of the event loop travel together.
  function send(task: HostTask) {
    if (unsent.push(task) > 1) return
    queueMicrotask(() => {
      const tasks = unsent
      unsent = []
      if (isClosed || tasks.length === 0) return
      clearTimeout(idle)
      child ??= start()
      child.ref()
      child.channel?.ref()
      // What could not be sent is sent again when the process has ended.
      child.send(tasks, () => {})
    })
  }

  function start(): ChildProcess {
    const env = { ...process.env }
    // For one that stays; this one is to be quick.
    for (const name of Object.keys(lowMemory)) delete env[name]
    const started = fork(fileURLToPath(entry), [String(size)], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: [],
      env,
    })
    let isReady = false
    started.on("message", (reply: HostReply) => {
      isReady = true
      for (const result of reply) received(result)
      if (pending.size === 0) rest()
    })
    // Without an id it never ran, and will not exit either.
    started.on("error", (error) => {
      if (started.pid !== undefined || isClosed) return
      if (child === started) child = undefined
      ended(false, error.message)
    })
    started.once("exit", (code, signal) => {
      if (child === started) child = undefined
      if (!isClosed) ended(isReady, signal ?? `exit code ${code}`)
    })
    return started
  }

  function received(result: HostReply[number]) {
    const finished = pending.get(result.id)
    pending.delete(result.id)
    if ("error" in result) finished?.failed(new DuckError(result.error))
    else finished?.done(result)
    if (finished !== undefined && finished === suspect) tryNext()
  }

  function tryNext() {
    suspect = suspects.shift()
    if (suspect) send(suspect.task)
  }

  function rest() {
    child?.unref()
    child?.channel?.unref()
    idle = setTimeout(() => {
      if (pending.size === 0) child?.kill("SIGKILL")
    }, idleMs).unref()
  }

  function ended(wasReady: boolean, how: string) {
    const lost = [...pending.values()].filter((one) => !suspects.includes(one))
    if (!wasReady) {
      suspects = []
      suspect = undefined
      for (const one of pending.values()) one.failed(notStarted(how))
      return pending.clear()
    }
    if (suspect) {
      pending.delete(suspect.task.id)
      suspect.failed(harmful(suspect.task.file.path, how))
    }
    suspects.push(...lost.filter((one) => one !== suspect))
    tryNext()
  }

  return {
    width: size * filesPerWorker,
    get workers() {
      return child ? size : 0
    },
    async parse(file) {
      const found = await submit("parsed", file)
      return "parsed" in found ? found.parsed : null
    },
    async analyse(file) {
      const found = await submit("analysed", file)
      return "analysed" in found ? found.analysed : null
    },
    async examine(file) {
      const found = await submit("examined", file)
      return "examined" in found ? found.examined : null
    },
    async close() {
      isClosed = true
      clearTimeout(idle)
      const error = new CancelledError("The parser was closed.")
      for (const task of pending.values()) task.failed(error)
      pending.clear()
      const last = child
      if (!last || last.exitCode !== null || last.signalCode !== null) return
      await new Promise<void>((resolve) => {
        last.ref()
        last.once("exit", () => resolve())
        last.kill("SIGKILL")
      })
    },
  }
}

const notStarted = (how: string) =>
  new UnavailableError({
    code: "PARSER_UNAVAILABLE",
    message: `The parser could not be started (${how}).`,
    hint: "`duck doctor` checks the installation.",
  })

const harmful = (path: string, how: string) =>
  new DuckError({
    code: "PARSE_FAILED",
    message: `${path} could not be parsed: the parser ended at it (${how}).`,
    hint: "This is a fault of RubberDuck; the file can be left out with a line in .duckignore.",
  })
