import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join, posix } from "node:path"
import { throwIfAborted } from "../../base/signal.ts"
import { installedProgram } from "../diagnostics/installed-program.ts"
import { quoted, quotedPath } from "../diagnostics/quoted.ts"
import { folderView } from "../ecosystems/folder-view.ts"
import { nameGlob } from "../glob.ts"
import type { Finished, Processes } from "../processes/types.ts"
import { wholeOutput } from "../processes/whole-output.ts"
import type { Detected } from "./detect.ts"
import type { Framework } from "./framework.ts"
import { plain, type TestResult } from "./results.ts"

/**
 * How a run came out. `broken`: no test could be run (a file does not compile, a module is missing); `not-installed`: the
 * runner, or a package that the project depends on, isn't there, which says nothing about the tests.
 */
export type RunState = "passed" | "failed" | "broken" | "empty" | "timed-out" | "ended" | "not-installed"

export interface TestRun {
  readonly state: RunState
  readonly results: readonly TestResult[]
  /** The end of what was printed. */
  readonly output: string
  readonly durationMs: number
  /** Absolute path of the coverage that it wrote. */
  readonly coverage: string | undefined
}

export interface RunTestsOptions {
  /** A scratch copy: reports are written into it. */
  readonly root: string
  readonly processes: Pick<Processes, "run" | "page">
  /** Posix, relative to the root; empty: all. */
  readonly files: readonly string[]
  readonly timeoutMs: number
  readonly seed?: number
  readonly wantsCoverage?: boolean
  /** A folder outside of the copy that may be written, for caches. Missing: they go where they usually do. */
  readonly caches?: string
  readonly signal: AbortSignal
}

const folderOfReports = ".duck-reports"
const mostPrinted = 8_000
const mostReportBytes = 20_000_000
/** A test that prints without end is ended as one that never ends. */
const outputBytes = 8 * 2 ** 20

/** Runs tests and reads what their runner reports. It always tells how the run ended; throws where it was cancelled. */
export async function runTests(
  { framework, folder }: Pick<Detected, "framework" | "folder">,
  { root, processes, files, timeoutMs, seed, wantsCoverage = false, caches, signal }: RunTestsOptions,
): Promise<TestRun> {
  const home = join(root, folder)
  const reports = join(home, folderOfReports)
  await rm(reports, { recursive: true, force: true })
  for (const path of await reportsOf(framework, home)) await rm(path, { force: true })
  await mkdir(reports, { recursive: true })
  for (const [name, text] of Object.entries(framework.ownFiles ?? {})) await writeFile(join(reports, name), text)
  const coverageTool = wantsCoverage ? await coverageToolOf({ framework, folder }, root) : undefined
  const coverageFile = framework.coverageTools && !coverageTool ? undefined : framework.coverageFile
  const coverageAt = wantsCoverage && coverageFile !== undefined ? join(reports, coverageFile) : undefined
  const command = framework.command({
    files: files.map((path) => quotedPath(posix.relative(folder, path))),
    names: await namesIn(files, framework, root),
    program: await installedProgram(framework, folder, root),
    reports: quoted(reports),
    report: quoted(join(reports, "report")),
    coverage: coverageAt ? quoted(reports) : undefined,
    coverageTool,
    seed: framework.canShuffle ? seed : undefined,
    view: await folderView(home),
  })
  const cachesOf = caches === undefined ? [] : Object.entries(framework.caches ?? {})
  const env = {
    ...{ CI: "1", NO_COLOR: "1", FORCE_COLOR: "0", PYTHONDONTWRITEBYTECODE: "1" },
    ...Object.fromEntries(cachesOf.map(([name, at]) => [name, join(caches ?? "", at)])),
  }
  const cwd = folder === "" ? "." : folder
  const finished = await processes.run(command, { cwd, env, signal, limits: { timeoutMs, outputBytes } })
  throwIfAborted(signal)
  const printed = plain(await wholeOutput(finished, processes))
  const results = await resultsOf(framework, home, printed)
  const output = framework.readable?.(printed) ?? printed
  return {
    state: stateOf(finished, results, output, framework.lacks),
    results,
    output: output.trim().slice(-mostPrinted),
    durationMs: finished.durationMs,
    coverage: coverageAt && existsSync(coverageAt) ? coverageAt : undefined,
  }
}

/** The first of a framework's tools for coverage that the project has installed. */
export async function coverageToolOf(
  { framework, folder }: Pick<Detected, "framework" | "folder">,
  root: string,
): Promise<{ readonly name: string; readonly program: string } | undefined> {
  for (const name of framework.coverageTools ?? []) {
    const program = await installedProgram({ program: name, installedIn: framework.installedIn }, folder, root)
    if (program !== name) return { name, program }
  }
  return undefined
}

async function namesIn(files: readonly string[], { testNames }: Framework, root: string): Promise<readonly string[]> {
  if (!testNames) return []
  const texts = await Promise.all(files.map((path) => readFile(join(root, path), "utf8").catch(() => "")))
  return texts.flatMap(testNames)
}

function stateOf(
  { reason, exitCode }: Finished,
  results: readonly TestResult[],
  printed: string,
  lacks: RegExp | undefined,
): RunState {
  if (reason === "timed-out") return "timed-out"
  if (reason !== "exited") return "ended"
  const isMissing = exitCode === 127 || exitCode === 126 || (exitCode !== 0 && lacks?.test(printed.trim()))
  if (isMissing && results.length === 0) return "not-installed"
  if (results.some(({ state }) => state === "failed")) return "failed"
  if (exitCode !== 0 && results.length === 0 && exitCode !== 5) return "broken"
  if (results.length === 0) return "empty"
  return exitCode === 0 ? "passed" : "broken"
}

async function resultsOf(framework: Framework, home: string, printed: string): Promise<readonly TestResult[]> {
  const texts: string[] = []
  for (const path of [join(home, folderOfReports, "report"), ...(await reportsOf(framework, home))]) {
    const stats = await stat(path).catch(() => undefined)
    if (stats?.isFile() && stats.size <= mostReportBytes) texts.push(await readFile(path, "utf8"))
  }
  try {
    return framework.results(
      printed,
      texts.filter((text) => text.trim() !== ""),
    )
  } catch {
    // A runner that was ended, or that broke, leaves half a report: then only its output tells.
    return []
  }
}

async function reportsOf({ reportGlobs = [] }: Framework, home: string): Promise<string[]> {
  const found = await Promise.all(
    reportGlobs.map(async (pattern) => {
      const folder = join(home, posix.dirname(pattern))
      const fits = nameGlob(posix.basename(pattern))
      const names: string[] = await readdir(folder).catch(() => [])
      return names.filter((name) => fits?.(name)).map((name) => join(folder, name))
    }),
  )
  return found.flat()
}
