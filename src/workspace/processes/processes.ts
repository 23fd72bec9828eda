import { promises as fs } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { systemClock } from "../../base/clock.ts"
import { InvalidInputError, systemCode, UnavailableError } from "../../base/errors.ts"
import { isId, newId } from "../../base/ids.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { type Bounds, boundsOf, resolveReal } from "../contain.ts"
import { printable } from "../errors.ts"
import { sandboxArguments } from "./bubblewrap.ts"
import { environmentOf } from "./environment.ts"
import { noSandbox, noSuchRun, tooManyRuns } from "./errors.ts"
import { defaultLimits, type Limits } from "./limits.ts"
import { type Output, openOutput, readPage } from "./output.ts"
import { type Isolation, isolationOf, programAt } from "./protection.ts"
import { type ProcessHandle, startProcess } from "./run-process.ts"
import { runRecords } from "./run-records.ts"
import type { Finished, Processes, ProcessesOptions, RunEvent, RunInfo, RunOptions } from "./types.ts"

/** Ended runs whose output can be read; older ones go, with their files. */
const mostKept = 100
/** Background processes among them. */
const mostRunning = 32
const longestCommand = 100_000

type Info = { -readonly [K in keyof RunInfo]: RunInfo[K] }

interface Run {
  readonly info: Info
  readonly output: Output
  readonly path: string
  readonly turn: string | undefined
  readonly handle: ProcessHandle
  readonly finished: Promise<Finished>
}

