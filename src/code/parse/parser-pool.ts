import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { CancelledError, DuckError, UnavailableError } from "../../base/errors.ts"
import type { FileFacts } from "../analyzers/facts.ts"
import type { AnalysedFile } from "../index/analyse.ts"
import type { ParsedFile } from "../types.ts"
import type { FileToParse, ParseReply, ParseResult, ParseTask, WorkerSetup } from "./work-messages.ts"

export interface ParserPoolOptions {
  /** Most worker threads at once; as many as there are processors where it is left out. */
  readonly size?: number
  /** A worker without work for so long is ended, and its memory given back. */
  readonly idleMs?: number
  /** A worker that is at one file for so long is ended, and the file taken as text. */
  readonly hangMs?: number
  /** A worker whose grammars hold more is replaced: WebAssembly memory never shrinks. */
  readonly recycleBytes?: number
  /** The worker's program. */
  readonly entry?: URL
}

/** Parses files on worker threads, which are started when there is work and ended when there is none. */
export interface ParserPool {
  /** How many files to hand over at once to keep every worker busy; more only wait, and take memory. */
  readonly width: number
  /** Worker threads running now. */
  readonly workers: number
  /**
   * The parsed file; null when its bytes are no text. A file that makes its grammar hang or crash is taken as text.
   * Rejects with UnavailableError when no worker can be started, and with CancelledError after `close`.
   */
  parse(file: FileToParse): Promise<ParsedFile | null>
  /** What the index stores of the file, made where it is parsed. */
  analyse(file: FileToParse): Promise<AnalysedFile | null>
  /** What the analyzers say of the file by itself. */
  examine(file: FileToParse): Promise<FileFacts | null>
  /** Ends all workers; what they have not finished is rejected. */
  close(): Promise<void>
}

interface Pending {
  readonly task: ParseTask
  readonly sizeBytes: number
  readonly done: (result: ParseResult) => void
  readonly failed: (error: Error) => void
}

interface Member {
  readonly worker: Worker
  readonly progress: Int32Array
  readonly inFlight: Map<number, Pending>
  watch: NodeJS.Timeout | undefined
  idle: NodeJS.Timeout | undefined
  isRetiring: boolean
}

/** So many in flight keep a worker busy while the one who asks does something else for a while. */
export const filesPerWorker = 60
const batchFiles = 12
const batchBytes = 256 * 1024
/** Starting takes a fraction of a second, and much longer on a busy machine. */
const startLimitMs = 30_000

const ownEntry = new URL(import.meta.url.endsWith(".ts") ? "./parse-worker.ts" : "./parse-worker.js", import.meta.url)

