import { createHash } from "node:crypto"
import { setImmediate } from "node:timers/promises"
import { throwIfAborted } from "../../base/signal.ts"
import type { Git } from "../../workspace/git.ts"
import type { CodeIndex, Definition, ImportEdge } from "../code-index.ts"
import type { Finding } from "../finding.ts"
import type { ParserPool } from "../parse/parser-pool.ts"
import { parserProcess } from "../parse/parser-process.ts"
import type { ExaminedProject } from "./analyzer.ts"
import { projectAnalyzers } from "./analyzers.ts"
import { changedLines, isInChange } from "./changed-lines.ts"
import { toldApart } from "./examine.ts"
import type { FactCache } from "./fact-cache.ts"
import type { FileFacts } from "./facts.ts"
import { defaultLimits, type Limits } from "./limits.ts"

export interface AnalyzeOptions {
  /** Brought up to date by whoever asks. */
  readonly index: CodeIndex
  /** Files and folders of which findings are wanted; all are looked at, for what hangs together. */
  readonly paths?: readonly string[]
  /** Only findings in lines that changed since this revision; wants `git`. */
  readonly since?: string
  readonly git?: Git | null
  /** Ids of rules, or the areas before their slash; all where it is left out. */
  readonly rules?: readonly string[]
  readonly limits?: Limits
  /** Files whose text in `index` is not the one on disk (`withTexts`): nothing is said of them that goes by the index. */
  readonly notOnDisk?: ReadonlySet<string>
  /** Without it every file is examined anew. */
  readonly cache?: FactCache
  /** Where files are examined; without it a process is started when there is something to do, and ended. */
  readonly parser?: Pick<ParserPool, "examine" | "width">
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: AnalyzeProgress) => void
}

export interface AnalyzeProgress {
  readonly phase: "files" | "project"
  /** Files examined or found unchanged, or analyzers of the whole that have run. */
  readonly done: number
  readonly total: number
  /** What is being done: the analyzer's name in the second phase. */
  readonly what?: string
}

/**
 * All findings of the analyzers in the project of an index: first those of files by themselves, then those of the whole.
 * Files that are as they were in `cache` are not looked at again. Throws what `git` throws for an unknown revision, and
 * UnavailableError when no file can be parsed at all; a file that can't be examined is left out.
 */
export async function* analyze(options: AnalyzeOptions): AsyncGenerator<Finding> {
  const { index, paths = [], since, git, rules, limits = defaultLimits, notOnDisk, signal, onProgress } = options
  const changed = since !== undefined && git ? await changedLines(git, since, signal) : undefined
  const facts = await examineAll(options)
  const isWanted = wantedBy(paths, rules)
  const pass = (finding: Finding) => isWanted(finding) && (!changed || isInChange(finding, changed))
  for (const file of facts.values()) for (const finding of file.findings) if (pass(finding)) yield finding
  const project = examinedProject(index, facts, limits)
  const never = new AbortController().signal
  const running = projectAnalyzers.filter((one) => one.rules.some(({ id }) => isRuleWanted(id, rules)))
  for (const [done, analyzer] of running.entries()) {
    throwIfAborted(signal)
    onProgress?.({ phase: "project", done, total: running.length, what: analyzer.name })
    const found: Finding[] = []
    for await (const finding of analyzer.run(project, signal ?? never)) found.push(finding)
    const isKnown = ({ path }: Finding) => analyzer.goesBy === "facts" || notOnDisk?.has(path) !== true
    for (const finding of toldApart(found)) if (pass(finding) && isKnown(finding)) yield finding
    await setImmediate()
  }
  onProgress?.({ phase: "project", done: running.length, total: running.length })
}

/** So many files are read before others get their turn. */
const breath = 32

async function examineAll({
  index,
  cache,
  parser,
  signal,
  onProgress,
}: AnalyzeOptions): Promise<Map<string, FileFacts>> {
  const paths = index.files()
  const known = new Map<string, FileFacts>()
  const missing: { path: string; hash: string; text: string }[] = []
  for (const [n, path] of paths.entries()) {
    if (n % breath === 0) {
      throwIfAborted(signal)
      await setImmediate()
    }
    const text = await index.text(path)
    if (text === undefined) continue
    const hash = createHash("sha1").update(text).digest("base64url")
    const kept = cache?.get(path, hash)
    if (kept) known.set(path, kept)
    else missing.push({ path, hash, text })
  }
  let done = known.size
  const total = done + missing.length
  onProgress?.({ phase: "files", done, total })
  if (missing.length > 0) {
    const own = parser ? undefined : parserProcess()
    const pool = parser ?? own
    try {
      let next = 0
      const fresh: { path: string; hash: string; facts: FileFacts }[] = []
      const store = () => cache?.put(fresh.splice(0))
      const work = async () => {
        for (let one = missing[next++]; one; one = missing[next++]) {
          throwIfAborted(signal)
          const { path, hash, text } = one
          const facts = await pool?.examine({ path, text })
          done++
          if (!facts) continue
          known.set(path, facts)
          fresh.push({ path, hash, facts })
          if (fresh.length >= 200) store()
          if (done % breath === 0) onProgress?.({ phase: "files", done, total })
        }
      }
      await Promise.all(Array.from({ length: Math.min(missing.length, pool?.width ?? 1) }, work))
      store()
    } finally {
      await own?.close()
    }
  }
  cache?.keepOnly(new Set(paths))
  onProgress?.({ phase: "files", done: total, total })
  return new Map(paths.flatMap((path) => (known.has(path) ? [[path, known.get(path) as FileFacts]] : [])))
}

function examinedProject(index: CodeIndex, facts: ReadonlyMap<string, FileFacts>, limits: Limits): ExaminedProject {
  let imports: Promise<ReadonlyMap<string, readonly ImportEdge[]>> | undefined
  const outlines = new Map<string, Promise<readonly Definition[]>>()
  let last: { path: string; lines: string[] } | undefined
  return {
    index,
    facts,
    limits,
    imports() {
      imports ??= importsOf(index, [...facts.keys()])
      return imports
    },
    outline(path) {
      let found = outlines.get(path)
      if (!found) {
        found = index.outline(path).then(({ items }) => items)
        outlines.set(path, found)
      }
      return found
    },
    async line(path, line) {
      if (last?.path !== path) last = { path, lines: ((await index.text(path)) ?? "").split(/\r\n|\r|\n/) }
      return last.lines[line - 1]?.trim().slice(0, 200) ?? ""
    },
  }
}

async function importsOf(
  index: CodeIndex,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly ImportEdge[]>> {
  const found = new Map<string, readonly ImportEdge[]>()
  for (const [n, path] of paths.entries()) {
    found.set(path, (await index.importsOf(path)).items)
    if (n % breath === 0) await setImmediate()
  }
  return found
}

const isRuleWanted = (id: string, rules: readonly string[] | undefined): boolean =>
  rules === undefined || rules.some((rule) => id === rule || id.startsWith(`${rule}/`))

function wantedBy(paths: readonly string[], rules: readonly string[] | undefined): (finding: Finding) => boolean {
  const places = paths.map((path) => path.replace(/^\.\/|\/+$/g, "")).filter((path) => path !== "" && path !== ".")
  const isPlaced = (path: string) => places.some((place) => path === place || path.startsWith(`${place}/`))
  return (finding) => (places.length === 0 || isPlaced(finding.path)) && isRuleWanted(finding.rule, rules)
}