/** Opens the programs of a project. Throws FileNotFoundError when the root or a writable folder is not there. */
export async function openProcesses(options: ProcessesOptions): Promise<Processes> {
  const { policy, outputFolder, audit, clock = systemClock, env = process.env } = options
  const bounds: Bounds = await boundsOf({ root: options.root, allow: policy.writable ?? [] })
  const home = env.HOME || homedir()
  await fs.mkdir(outputFolder, { recursive: true, mode: 0o700 })
  const records = runRecords(options.recordFolder)
  const runs = new Map<string, Run>()
  let isClosed = false
  let known: Promise<Isolation> | undefined
  const hidden = [...policy.hidden, outputFolder, options.recordFolder]
  const sandboxed = { root: bounds.root, home, policy: { ...policy, hidden } }

  const isolation = async (): Promise<Isolation> => {
    known ??= isolationOf(sandboxed)
    const found = await known
    if (policy.isolation === "bubblewrap" && !found.bubblewrap) throw noSandbox(found.why)
    return found
  }

  async function begin(command: string, how: RunOptions, defaults: Limits): Promise<Run> {
    const id = newId(clock.now())
    const told = (event: Omit<RunEvent, "operation" | "id" | "command">) =>
      audit({ operation: "run", id, command: printable(command), ...event })
    try {
      check(command, how)
      throwIfAborted(how.signal)
      if (running().length >= mostRunning) throw tooManyRuns(mostRunning)
      const cwd = (await resolveReal(bounds, how.cwd ?? ".", "stat")).absolute
      const { bubblewrap, groups, protection } = await isolation()
      const limits = { ...defaults, ...how.limits }
      const sandbox = bubblewrap && {
        program: bubblewrap.program,
        args: await sandboxArguments({ ...sandboxed, forbidsNamespaces: bubblewrap.forbidsNamespaces }),
      }
      const group = await groups?.make(`${process.pid}-${id}`, limits)
      const path = join(outputFolder, `${id}.out`)
      const output = await openOutput(path)
      const joined = group?.folders ?? []
      const decoder = new TextDecoder()
      const show = (text: string) => text !== "" && how.onOutput?.(text)
      const startedAtMs = clock.now()
      const launch = async () => {
        if (isClosed) throw closedError()
        await records.write(id, { groups: joined })
        const started = await startProcess({
          ...{ id, command, cwd, limits, sandbox, group, output, clock, input: how.input },
          shell: (await programAt("bash")) ?? "/bin/sh",
          env: environmentOf({ of: env, alsoPass: policy.environment ?? [], set: how.env ?? {}, runId: id }),
          onOutput: (chunk) => show(decoder.decode(chunk, { stream: true })),
        })
        // What its mark can't tell any more, its group may.
        await records.write(id, { groups: joined, leader: started.pid }).catch(() => {})
        return started
      }
      const handle = await launch().catch(async (error) => {
        await output.close()
        await fs.rm(path, { force: true })
        await group?.remove()
        await records.remove(id)
        throw error
      })
      const cancel = () => handle.end("cancelled")
      how.signal?.addEventListener("abort", cancel, { once: true })
      if (how.signal?.aborted) cancel()
      const info: Info = { id, command, startedAtMs, ended: undefined, outputBytes: 0 }
      let isClean = true
      const finished = (async (): Promise<Finished> => {
        try {
          const ended = await handle.ended
          isClean = ended.isClean
          show(decoder.decode())
          info.ended = ended
          const durationMs = clock.now() - startedAtMs
          const outcome = ended.reason === "exited" ? "done" : "failed"
          told({ outcome, protection: protection.kind, reason: ended.reason, exitCode: ended.exitCode, durationMs })
          return { ...ended, id, command, durationMs, output: output.summary(), protection: protection.kind }
        } catch (error) {
          told({ outcome: "failed", protection: protection.kind, code: codeOf(error) })
          runs.delete(id)
          await fs.rm(path, { force: true })
          throw error
        } finally {
          how.signal?.removeEventListener("abort", cancel)
          // What could not be ended is left to the next server.
          if (isClean) await records.remove(id)
          await output.close()
          await forgetOldest()
        }
      })()
      // Whoever waits hears of it; nobody has to.
      finished.catch(() => {})
      const run: Run = { info, output, path, turn: how.turn, handle, finished }
      runs.set(id, run)
      if (isClosed) handle.end("closed")
      return run
    } catch (error) {
      const code = codeOf(error)
      told({ outcome: code === "PATH_REFUSED" || code === "INVALID_INPUT" ? "refused" : "failed", code })
      throw error
    }
  }

  async function forgetOldest() {
    const ended = [...runs.values()].filter((run) => run.info.ended !== undefined)
    for (const run of ended.slice(0, Math.max(0, ended.length - mostKept))) {
      runs.delete(run.info.id)
      await fs.rm(run.path, { force: true })
    }
  }

  const found = (id: string): Run => {
    const run = runs.get(id)
    if (!run) throw noSuchRun(id)
    return run
  }
  const running = () => [...runs.values()].filter(({ info }) => info.ended === undefined)
  /** Of a run that an earlier server has ended, or that was ended with it. */
  const earlierPage = async (id: string, offset: number, maxBytes: number) => {
    const path = join(outputFolder, `${id}.out`)
    const stats = isId(id) ? await fs.stat(path).catch(() => undefined) : undefined
    if (!stats) throw noSuchRun(id)
    const page = await readPage(path, { offset, maxBytes, totalBytes: stats.size, isEnded: true })
    return { ...page, state: "lost" } as const
  }
  const infoOf = ({ info, output }: Run): RunInfo => ({ ...info, outputBytes: output.totalBytes })

  return {
    protection: async () => (await isolation()).protection,
    run: async (command, how = {}) => (await begin(command, how, defaultLimits)).finished,
    start: async (command, how = {}) => infoOf(await begin(command, how, { ...defaultLimits, timeoutMs: 0 })),
    list: () => [...runs.values()].map(infoOf),
    async page(id, { offset = 0, maxBytes = 32_768 } = {}) {
      const run = runs.get(id)
      if (!run) return earlierPage(id, offset, maxBytes)
      const state = run.info.ended === undefined ? "running" : "ended"
      return { ...(await run.output.page({ offset, maxBytes })), state }
    },
    async wait(id, signal) {
      const { finished } = found(id)
      if (!signal) return finished
      throwIfAborted(signal)
      return Promise.race([finished, aborted(signal, finished)])
    },
    async stop(id) {
      const run = found(id)
      run.handle.end("cancelled")
      return run.finished
    },
    async endTurn(turn) {
      const mine = running().filter((run) => run.turn === turn)
      for (const run of mine) run.handle.end("turn-ended")
      await Promise.allSettled(mine.map((run) => run.finished))
      return mine.map(infoOf)
    },
    async close() {
      isClosed = true
      for (const run of runs.values()) run.handle.end("closed")
      await Promise.allSettled([...runs.values()].map((run) => run.finished))
    },
  }
}

function check(command: string, { env = {} }: RunOptions) {
  const problem =
    command.trim() === ""
      ? "it is empty"
      : command.includes("\0")
        ? "it holds a NUL character"
        : Buffer.byteLength(command) > longestCommand
          ? `it is longer than ${longestCommand} bytes`
          : undefined
  if (problem) throw new InvalidInputError({ message: `The command can't be run: ${problem}.` })
  const wrong = Object.entries(env).find(([name, value]) => !/^[A-Za-z_]\w*$/.test(name) || value.includes("\0"))
  if (wrong)
    throw new InvalidInputError({ message: `${printable(wrong[0])} is no environment variable that can be set.` })
}

const closedError = () => new UnavailableError({ message: "The session's programs are closed." })

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : (systemCode(error) ?? "INTERNAL")

function aborted(signal: AbortSignal, until: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener("abort", stop, { once: true })
    const forget = () => signal.removeEventListener("abort", stop)
    until.then(forget, forget)
  })
}
