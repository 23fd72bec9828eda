import { createHash } from "node:crypto"
import { isAbsolute, join, posix } from "node:path"
import { throwIfAborted } from "../../base/signal.ts"
import { type FolderView, folderView } from "../ecosystems/folder-view.ts"
import type { Processes } from "../processes/types.ts"
import { wholeOutput } from "../processes/whole-output.ts"
import type { Checker } from "./checker.ts"
import { type Configured, configuredIn } from "./detect.ts"
import type { Diagnostic, Told } from "./diagnostic.ts"
import { installedProgram } from "./installed-program.ts"
import { quoted, quotedPath } from "./quoted.ts"

export interface CheckerPrograms extends Pick<Processes, "run" | "page"> {
  /** Where tools keep what makes the next time faster (see `checkerCache`): they may write it. Else they begin anew each time. */
  readonly cacheFolder?: string | undefined
}

export interface DiagnoseOptions {
  /** Real path of the project. */
  readonly root: string
  /** Of the project: tools are run as all programs are. */
  readonly processes: CheckerPrograms
  /** Files that are asked about, posix and relative to the root; undefined: the whole project. */
  readonly paths?: readonly string[] | undefined
  /** What is set up where; looked for where it is left out. */
  readonly configured?: readonly Configured[] | undefined
  /** Of checkers; all where it is left out. */
  readonly kind?: Checker["kind"] | undefined
  /** Asked before a tool is run, by the words it is called with ("go vet"); a text says why it is not. */
  refuse?(called: string, folder: string): Promise<string | undefined>
  /** That the root is a copy, made anew for each call. */
  readonly isCopy?: boolean
  /** Of each tool; default five minutes. */
  readonly timeoutMs?: number
  readonly signal: AbortSignal
}

/** What one tool did. */
export interface CheckerRun {
  readonly tool: string
  /** "" for the root. */
  readonly folder: string
  readonly durationMs: number
  /** Why it has nothing to say, which does not mean that nothing is wrong; undefined where it looked. */
  readonly problem: string | undefined
}

export interface Diagnosis {
  /** By path and place. */
  readonly diagnostics: readonly Diagnostic[]
  /** Empty: the project has no tool that is known and has to do with the files. */
  readonly runs: readonly CheckerRun[]
}

/** What the project's own type checkers and linters find. One after the other: each of them takes the whole machine. */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { root, paths, kind, signal } = options
  const found = new Map<string, Diagnostic>()
  const runs: CheckerRun[] = []
  const configured = options.configured ?? (await configuredIn(root, { signal }))
  for (const one of configured) {
    throwIfAborted(signal)
    if (kind !== undefined && one.checker.kind !== kind) continue
    const asked = paths?.filter((path) => one.checker.files.test(path) && nearest(path, one, configured))
    if (asked?.length === 0) continue
    const { diagnostics, ...run } = await check(one, asked, options)
    runs.push(run)
    for (const diagnostic of diagnostics) {
      const { tool, path, line, column, rule, message } = diagnostic
      if (paths && !isOfSettings(one.checker, path) && !paths.includes(path)) continue
      found.set(JSON.stringify([tool, path, line, column, rule, message]), diagnostic)
    }
  }
  return { diagnostics: [...found.values()].sort(byPlace), runs }
}

/** Whether it is said of the tool's configuration, which holds whatever was asked about. */
const isOfSettings = ({ files, configuredBy }: Checker, path: string) =>
  path === "" || (configuredBy.test(posix.basename(path)) && !files.test(path))

