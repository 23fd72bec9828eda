import { DuckError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Finding } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { speaksOfDiagnostics } from "../../context/sources/diagnostics.ts"
import type { Engine } from "../pipeline/engine.ts"
import type { Change } from "../proposal/proposal.ts"
import { rulesKept } from "../proposal/rules-kept.ts"
import { changesOf, WrittenEdits } from "../proposal/written-edits.ts"
import { exactTools, unsureFindings } from "./exact.ts"
import { exportsKept } from "./exports-kept.ts"
import { exactOf } from "./instruction.ts"
import { staysWithin } from "./stays-within.ts"
import { syntaxKept } from "./syntax-kept.ts"

export interface RefactorTask {
  /** What is to be changed, in the user's words. */
  readonly instruction: string
  /** Files that it is about; others may change where they must. */
  readonly paths: readonly string[]
  /** Folders that it is confined to (posix, relative to the root); undefined: none. */
  readonly under?: readonly string[] | undefined
}

export interface Refactored {
  readonly title: string
  readonly explanation: string
  readonly changes: readonly Change[]
  /** Of a refactoring that was exact: what it left. */
  readonly findings: readonly Finding[]
}

/** What uses the files from outside. */
export interface Impact {
  readonly dependants: number
  readonly files: readonly string[]
  readonly tests: readonly string[]
}

const mostDependants = 200

/** What depends on files, so that whoever changes them knows. */
export async function impactOf(index: CodeIndex, paths: readonly string[], signal: AbortSignal): Promise<Impact> {
  const answers = await Promise.all(
    paths.map((path) => index.impact(path, { depth: 2, limit: mostDependants, signal })),
  )
  const dependants = answers.flatMap((answer) => answer.dependants).filter(({ path }) => !paths.includes(path))
  const tests = answers.flatMap((answer) => answer.tests.map(({ path }) => path))
  return {
    dependants: dependants.length,
    files: [...new Set(dependants.map(({ path }) => path))].sort(),
    tests: [...new Set(tests)].sort(),
  }
}

/**
 * Changes code by an instruction and leaves what it does as it is. `impact`: of the task's files. `compiles`: what the
 * project's own checkers mind of changes. Without a model an instruction that is an exact refactoring is done as that.
 */
export function refactorEngine({
  impact,
  compiles,
}: {
  readonly impact: Impact
  compiles(changes: readonly Change[]): AsyncIterable<Finding>
}): Engine<RefactorTask, WrittenEdits, Refactored> {
  return {
    name: "refactor",
    prompt: () => "refactor/instruction",
    needs: ({ instruction, paths, under }) => {
      const [path] = paths
      const wantsDiagnostics = speaksOfDiagnostics(instruction)
      const language = path === undefined ? undefined : languageOf(path)?.id
      return { task: instruction, paths, under, symbols: [], wantsDiagnostics, language }
    },
    variables: ({ instruction, paths, under }) => ({
      instruction,
      paths: [...paths],
      ...(under ? { folders: [...under] } : {}),
      users: impact.files.slice(0, 40),
      tests: impact.tests.slice(0, 20),
    }),
    output: { name: "refactoring", schema: WrittenEdits },
    async accept(draft, _task, { workspace }) {
      const changes = await changesOf(workspace, draft)
      return { title: draft.title, explanation: draft.explanation, changes, findings: [] }
    },
    critics: [
      ({ changes }, { under }) => staysWithin(changes, under),
      ({ changes }, _task, tools) => syntaxKept(changes, tools),
      ({ changes }, _task, tools) => exportsKept(changes, tools),
      ({ changes }, _task, tools) => rulesKept(changes, tools),
      ({ changes }) => compiles(changes),
    ],
    async withoutModel({ instruction, paths, under }, tools) {
      const exact = exactOf(instruction, paths, under)
      if (!exact) {
        throw new DuckError({
          code: "NO_MODEL",
          message: "Without a model only exact refactorings can be made, and this is none of them.",
          hint: "`duck llm connect` connects one. Exact: duck refactor rename, move, move-symbol, extract, inline, organise-imports, remove-unused, rewrite.",
          status: 503,
        })
      }
      const { tools: own, changes: changesIn } = exactTools(tools)
      const refactoring = await exact({ ...own, under })
      const changes = await changesIn(refactoring)
      return {
        title: refactoring.title,
        explanation: refactoring.notes.join("\n\n"),
        changes,
        findings: [...unsureFindings(refactoring.unsure), ...(await Array.fromAsync(staysWithin(changes, under)))],
      }
    },
  }
}

/** "Used by 3 definitions in 2 other files; 1 test." */
export const spokenImpact = ({ dependants, files, tests }: Impact): string =>
  dependants === 0
    ? "Nothing outside of what changes uses it, as far as the index knows."
    : `Used by ${count(dependants, "place")} in ${count(files.length, "other file")}; ${count(tests.length, "file")} of tests.`
