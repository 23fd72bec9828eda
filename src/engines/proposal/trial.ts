import { throwIfAborted } from "../../base/signal.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { detectProject } from "../../workspace/detect.ts"
import { type CheckerRun, diagnose } from "../../workspace/diagnostics/diagnose.ts"
import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import type { Processes } from "../../workspace/processes/types.ts"
import { scratchCopy } from "../../workspace/test-runners/scratch.ts"
import { openWorkspace, type Workspace } from "../../workspace/workspace.ts"
import type { Change } from "./proposal.ts"

/** Runs the project's programs in a folder, in the sandbox, which shows them further folders: what is installed is linked. */
export type ProcessesAt = (root: string, readable: readonly string[]) => Promise<Processes>

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
  /** What type checkers mind with the changes and did not mind before, and how each of them went. */
  types(
    changes: readonly Change[],
  ): Promise<{ readonly findings: readonly Finding[]; readonly runs: readonly CheckerRun[] }>
  /** The project's tests with the changes; undefined where no command is known for them. */
  test(changes: readonly Change[]): Promise<TestRun | undefined>
  close(): Promise<void>
}

const testTimeoutMs = 600_000
const typesTimeoutMs = 120_000

/**
 * A copy of the project's files in a temporary folder, where changes can be tried before anything is written. What is
 * installed (node_modules, .venv) is reached through links.
 */
export async function openTrial({
  root,
  workspace,
  processesAt,
  signal,
}: {
  readonly root: string
  readonly workspace: Workspace
  readonly processesAt: ProcessesAt
  readonly signal: AbortSignal
}): Promise<Trial> {
  const scratch = await scratchCopy(root, signal)
  const folder = scratch.root
  let processes: Processes | undefined
  let before: readonly Diagnostic[] | undefined
  const close = async () => {
    await processes?.close()
    await scratch[Symbol.asyncDispose]()
  }
  const program = async () => {
    processes ??= await processesAt(folder, scratch.linked)
    return processes
  }
  const look = async () => {
    const { diagnostics, runs } = await diagnose({
      root: folder,
      processes: await program(),
      kind: "types",
      signal,
      timeoutMs: typesTimeoutMs,
    })
    return { errors: diagnostics.filter(({ severity }) => severity === "error"), runs }
  }
  /** Puts the changes in, and what was there before back. */
  const changed = async <T>(changes: readonly Change[], work: () => Promise<T>): Promise<T> => {
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
    close,
    async types(changes) {
      const { errors, runs } = await changed(changes, look)
      if (errors.length === 0) return { findings: [], runs }
      before ??= (await look()).errors
      const known = new Map<string, number>()
      for (const one of before) known.set(keyOf(one), (known.get(keyOf(one)) ?? 0) + 1)
      const fresh = errors.filter((one) => {
        const left = known.get(keyOf(one)) ?? 0
        known.set(keyOf(one), left - 1)
        return left <= 0
      })
      return { findings: fresh.map(findingFrom), runs }
    },
    async test(changes) {
      const { testCommand } = await detectProject(folder, { languageOf: (path) => languageOf(path)?.id, signal })
      if (testCommand === undefined) return undefined
      return changed(changes, async () => {
        const running = await program()
        const { exitCode, output, durationMs } = await running.run(testCommand, {
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

/** Checkers that could not look: that they say nothing proves nothing. */
export const notRun = (runs: readonly CheckerRun[]): Finding[] =>
  runs.flatMap(({ tool, problem }) =>
    problem === undefined
      ? []
      : findingOf({
          ...{ source: tool, rule: `${tool.replaceAll(" ", "-")}/not-run`, severity: "warning", path: "." },
          ...{ message: `${tool} could not look at the change: ${problem}`, evidence: problem },
        }),
  )

/** Lines move with a change; the words of an error name what is wrong. */
const keyOf = ({ tool, path, rule, message }: Diagnostic): string => JSON.stringify([tool, path, rule, message])

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