export function parserPool(options: ParserPoolOptions = {}): ParserPool {
  const size = Math.max(1, Math.min(options.size ?? availableParallelism(), availableParallelism()))
  const { idleMs = 10_000, hangMs = 15_000, recycleBytes = 192 * 1024 * 1024, entry = ownEntry } = options
  const waiting: Pending[] = []
  const members = new Set<Member>()
  let nextId = 0
  let isScheduled = false
  let isClosed = false

  function submit(want: ParseTask["want"], file: FileToParse, asText = false): Promise<ParseResult> {
    if (isClosed) return Promise.reject(new CancelledError("The parser was closed."))
    return new Promise((done, failed) => {
      const id = nextId++ & 0x7fffffff
      const sizeBytes = file.text === undefined ? file.bytes.byteLength : file.text.length
      waiting.push({ task: { id, want, file, asText }, sizeBytes, done, failed })
      schedule()
    })
  }

  // Files that come in one turn of the event loop travel together.
  function schedule() {
    if (isScheduled) return
    isScheduled = true
    queueMicrotask(() => {
      isScheduled = false
      dispatch()
    })
  }

  function dispatch() {
    while (waiting.length > 0) {
      const member = freest()
      if (!member) return
      send(member, takeBatch())
    }
  }

  /** A worker with nothing to do, else a new one, else one whose work runs out. */
  function freest(): Member | undefined {
    let best: Member | undefined
    for (const member of members) {
      if (!member.isRetiring && (!best || member.inFlight.size < best.inFlight.size)) best = member
    }
    if (best?.inFlight.size === 0) return best
    if (members.size < size) return start()
    return best && best.inFlight.size <= filesPerWorker - batchFiles ? best : undefined
  }

  function takeBatch(): Pending[] {
    const most = Math.max(1, Math.min(batchFiles, Math.ceil(waiting.length / size)))
    let count = 0
    let bytes = 0
    while (count < most && (count === 0 || bytes < batchBytes)) bytes += waiting[count++]?.sizeBytes ?? 0
    return waiting.splice(0, count)
  }

  function send(member: Member, batch: readonly Pending[]) {
    clearTimeout(member.idle)
    for (const pending of batch) member.inFlight.set(pending.task.id, pending)
    member.worker.ref()
    if (!member.watch) watch(member)
    member.worker.postMessage(batch.map((pending) => pending.task))
  }

  /** Ends a worker that has been at the same file for too long. */
  function watch(member: Member) {
    const tickMs = Math.min(hangMs, 1000)
    let at = Atomics.load(member.progress, 0)
    let stillMs = 0
    member.watch = setInterval(() => {
      const now = Atomics.load(member.progress, 0)
      stillMs = now === at ? stillMs + tickMs : 0
      at = now
      if (stillMs >= (at === -1 ? Math.max(hangMs, startLimitMs) : hangMs)) void member.worker.terminate()
    }, tickMs).unref()
  }

  function start(): Member {
    const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
    const setup: WorkerSetup = { progress }
    const worker = new Worker(entry, {
      workerData: setup,
      name: "parser",
      // Pages of the young generation stay with the process after the worker: with 64 MB some 190 MB, for 5 % less time.
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 },
    })
    const member: Member = {
      worker,
      progress,
      inFlight: new Map(),
      watch: undefined,
      idle: undefined,
      isRetiring: false,
    }
    let cause: unknown
    members.add(member)
    worker.on("message", (reply: ParseReply) => received(member, reply))
    worker.on("error", (error) => {
      cause = error
    })
    worker.on("exit", () => ended(member, cause))
    return member
  }

  function received(member: Member, { results, memoryBytes }: ParseReply) {
    for (const result of results) {
      const pending = member.inFlight.get(result.id)
      member.inFlight.delete(result.id)
      pending?.done(result)
    }
    if (memoryBytes > recycleBytes) member.isRetiring = true
    if (member.inFlight.size === 0) {
      if (member.isRetiring) void member.worker.terminate()
      else rest(member)
    }
    dispatch()
  }

  function rest(member: Member) {
    clearInterval(member.watch)
    member.watch = undefined
    member.worker.unref()
    member.idle = setTimeout(() => {
      if (member.inFlight.size === 0) void member.worker.terminate()
    }, idleMs).unref()
  }

  /** The file it was at is tried once more, as text; the others go back to the head of the queue. */
  function ended(member: Member, cause: unknown) {
    members.delete(member)
    clearInterval(member.watch)
    clearTimeout(member.idle)
    const left = [...member.inFlight.values()]
    if (isClosed) return
    const at = Atomics.load(member.progress, 0)
    if (at === -1) {
      const error = new UnavailableError({
        code: "PARSER_UNAVAILABLE",
        message: `The parser could not be started: ${cause instanceof Error ? cause.message : "it ended at once"}.`,
        hint: "`duck doctor` checks the installation.",
        cause,
      })
      for (const pending of left) pending.failed(error)
      return dispatch()
    }
    for (const pending of left.reverse()) {
      if (pending.task.id !== at) waiting.unshift(pending)
      else if (pending.task.asText) pending.failed(failure(pending.task, "its parser ended", cause))
      else waiting.unshift({ ...pending, task: { ...pending.task, asText: true } })
    }
    dispatch()
  }

  async function result(want: ParseTask["want"], file: FileToParse): Promise<ParseResult> {
    const first = await submit(want, file)
    // A fault in the rules of a language costs its names, not the file.
    const last = "failed" in first ? await submit(want, file, true) : first
    if ("failed" in last) throw failure({ file }, last.failed)
    return last
  }

  return {
    width: size * filesPerWorker,
    get workers() {
      return members.size
    },
    async parse(file) {
      const found = await result("parsed", file)
      return "parsed" in found ? found.parsed : null
    },
    async analyse(file) {
      const found = await result("analysed", file)
      return "analysed" in found ? found.analysed : null
    },
    async examine(file) {
      const found = await result("examined", file)
      return "examined" in found ? found.examined : null
    },
    async close() {
      isClosed = true
      const error = new CancelledError("The parser was closed.")
      for (const pending of waiting.splice(0)) pending.failed(error)
      await Promise.all(
        [...members].map(async (member) => {
          for (const pending of member.inFlight.values()) pending.failed(error)
          await member.worker.terminate()
        }),
      )
    },
  }
}

function failure({ file }: Pick<ParseTask, "file">, why: string, cause?: unknown): DuckError {
  return new DuckError({
    code: "PARSE_FAILED",
    message: `${file.path} could not be parsed: ${why}.`,
    hint: "This is a fault of RubberDuck; the file can be left out with a line in .duckignore.",
    cause,
  })
}
