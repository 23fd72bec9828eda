import { readFile, stat } from "node:fs/promises"
import { posix } from "node:path"
import type { CodeIndex } from "../../code/code-index.ts"
import { checkedCoverage } from "../../workspace/coverage/checked.ts"
import { compared } from "../../workspace/coverage/compare.ts"
import { type FileCoverage, type Totals, totalsOf } from "../../workspace/coverage/coverage.ts"
import { readCoverage } from "../../workspace/coverage/read-coverage.ts"
import type { Detected } from "../../workspace/test-runners/detect.ts"
import type { TestRoom } from "../../workspace/test-runners/room.ts"
import type { Change } from "../proposal/proposal.ts"
import { newTexts } from "./critics.ts"
import type { TryOut } from "./engine.ts"

/** What new tests add to the coverage of the file under test. */
export interface CoverageGain {
  readonly before: Totals
  readonly after: Totals
  readonly gained: readonly number[]
}

/** One after the other, in the order asked: a room's files are one state. */
export function oneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}

/**
 * Runs the tests of changes in a room that several tasks share, and leaves it as it was. `gain`: of the last run, where
 * coverage was wanted and the runner could write it.
 */
export function tryOutIn(
  room: TestRoom,
  {
    detected,
    subject,
    index,
    inTurn,
    timeoutMs,
    wantsCoverage,
    runsSubject,
  }: {
    readonly detected: Detected
    readonly subject: string
    readonly index: CodeIndex
    readonly inTurn: ReturnType<typeof oneByOne>
    readonly timeoutMs: number
    readonly wantsCoverage: boolean
    /** The runner looks for examples in the documentation of the subject. */
    readonly runsSubject: boolean
  },
): { readonly tryOut: TryOut; gain(): CoverageGain | null } {
  let before: FileCoverage | null | undefined
  let gain: CoverageGain | null = null
  const run = (files: readonly string[], signal: AbortSignal) =>
    room.run(detected, files, { timeoutMs, wantsCoverage, signal })
  const coverageAt = async (path: string | undefined): Promise<FileCoverage | null> => {
    if (path === undefined) return null
    const report = await readFile(path, "utf8")
      .then((text) => readCoverage(text, posix.basename(path)))
      // A run that was ended, or in which nothing compiled, leaves half a file or one that names none.
      .catch(() => null)
    if (!report) return null
    const { files } = await checkedCoverage(report, {
      root: room.root,
      paths: index.files(),
      writtenAtMs: (await stat(path)).mtimeMs,
      lineCount: async (each) =>
        (await readFile(posix.join(room.root, each), "utf8").catch(() => undefined))?.split("\n").length,
    })
    return files.find((file) => file.path === subject) ?? null
  }
  const nothing: FileCoverage = { path: subject, lines: new Map(), branches: [], functions: [] }

  const tryOut: TryOut = (changes, signal) =>
    inTurn(async () => {
      const { items } = await index.testsOf(subject)
      const existing = items.map(({ path }) => path).filter((path) => detected.framework.files.test(path))
      if (wantsCoverage && before === undefined)
        before = existing.length === 0 ? nothing : await coverageAt((await run(existing, signal)).coverage)
      const texts = newTexts(changes)
      const put = await writeAll(room, changes)
      try {
        // Sources change by their documentation alone: unless that is run too, what is run are the tests.
        const files = texts.map(({ path }) => path).filter((path) => runsSubject || path !== subject)
        const ran = await run(files.length > 0 ? files : existing, signal)
        // Tests that could not be run, or did not end, say nothing of what they cover.
        if (wantsCoverage && before && (ran.state === "passed" || ran.state === "failed")) {
          const others = existing.filter((path) => !files.includes(path))
          const all = others.length === 0 ? ran : await run([...others, ...files], signal)
          const after = await coverageAt(all.coverage)
          const total = { before: totalsOf([before]), after: totalsOf([after ?? nothing]) }
          gain = after && { ...total, gained: compared([before], [after])[0]?.gained ?? [] }
        }
        return ran
      } finally {
        await put()
      }
    })
  return { tryOut, gain: () => gain }
}

/** Writes what changes leave, and gives the function that puts back what was there. */
async function writeAll(room: TestRoom, changes: readonly Change[]): Promise<() => Promise<void>> {
  const texts = newTexts(changes)
  const old = await Promise.all(
    texts.map(async ({ path }) => ({
      path,
      text: await readFile(posix.join(room.root, path), "utf8").catch(() => null),
    })),
  )
  for (const { path, text } of texts) await room.write(path, text)
  return async () => {
    for (const { path, text } of old) await (text === null ? room.remove(path) : room.write(path, text))
  }
}
