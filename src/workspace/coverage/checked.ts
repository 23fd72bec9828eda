import { lstat, realpath } from "node:fs/promises"
import { isAbsolute, join, posix, relative, sep } from "node:path"
import { systemCode } from "../../base/errors.ts"
import { type CoverageReport, type FileCoverage, merged } from "./coverage.ts"

/** Why something that a coverage file says is not believed. */
export interface Lie {
  readonly kind: "outside" | "missing" | "beyond" | "stale" | "malformed"
  /** As the coverage file names it; "" where it is the file itself. */
  readonly path: string
  readonly message: string
}

export interface CheckedCoverage {
  /** Paths posix and relative to the root; files of the project alone, each once, none of them lying. */
  readonly files: readonly FileCoverage[]
  readonly lies: readonly Lie[]
}

export interface CheckOptions {
  /** Real path of the project. */
  readonly root: string
  /** Paths of the project's files: where the report's are of elsewhere (containers), the one with the longest same end is meant. */
  readonly paths: readonly string[]
  /** When the coverage was written; a source that is younger may have other lines by now. */
  readonly writtenAtMs: number
  /** The number of a file's lines; undefined where it can't be read. */
  lineCount(path: string): Promise<number | undefined>
}

/** Younger by less is the same run: file systems round times. */
const toleranceMs = 2_000

/** What of a report can be believed, and what not and why. */
export async function checkedCoverage(report: CoverageReport, options: CheckOptions): Promise<CheckedCoverage> {
  const lies: Lie[] = report.problems.slice(0, 20).map((message) => ({ kind: "malformed", path: "", message }))
  if (report.problems.length > 20)
    lies.push({ kind: "malformed", path: "", message: `and ${report.problems.length - 20} more` })
  const files: FileCoverage[] = []
  const ends = endsOf(options.paths)
  for (const file of report.files) {
    const path = await placeOf(file.path, report.bases, ends, options)
    if (typeof path !== "string") {
      lies.push({ ...path, path: file.path })
      continue
    }
    const lie = await lieOf(path, file, options)
    if (lie) lies.push({ ...lie, path: file.path })
    else files.push({ ...file, path })
  }
  return { files: merged(files), lies }
}

type Untold = Omit<Lie, "path">

async function placeOf(
  said: string,
  bases: readonly string[],
  ends: Ends,
  { root, paths }: CheckOptions,
): Promise<string | Untold> {
  const plain = said.replaceAll("\\", "/").replace(/^file:\/\//, "")
  const known = new Set(paths)
  const isFull = isAbsolute(plain) || /^[a-z]:\//i.test(plain)
  const starts = isFull
    ? [plain]
    : [join(root, plain), ...bases.map((base) => join(isAbsolute(base) ? base : join(root, base), plain))]
  for (const start of starts) {
    const inside = await insideOf(root, start)
    if (inside !== undefined && known.has(inside)) return inside
    if (inside !== undefined && (await isFile(join(root, inside)))) return inside
  }
  if (!isFull && posix.normalize(plain).startsWith("../"))
    return { kind: "outside", message: "It leads out of the project." }
  const guesses = ends(plain)
  if (guesses.length === 1 && guesses[0] !== undefined) return guesses[0]
  if (guesses.length > 1)
    return { kind: "missing", message: `It could be any of ${guesses.slice(0, 3).join(", ")}; none is taken.` }
  const isElsewhere = isFull && (await insideOf(root, plain)) === undefined
  return isElsewhere
    ? { kind: "outside", message: "It lies outside of the project." }
    : { kind: "missing", message: "There is no such file." }
}

/** Posix and relative to the root; undefined where it leads out. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => path)
  const way = relative(root, real).split(sep).join("/")
  return way === "" || way.startsWith("../") || isAbsolute(way) ? undefined : way
}

type Ends = (path: string) => readonly string[]

/** The project's paths whose end is the same as that of a path, at least its last two names. */
function endsOf(paths: readonly string[]): Ends {
  const byName = new Map<string, string[]>()
  for (const path of paths) {
    const name = posix.basename(path)
    byName.set(name, [...(byName.get(name) ?? []), path])
  }
  return (path) => {
    const names = path.split("/")
    const alike = (other: string) => {
      const others = other.split("/")
      let same = 0
      while (same < others.length && others.at(-1 - same) === names.at(-1 - same)) same += 1
      return same === others.length || same >= 2 ? same : 0
    }
    const scored = (byName.get(posix.basename(path)) ?? []).map((other) => ({ other, same: alike(other) }))
    const best = Math.max(0, ...scored.map(({ same }) => same))
    return best === 0 ? [] : scored.filter(({ same }) => same === best).map(({ other }) => other)
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile()
  } catch (thrown) {
    if (systemCode(thrown) === undefined) throw thrown
    return false
  }
}

async function lieOf(path: string, file: FileCoverage, options: CheckOptions): Promise<Untold | undefined> {
  const count = await options.lineCount(path)
  if (count === undefined) return { kind: "missing", message: "The file can't be read." }
  const last = Math.max(0, ...file.branches.map(({ line }) => line), ...file.functions.map(({ line }) => line))
  const furthest = [...file.lines.keys()].reduce((a, b) => Math.max(a, b), last)
  if (furthest > count) return { kind: "beyond", message: `It speaks of line ${furthest}, and the file has ${count}.` }
  if ([...file.lines.keys()].some((line) => line < 1)) return { kind: "malformed", message: "It has lines below 1." }
  const stats = await lstat(join(options.root, path)).catch(() => undefined)
  if (stats && stats.mtimeMs > options.writtenAtMs + toleranceMs)
    return { kind: "stale", message: "The file was changed after the coverage was written; run the tests again." }
  return undefined
}
