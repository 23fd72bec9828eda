import { expect, test } from "vitest"
import type { Diagnosis } from "../../workspace/diagnostics/diagnose.ts"
import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import type { ContextNeed } from "../context.ts"
import { diagnosticsSource, speaksOfDiagnostics } from "./diagnostics.ts"

const need: ContextNeed = { task: "", engine: "refactor", paths: [], symbols: [], user: "u" }
const signal = new AbortController().signal
const found: Diagnostic = {
  ...{ tool: "tsc", path: "src/a.ts", line: 4, column: 1, rule: "TS2322" },
  severity: "error",
  message: "Type 'string' is not\n  assignable to type 'number'.",
}
const run = { tool: "tsc", folder: "", durationMs: 5, problem: undefined }

/** A source whose checkers find this, and what they were asked about. */
function sourceOf(diagnosis: Diagnosis) {
  const asked: (readonly string[] | undefined)[] = []
  const source = diagnosticsSource(async (paths) => {
    asked.push(paths)
    return diagnosis
  })
  return { asked, gather: (more: Partial<ContextNeed>) => source.gather({ ...need, ...more }, signal) }
}

test("no checker runs where the task does not speak of what they say", async () => {
  const { asked, gather } = sourceOf({ diagnostics: [found], runs: [run] })
  expect(await gather({ paths: ["src/a.ts"] })).toEqual([])
  expect(await gather({ sources: ["diagnostics"] })).toEqual([])
  expect(asked).toEqual([])
})

test("what is found stands by file, that of the task's and of open files before others", async () => {
  const other = { ...found, path: "src/b.ts", tool: "eslint", rule: "" }
  const { asked, gather } = sourceOf({ diagnostics: [found, other], runs: [run] })
  const items = await gather({ wantsDiagnostics: true, paths: ["src/a.ts"], open: [{ path: "src/c.ts", line: 3 }] })
  expect(items.map(({ title, score, why, text }) => [title, score, why, text])).toEqual([
    [
      "findings in src/a.ts",
      0.9,
      "found by tsc",
      "src/a.ts:4:1 error tsc TS2322: Type 'string' is not assignable to type 'number'.",
    ],
    ["findings in src/b.ts", 0.5, "found by eslint", expect.stringMatching(/^src\/b\.ts:4:1 error eslint: /)],
  ])
  await gather({ wantsDiagnostics: true })
  expect(asked).toEqual([["src/a.ts", "src/c.ts"], undefined])
})

test("that no checker could look is told, and is no clean result", async () => {
  const missing = { ...run, problem: "it is configured, but tsc is not installed here" }
  await expect(sourceOf({ diagnostics: [], runs: [missing] }).gather({ wantsDiagnostics: true })).rejects.toThrow(
    "tsc: it is configured, but tsc is not installed here",
  )
  const half = sourceOf({ diagnostics: [found], runs: [run, { ...missing, tool: "eslint" }] })
  expect(await half.gather({ wantsDiagnostics: true })).toHaveLength(1)
  const bare = sourceOf({ diagnostics: [], runs: [] })
  await expect(bare.gather({ wantsDiagnostics: true })).rejects.toThrow("no type checker or linter that is known")
  expect(await sourceOf({ diagnostics: [], runs: [run] }).gather({ wantsDiagnostics: true })).toEqual([])
})

test.each([
  "fix the type errors in src/a.ts",
  "Why does tsc complain about this?",
  "mend what fails: TS2345",
  "resolve all ESLint warnings",
  "address the warnings of the linter",
  "it doesn't compile",
  "make the compile errors go away",
  "look at the diagnostics",
])("%j speaks of checkers", (task) => expect(speaksOfDiagnostics(task)).toBe(true))

test.each([
  "handle several types of errors",
  "add an error type for time-outs",
  "Explain the symbol TypeError",
  "write a config for biome",
  "report the failure to the user",
  "tests fail on TypeScript files",
  "compile the templates once",
])("%j does not", (task) => expect(speaksOfDiagnostics(task)).toBe(false))
