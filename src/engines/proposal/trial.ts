import { createHash } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { asDuckError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { detectProject } from "../../workspace/detect.ts"
import type { Configured } from "../../workspace/diagnostics/detect.ts"
import { type CheckerPrograms, type CheckerRun, diagnose, notInstalled } from "../../workspace/diagnostics/diagnose.ts"
import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import { isInstalled } from "../../workspace/diagnostics/installed-program.ts"
import type { Processes } from "../../workspace/processes/types.ts"
import { scratchCopy } from "../../workspace/test-runners/scratch.ts"
import { openWorkspace, type Workspace } from "../../workspace/workspace.ts"
import { checkersFor } from "./checkers-for.ts"
import { newErrors } from "./new-errors.ts"
import type { Change } from "./proposal.ts"

/**
 * Runs the project's programs in a folder, in the sandbox, which shows them further folders: what is installed is linked.
 * `copyOf`: the project that it is a copy of.
 */
export type ProcessesAt = (
  root: string,
  readable: readonly string[],
  copyOf?: string,
) => Promise<Processes & Pick<CheckerPrograms, "cacheFolder">>

export interface TestRun {
  readonly command: string
  readonly isPassed: boolean
  /** Of the program; null where it was ended. */
  readonly exitCode: number | null
  /** The end of what it said. */
  readonly output: string
  readonly durationMs: number
}

export interface Trial {
  /**
   * What the type checkers that are set up for the changed files mind with the changes and did not mind before, and how each
   * of them went: also where it is not installed or the project is too large to be copied. No runs: none is set up for them.
   */
  types(
    changes: readonly Change[],
  ): Promise<{ readonly findings: readonly Finding[]; readonly runs: readonly CheckerRun[] }>
  /** The project's tests with the changes; undefined where no command is known for them. Throws TOO_LARGE_TO_COPY. */
  test(changes: readonly Change[]): Promise<TestRun | undefined>
  close(): Promise<void>
}

export interface TrialOptions {
  readonly root: string
  readonly workspace: Workspace
  readonly index: Pick<CodeIndex, "files" | "importersOf">
  readonly processesAt: ProcessesAt
  /** As the environment has it: where checkers may be installed besides the project. */
  readonly path: string
  readonly signal: AbortSignal
}

const testTimeoutMs = 600_000
const typesTimeoutMs = 120_000

/**
 * A copy of the project's files in a temporary folder, where changes can be tried before anything is written; made when it
 * is first needed. What is installed (node_modules, .venv) is reached through links.
 */
export function openTrial({ root, workspace, index, processesAt, path, signal }: TrialOptions): Trial {
  let room:
    | Promise<{ readonly folder: string; readonly processes: Awaited<ReturnType<ProcessesAt>>; close(): Promise<void> }>
    | undefined
  const before = new Map<string, readonly Diagnostic[]>()
  const open = async () => {
    const scratch = await scratchCopy(root, signal, { at: samePlace(root) })
    const folder = scratch.root
    const processes = await processesAt(folder, scratch.linked, root).catch(async (thrown: unknown) => {
      await scratch[Symbol.asyncDispose]()
      throw thrown
    })
    const close = async () => {
      await processes.close()
      await scratch[Symbol.asyncDispose]()
    }
    return { folder, processes, close }
  }
  const entered = () => {
    room ??= open()
    return room
  }
  const look = async (configured: readonly Configured[]) => {
    const { folder, processes } = await entered()
    const { diagnostics, runs } = await diagnose({
      ...{ root: folder, processes, configured, signal, isCopy: true },
      timeoutMs: typesTimeoutMs,
    })
    return { errors: diagnostics.filter(({ severity }) => severity === "error"), runs }
  }
  /** Puts the changes in, and what was there before back. */
  const changed = async <T>(changes: readonly Change[], work: () => Promise<T>): Promise<T> => {
    const { folder } = await entered()
    const copy = await openWorkspace({ root: folder, audit: () => {} })
    try {
      for (const change of changes) {
        const text = change.kind === "delete" ? "" : (change.after ?? (await workspace.read(change.path)).text)
        if (change.kind === "delete" || change.kind === "move") await copy.remove(change.path)
        if (change.kind !== "delete") await copy.write(change.kind === "move" ? change.to : change.path, text)
      }
      return await work()
    } finally {
      for (const change of changes) {
        if (change.kind === "create") await copy.remove(change.path)
        else {
          if (change.kind === "move") await copy.remove(change.to)
          await copy.writeBytes(change.path, (await workspace.readBytes(change.path)).bytes)
        }
      }
    }
  }
  return {
    close: async () => (await room?.catch(() => undefined))?.close(),
    async types(changes) {
      const there: Configured[] = []
      const runs: CheckerRun[] = []
      for (const one of await checkersFor(changes, { root, index, signal })) {
        if (await isInstalled(one.checker, one.folder, root, path)) there.push(one)
        else runs.push(notLooked(one, notInstalled(one.checker)))
      }
      if (there.length === 0) return { findings: [], runs }
      try {
        await entered()
      } catch (thrown) {
        const { code, message } = asDuckError(thrown)
        if (code !== "TOO_LARGE_TO_COPY") throw thrown
        return { findings: [], runs: [...runs, ...there.map((one) => notLooked(one, message))] }
      }
      const after = await changed(changes, () => look(there))
      const all = [...runs, ...after.runs]
      if (after.errors.length === 0) return { findings: [], runs: all }
      const which = JSON.stringify(there.map(({ checker, folder }) => [checker.name, folder]))
      const known = before.get(which) ?? (await look(there)).errors
      before.set(which, known)
      const movedFrom = new Map(changes.flatMap((change) => (change.kind === "move" ? [[change.to, change.path]] : [])))
      return { findings: newErrors(known, after.errors, movedFrom).map(findingFrom), runs: all }
    },
    async test(changes) {
      const { folder, processes } = await entered()
      const { testCommand } = await detectProject(folder, { languageOf: (path) => languageOf(path)?.id, signal })
      if (testCommand === undefined) return undefined
      return changed(changes, async () => {
        const { exitCode, output, durationMs } = await processes.run(testCommand, {
          signal,
          limits: { timeoutMs: testTimeoutMs },
        })
        throwIfAborted(signal)
        return {
          command: testCommand,
          isPassed: exitCode === 0,
          exitCode,
          output: output.text.slice(-4_000),
          durationMs,
        }
      })
    },
  }
}

/** Each time the same for a project: what compilers keep for the next time names the folders of what they compiled. */
const samePlace = (root: string): string => {
  const whose = `${process.getuid?.() ?? ""}:${root}`
  return join(tmpdir(), `duck-check-${createHash("sha256").update(whose).digest("hex").slice(0, 16)}`)
}

const notLooked = ({ checker, folder }: Configured, problem: string): CheckerRun => ({
  ...{ tool: checker.name, folder, durationMs: 0, problem },
})

function findingFrom({ tool, path, line, column, rule, message }: Diagnostic, nth: number): Finding {
  return findingOf(
    {
      ...{
        source: tool,
        rule: `${tool.replaceAll(" ", "-")}/${rule || "error"}`,
        severity: "error",
        path,
        message,
        evidence: message,
      },
      ...{ startLine: line, startColumn: column, endLine: line, endColumn: column },
    },
    nth,
  )
}
