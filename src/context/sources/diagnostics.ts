import { DuckError } from "../../base/errors.ts"
import type { Diagnosis } from "../../workspace/diagnostics/diagnose.ts"
import { type Diagnostic, spokenDiagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { truncatedForm } from "./forms.ts"

/** What the type checkers and linters of a project say of files, or of all of it. */
export type Diagnose = (paths: readonly string[] | undefined, signal: AbortSignal) => Promise<Diagnosis>

/** Files beyond this many are another task. */
const mostFiles = 40

/**
 * What the project's own type checkers and linters say of the task's files, or of all where it names none. They take
 * seconds, so they are only run where the need wants them. Why none of them could look is thrown: that nothing was found
 * would be another statement.
 */
export function diagnosticsSource(diagnose: Diagnose): ContextSource {
  return {
    name: "diagnostics",
    async gather({ paths, focus, open = [], wantsDiagnostics = false }: ContextNeed, signal) {
      if (!wantsDiagnostics) return []
      const near = new Set([...paths, ...(focus ? [focus.path] : []), ...open.map(({ path }) => path)])
      const { diagnostics, runs } = await diagnose(near.size > 0 ? [...near] : undefined, signal)
      const problems = runs.flatMap(({ tool, problem }) => (problem === undefined ? [] : [`${tool}: ${problem}`]))
      if (runs.length === 0) problems.push("no type checker or linter that is known is set up for this")
      if (problems.length > 0 && problems.length >= runs.length) {
        throw new DuckError({
          code: "NOT_CHECKED",
          message: problems.join("; "),
          hint: "Install them, or run them yourself.",
        })
      }
      const byPath = Map.groupBy(diagnostics, ({ path }) => path)
      return [...byPath].slice(0, mostFiles).map(([path, found]) => itemOf(path, found, near.has(path)))
    },
  }
}

function itemOf(path: string, found: readonly Diagnostic[], isNear: boolean): ContextItem {
  const tools = [...new Set(found.map(({ tool }) => tool))].join(", ")
  const text = found.map(spokenDiagnostic).join("\n")
  return {
    id: `diagnostics:${path}`,
    source: "diagnostics",
    title: `findings in ${path}`,
    text,
    score: isNear ? 0.9 : 0.5,
    why: `found by ${tools}`,
    shorter: [truncatedForm(text)],
  }
}

const checkers =
  "tsc|eslint|oxlint|biome|ruff|mypy|pyright|go vet|cargo check|rustc|clippy|compiler|linter|type[ -]?checker"
const complaints = "errors?|warnings?|findings?|complain(?:s|ts?|ing)?|fail(?:s|ures?)?|issues?|problems?"
const spoken = [
  `\\b(?:types?|type[ -]?check(?:ing)?|lint(?:ing)?|compile|compilation|typescript)[ -](?:${complaints})\\b`,
  `\\b(?:${checkers})(?: \\w+){0,2} (?:${complaints})\\b`,
  `\\b(?:${complaints}) (?:of|from|by) (?:the |our )?(?:${checkers})\\b`,
  "\\b(?:does|do|did)(?:n['’]t| not) (?:compile|type[ -]?check)\\b",
  "\\bdiagnostics\\b",
  "\\bTS\\d{4,5}\\b",
].map((words) => new RegExp(words, "i"))

/** Whether a person's task speaks of what type checkers and linters say: "fix the type errors", "why does tsc complain". */
export const speaksOfDiagnostics = (task: string): boolean => spoken.some((words) => words.test(task))