const byPlace = (a: Diagnostic, b: Diagnostic) =>
  (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line || a.column - b.column

/** Whether a file is of this folder's configuration, and of none that is nearer to it. */
function nearest(path: string, { checker, folder }: Configured, configured: readonly Configured[]): boolean {
  const holds = (folder: string) => folder === "" || path.startsWith(`${folder}/`)
  const isNearer = (other: Configured) =>
    other.checker === checker && holds(other.folder) && other.folder.length > folder.length
  return holds(folder) && !configured.some(isNearer)
}

/** Between its output and its errors, which would be mixed. */
const separator = "\u001e"
/** Through files: a program that ends before a pipe is empty loses what it had still to say. */
const apart = (command: string, cache: string | undefined) => `said=$(mktemp -d) || exit 125
cache=${cache === undefined ? '"$said"/cache' : quoted(cache)}
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || { cache="$said"/cache; mkdir -p "$cache" || exit 125; }
( ${command} ) >"$said/out" 2>"$said/errors"
code=$?
cat "$said/out"
printf '\\036'
cat "$said/errors"
rm -rf "$said"
exit "$code"`

async function check(one: Configured, asked: readonly string[] | undefined, options: DiagnoseOptions) {
  const { checker, folder } = one
  const { root, processes, signal, timeoutMs = 300_000, refuse } = options
  const program = await installedProgram(checker, folder, root)
  const within = asked?.map((path) => quotedPath(posix.relative(folder, path)))
  const view = await folderView(join(root, folder))
  const command = await checker.command(program, within, view)
  const about = { tool: checker.name, folder }
  const nothing = (problem: string, durationMs = 0) => ({ ...about, durationMs, problem, diagnostics: [] })
  const refusal = await refuse?.(checker.name, folder)
  if (refusal !== undefined) return nothing(refusal)
  const cwd = folder === "" ? "." : folder
  const kept = options.isCopy && checker.isCacheByTime ? undefined : processes.cacheFolder
  const cache = kept === undefined ? undefined : join(kept, shortHash(folder))
  const finished = await processes.run(apart(command, cache), { cwd, signal, limits: { timeoutMs } })
  throwIfAborted(signal)
  const { durationMs, exitCode } = finished
  if (finished.reason === "timed-out") return nothing(`it did not end within ${timeoutMs / 1000} s`, durationMs)
  if (finished.reason !== "exited") return nothing(`it was ended (${finished.reason})`, durationMs)
  const [out = "", errors = ""] = (await wholeOutput(finished, processes)).split(separator)
  if (exitCode === 127 || exitCode === 126) {
    return nothing(notInstalled(checker), durationMs)
  }
  const told = parsed(checker, out, errors)
  // Having found something is no failure; having failed without a word on a place is.
  if (told === undefined || (exitCode !== 0 && told.every(({ path }) => isOfSettings(checker, path)))) {
    const what = exitCode === 0 ? "it says nothing of any file" : `it failed (exit code ${exitCode})`
    return nothing(`${what}: ${lastWords(errors) || lastWords(out) || "without a word"}`, durationMs)
  }
  const diagnostics = told.flatMap((diagnostic): Diagnostic[] => {
    const named = diagnostic.path || settingsFile(checker, view)
    const path = isAbsolute(named) ? posix.relative(root, named) : posix.normalize(posix.join(folder, named))
    return path.startsWith("../") ? [] : [{ ...diagnostic, path, tool: checker.name }]
  })
  const outside = exitCode !== 0 && diagnostics.length === 0 ? told[0] : undefined
  if (outside) return nothing(`it minds something outside the project: ${spoken(outside)}`, durationMs)
  return { ...about, durationMs, problem: undefined, diagnostics }
}

/** A file of its own rather than one of many tools. */
function settingsFile({ configuredBy }: Checker, view: FolderView): string {
  const names = [...view.names].filter((name) => configuredBy.test(name)).sort()
  return names.find((name) => !/^(pyproject\.toml|setup\.cfg)$/.test(name)) ?? names[0] ?? ""
}

/** Why a checker that the project is set up for has nothing to say. */
export const notInstalled = ({ program }: Checker): string => `it is configured, but ${program} is not installed here`

/** Undefined where it is not what such a tool writes. */
function parsed({ parse }: Checker, out: string, errors: string) {
  try {
    return parse(out, errors)
  } catch {
    return undefined
  }
}

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12)

const spoken = ({ path, line, message }: Told) => `${path}:${line}: ${message}`.slice(0, 1000)

/** Without the places in the tool's own code where it went wrong. */
const lastWords = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line))
    .slice(-5)
    .join("\n")
    .slice(-1000)
