import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { below, seededRandom } from "../../base/random.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { isTestPath, testedName } from "../../code/graph/families.ts"
import type { Detected } from "../../workspace/test-runners/detect.ts"
import type { TestRoom } from "../../workspace/test-runners/room.ts"
import type { TestRun } from "../../workspace/test-runners/run-tests.ts"
import { type Mutation, mutationsOf } from "./mutations.ts"
import { testsIn, type WrittenTest } from "./tests-in.ts"

export interface QualityOptions {
  readonly path: string
  /** The file under test; found by what the tests import where it is left out. */
  readonly of?: string | undefined
  readonly detected: Detected
  readonly index: CodeIndex
  /** Null: nothing is run, only read. */
  readonly room: TestRoom | null
  /** How often the tests are run, to see whether they always say the same. */
  readonly runs: number
  readonly mutations: number
  /** Of all that is run; mutations that it leaves no time for are left out. */
  readonly withinMs: number
  readonly timeoutMs: number
  readonly seed: number
  readonly clock: Pick<Clock, "now">
  readonly signal: AbortSignal
  progress(message: string): void
}

export interface Quality {
  readonly path: string
  readonly of: string | null
  readonly state: TestRun["state"] | "not-run"
  readonly tests: number
  readonly assertions: number
  readonly hollow: readonly { readonly name: string; readonly line: number; readonly what: string }[]
  readonly skipped: readonly string[]
  readonly duplicates: readonly { readonly names: readonly string[] }[]
  readonly runs: number
  /** The order was another in each run. */
  readonly isShuffled: boolean
  readonly flaky: readonly { readonly name: string; readonly passed: number; readonly failed: number }[]
  readonly mutations: {
    readonly made: number
    readonly possible: number
    readonly killed: number
    /** They did not compile, and so say nothing. */
    readonly invalid: number
    readonly survived: readonly {
      readonly line: number
      readonly before: string
      readonly after: string
      readonly code: string
    }[]
  }
  /** 0 to 100, of the parts below; null where no test passes, so that nothing can be told. */
  readonly score: number | null
  readonly parts: readonly { readonly name: string; readonly weight: number; readonly share: number }[]
  /** What was not looked at, and why. */
  readonly left: readonly string[]
  readonly output: string
}

/**
 * How good the tests of a file are: what they assert, whether they always say the same, and whether they notice small
 * changes of the code under test. Everything is run in the room, a copy of the project.
 */
export async function qualityOf(options: QualityOptions): Promise<Quality> {
  const { path, detected, index, room, runs, clock, withinMs, timeoutMs, seed, signal, progress } = options
  // The copy is what is run, and the index may be a moment behind it.
  const textAt = (at: string) => (room ? readFile(join(room.root, at), "utf8").catch(() => undefined) : index.text(at))
  const text = await textAt(path)
  if (text === undefined || !isTestPath(path))
    throw new InvalidInputError({ message: `${path} is no file of tests.`, hint: "Name a file of tests." })
  const until = clock.now() + withinMs
  const written = await testsIn(path, text)
  const of = options.of ?? (await subjectOfTests(path, index))
  const left: string[] = []
  const all: TestRun[] = []
  for (let n = 0; room && n < Math.max(1, runs); n++) {
    progress(`Run ${n + 1} of ${runs}`)
    all.push(await room.run(detected, [path], { timeoutMs, seed: seed + n, signal }))
    // What can't be run at all is not run again.
    if (!["passed", "failed"].includes(all.at(-1)?.state ?? "") || clock.now() > until) break
  }
  const [first] = all
  if (!room) left.push("Runs and changes of the code: this was a dry run")
  else if (all.length < runs)
    left.push(
      `${runs - all.length} of ${runs} runs: ${first?.state === "passed" ? "no time was left" : `the first ${spokenEnd[first?.state ?? "empty"]}`}`,
    )
  const isGreen = all.length > 0 && all.every(({ state }) => state === "passed")
  const source = of === null ? undefined : await textAt(of)
  if (of === null) left.push("Changes of the code: which file the tests are for could not be told (--of names it)")
  else if (room && !isGreen) left.push("Changes of the code: they tell nothing while tests fail")
  const possible = of !== null && source !== undefined && (isGreen || !room) ? await mutationsOf(of, source) : []
  if (isGreen && of !== null && possible.length === 0)
    left.push(`Changes of the code: ${of} has nothing that could be changed`)
  const chosen = room ? sampled(possible, options.mutations, seed) : []
  const mutations = {
    made: 0,
    possible: possible.length,
    killed: 0,
    invalid: 0,
    survived: [] as Quality["mutations"]["survived"][number][],
  }
  const patience = Math.min(timeoutMs, Math.max(10_000, 5 * (first?.durationMs ?? 0)))
  try {
    for (const [n, mutation] of chosen.entries()) {
      if (of === null || !room || !first || clock.now() > until) {
        left.push(`${chosen.length - n} changes of the code: no time was left`)
        break
      }
      progress(`Change ${n + 1} of ${chosen.length}: line ${mutation.line}, ${mutation.before} to ${mutation.after}`)
      await room.write(of, mutation.text)
      const run = await room.run(detected, [path], { timeoutMs: patience, seed, signal })
      mutations.made += 1
      if (run.state === "passed") {
        const { line, before, after } = mutation
        mutations.survived.push({ line, before, after, code: source?.split("\n")[line - 1]?.trim() ?? "" })
      } else if (run.state === "broken" && isCompiled.has(detected.framework.language)) mutations.invalid += 1
      else mutations.killed += 1
    }
  } finally {
    if (room && of !== null && source !== undefined) await room.write(of, source)
  }
  const flaky = flakyIn(all)
  const asserting = written.filter(({ assertions, hollow }) => assertions > 0 && hollow === undefined)
  const duplicates = duplicatesIn(written)
  const counted = mutations.made - mutations.invalid
  const repeated = duplicates.reduce((sum, { names }) => sum + names.length - 1, 0)
  const share = (n: number) => (written.length === 0 ? 0 : n / written.length)
  const parts = [
    ...(counted > 0
      ? [{ name: "changes of the code that are noticed", weight: 6, share: mutations.killed / counted }]
      : []),
    { name: "tests that assert something", weight: 2, share: share(asserting.length) },
    ...(all.length > 1 ? [{ name: "tests that always say the same", weight: 1, share: 1 - share(flaky.length) }] : []),
    { name: "tests that repeat no other", weight: 1, share: 1 - share(repeated) },
  ].map((part) => ({ ...part, share: Math.max(0, Math.min(1, part.share)) }))
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0)
  const score = Math.round((100 * parts.reduce((sum, part) => sum + part.weight * part.share, 0)) / weights)
  return {
    ...{ path, of, state: first?.state ?? ("not-run" as const), duplicates, flaky, mutations, parts, left },
    tests: written.length,
    assertions: written.reduce((sum, { assertions }) => sum + assertions, 0),
    hollow: written.flatMap(({ name, startLine, hollow: what, assertions, isSkipped }) =>
      isSkipped
        ? []
        : what !== undefined
          ? [{ name, line: startLine, what }]
          : assertions === 0
            ? [{ name, line: startLine, what: "asserts nothing" }]
            : [],
    ),
    skipped: written.filter(({ isSkipped }) => isSkipped).map(({ name }) => name),
    runs: all.length,
    isShuffled: detected.framework.canShuffle && all.length > 1,
    score: first?.results.some(({ state }) => state === "passed") ? score : null,
    output: isGreen || !first ? "" : first.output.slice(-2_000),
  }
}

