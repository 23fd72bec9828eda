import { InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import { astGrep } from "../ast-grep.ts"
import { languageOf } from "../parse/languages.ts"
import { type Refactoring, RefactoringRefusedError, type RefactoringTools, type TextEdit } from "./refactoring.ts"
import { grammarOf } from "./sources.ts"

export interface RewriteOptions {
  /** As code with holes: `$A` for a node, `$$$ARGS` for any number. */
  readonly pattern: string
  /** What stands there afterwards, with the same holes. */
  readonly to: string
  /** "ts", "typescript", "py"... */
  readonly language: string
  /** Files or folders; empty for all. */
  readonly paths: readonly string[]
}

const names: Readonly<Record<string, string>> = {
  ...{ ts: "typescript", js: "javascript", jsx: "javascript", py: "python", rs: "rust", golang: "go" },
}

/** Replaces every match of a pattern in the files of a language, by syntax: neither strings nor comments match by chance. */
export async function rewrite(
  { pattern, to, language, paths }: RewriteOptions,
  tools: RefactoringTools,
): Promise<Refactoring> {
  const grammars = await astGrep()
  const wanted = names[language.toLowerCase()] ?? language.toLowerCase()
  if (!grammars.knows(wanted)) {
    throw new InvalidInputError({
      message: `Patterns in ${language} are not known.`,
      hint: "Known: typescript, tsx, javascript, python, go, rust, java, html, css.",
    })
  }
  const holes = (text: string) =>
    new Set([...text.matchAll(/\$(?:\$\$)?([A-Z_][A-Z0-9_]*)/g)].map(([, name = ""]) => name))
  const unknown = [...holes(to)].filter((hole) => !holes(pattern).has(hole))
  if (unknown.length > 0)
    throw new InvalidInputError({ message: `The pattern has no hole ${unknown.map((hole) => `$${hole}`).join(", ")}.` })
  if (hasError(grammars.parse(wanted, pattern.replaceAll("$", "_")).root()))
    throw new InvalidInputError({ message: `The pattern is not ${language}: ${pattern.slice(0, 200)}` })
  const files: { path: string; edits: TextEdit[] }[] = []
  for (const path of filesOf(wanted, paths, tools)) {
    throwIfAborted(tools.signal)
    const { text } = await tools.read(path)
    const edits: TextEdit[] = []
    let end = 0
    for (const match of grammars.parse(wanted, text).root().findAll(pattern)) {
      const range = match.range()
      // What matches within a match is left to the next run: its text has changed.
      if (range.start.index < end) continue
      end = range.end.index
      const fresh = to
        .replace(/\$\$\$([A-Z_][A-Z0-9_]*)/g, (_, hole: string) => {
          const some = match.getMultipleMatches(hole)
          const [first, last] = [some[0], some.at(-1)]
          return first && last ? text.slice(first.range().start.index, last.range().end.index) : ""
        })
        .replace(/\$([A-Z_][A-Z0-9_]*)/g, (_, hole: string) => match.getMatch(hole)?.text() ?? "")
      if (fresh !== match.text()) edits.push({ start: range.start.index, end, text: fresh })
    }
    if (edits.length > 0) files.push({ path, edits })
  }
  if (files.length === 0)
    throw new RefactoringRefusedError(
      `Nothing matches ${pattern.slice(0, 200)}.`,
      "A hole is one node: `foo($$$ARGS)` takes any number of arguments.",
    )
  const places = files.reduce((sum, { edits }) => sum + edits.length, 0)
  return {
    title: `Rewrite ${pattern} to ${to}`.replace(/\s+/g, " ").slice(0, 120),
    notes: [`${count(places, "match", "matches")} in ${count(files.length, "file")}.`],
    files,
    unsure: [],
    by: "syntax",
  }
}

const hasError = (node: import("@ast-grep/napi").SgNode): boolean =>
  node.kind() === "ERROR" || node.children().some(hasError)

/** Of `language`: files of TypeScript without JSX and with it have grammars of their own. */
function filesOf(language: string, paths: readonly string[], { index, under }: RefactoringTools): readonly string[] {
  const clean = paths.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""))
  const isNamed = (path: string) => clean.some((one) => one === "." || path === one || path.startsWith(`${one}/`))
  const isIn = (path: string) => (clean.length === 0 || isNamed(path)) && (under === undefined || liesIn(path, under))
  const found = index
    .files()
    .filter((path) => isIn(path) && (grammarOf(path)?.language ?? languageOf(path)?.id) === language)
  if (found.length === 0)
    throw new InvalidInputError({
      message: `There is no file of ${language}${[clean, under ?? []].map((some) => (some.length > 0 ? ` in ${some.join(", ")}` : "")).join("")}.`,
    })
  return found
}