const spokenEnd: Readonly<Record<TestRun["state"], string>> = {
  passed: "passed",
  failed: "failed",
  broken: "could not be run",
  empty: "had no test",
  "timed-out": "did not end in time",
  ended: "was ended",
  "not-installed": "had no runner, or not what the project needs: it is not installed",
}
const isCompiled = new Set(["go", "rust", "java", "elixir"])

/** The file that the tests are named after among those they import; else the only one they import. */
async function subjectOfTests(path: string, index: CodeIndex): Promise<string | null> {
  const { items } = await index.importsOf(path)
  const imported = [...new Set(items.flatMap(({ to }) => to))].filter((one) => !isTestPath(one))
  const name = testedName(path)?.toLowerCase()
  const isNamed = (one: string) =>
    one
      .split("/")
      .at(-1)
      ?.toLowerCase()
      .replace(/\.[^.]+$/, "") === name
  const [only] = imported
  const folder = path.slice(0, path.lastIndexOf("/") + 1)
  const beside = index.files().find((one) => isNamed(one) && one.startsWith(folder) && !isTestPath(one))
  return imported.find(isNamed) ?? (imported.length === 1 ? (only ?? null) : (beside ?? null))
}

function flakyIn(runs: readonly TestRun[]): Quality["flaky"] {
  const counts = new Map<string, { passed: number; failed: number }>()
  for (const { results } of runs) {
    for (const { name, state } of results) {
      const known = counts.get(name) ?? { passed: 0, failed: 0 }
      if (state === "passed") known.passed += 1
      if (state === "failed") known.failed += 1
      counts.set(name, known)
    }
  }
  return [...counts].flatMap(([name, { passed, failed }]) =>
    passed > 0 && failed > 0 ? [{ name, passed, failed }] : [],
  )
}

/** Tests whose bodies are the same but for white space. */
function duplicatesIn(tests: readonly WrittenTest[]): Quality["duplicates"] {
  const byBody = new Map<string, string[]>()
  for (const { name, body, isSkipped } of tests) {
    if (isSkipped) continue
    const plain = body.replace(/\s+/g, " ").replaceAll(name, "")
    byBody.set(plain, [...(byBody.get(plain) ?? []), name])
  }
  return [...byBody.values()].filter((names) => names.length > 1).map((names) => ({ names }))
}

/** Spread over the file, the same ones for the same seed. */
function sampled(mutations: readonly Mutation[], most: number, seed: number): Mutation[] {
  if (mutations.length <= most) return [...mutations]
  const random = seededRandom(seed)
  const size = mutations.length / most
  return Array.from({ length: most }, (_, n) => {
    const from = Math.floor(n * size)
    return mutations[from + below(random, Math.max(1, Math.floor(size)))]
  }).flatMap((one) => (one ? [one] : []))
}
