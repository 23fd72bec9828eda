import type { Definition, ImportEdge } from "../code-index.ts"
import type { Habit } from "./place-habits.ts"

export interface HabitFile {
  readonly path: string
  readonly text: string
  readonly language: string
  readonly isTest: boolean
  readonly imports: readonly ImportEdge[]
  readonly outline: readonly Definition[]
}

const script = new Set(["typescript", "javascript"])

/** What one file does, line by line. */
export function* fileHabits(file: HabitFile): Iterable<Habit> {
  const lines = file.text.split("\n").map((line) => line.replace(/\r$/, ""))
  yield* layout(file, lines)
  yield* importing(file, lines)
  if (file.isTest) yield* testing(lines)
  else yield* defining(file, lines)
}

function* layout({ language }: HabitFile, lines: readonly string[]): Iterable<Habit> {
  const indent = indentation(lines)
  if (indent) yield { topic: "indentation", ...indent }
  for (const [at, line] of lines.entries()) {
    if (/^\s*(\/\/|\*|\/\*|#)/.test(line)) continue
    // A string with the other quote in it is written so in any style.
    const quote = /(["'])[^"'\\]*\1/.exec(line)?.[1]
    if (quote) yield { topic: "quotes", value: quote === '"' ? "double" : "single", line: at + 1 }
    if (script.has(language) && /^\s*(import|export \*|return|throw|const|let)\b.*[^\s{(,[=>&|?:+]$/.test(line))
      yield { topic: "semicolons", value: line.endsWith(";") ? "always" : "none", line: at + 1 }
  }
}

/** The smallest step to the right that is taken more than once. */
function indentation(lines: readonly string[]): { value: string; line: number } | undefined {
  const steps = new Map<string, { times: number; line: number }>()
  let before = 0
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "" || /^\s*\*/.test(line)) continue
    const white = /^[ \t]*/.exec(line)?.[0] ?? ""
    const step = white.length - before
    before = white.length
    if (step <= 0 || (step > 8 && !white.includes("\t"))) continue
    const value = white.includes("\t") ? "tabs" : `${step} spaces`
    const known = steps.get(value) ?? { times: 0, line: at + 1 }
    steps.set(value, { ...known, times: known.times + 1 })
  }
  const most = [...steps].sort((a, b) => b[1].times - a[1].times)[0]
  return most && { value: most[0], line: most[1].line }
}

function* importing({ language, imports }: HabitFile, lines: readonly string[]): Iterable<Habit> {
  const origins: string[] = []
  for (const { module, line, names } of imports) {
    const isRelative = /^\.{1,2}(\/|$)|^\.+\w/.test(module)
    if (script.has(language)) {
      const isAlias = /^[@~#]\//.test(module) || (module.startsWith("#") && !isRelative)
      if (isRelative) {
        const extension = /\.([cm]?[jt]sx?|json|vue|svelte)$/.exec(module)?.[1]
        yield { topic: "extensions of imports", value: extension ? `.${extension}` : "none", line }
      }
      if (isRelative || isAlias) yield { topic: "paths of imports", value: isAlias ? "alias" : "relative", line }
      const [first] = names
      if (first) {
        const form = first === "default" ? "default" : first === "*" ? "namespace" : "named"
        yield { topic: "imported as", value: form, line }
      }
      origins.push(module.startsWith("node:") ? "0" : isRelative ? "2" : isAlias ? "2" : "1")
    } else if (language === "python") {
      yield { topic: "paths of imports", value: isRelative ? "relative" : "absolute", line }
      const isFrom = /^\s*from\b/.test(lines[line - 1] ?? "")
      yield { topic: "imported as", value: isFrom ? "from ... import" : "import", line }
    }
  }
  if (origins.length > 1 && new Set(origins).size > 1) {
    const isOrdered = origins.every((origin, at) => at === 0 || (origins[at - 1] ?? "") <= origin)
    yield { topic: "order of imports", value: isOrdered ? "built in, packages, own files" : "mixed" }
  }
}

function* defining({ language, outline }: HabitFile, lines: readonly string[]): Iterable<Habit> {
  for (const [at, line] of lines.entries()) {
    if (script.has(language)) {
      if (/^export default\b/.test(line)) yield { topic: "exports", value: "default", line: at + 1 }
      else if (/^export\b/.test(line)) yield { topic: "exports", value: "named", line: at + 1 }
      else if (/^(module\.exports|exports\.)/.test(line)) yield { topic: "exports", value: "CommonJS", line: at + 1 }
    }
    const error = errorStyle(line)
    if (error) yield { topic: "errors", value: error, line: at + 1 }
  }
  for (const { kind, isExported, doc, nameLine, within } of outline) {
    if (!isExported || within.length > 0 || kind === "section") continue
    yield { topic: "doc comments on exports", value: doc === "" ? "none" : "documented", line: nameLine }
    if (doc !== "") {
      const style = docStyle(lines[nameLine - 2] ?? "", lines[nameLine] ?? "")
      if (style) yield { topic: "style of doc comments", value: style, line: nameLine }
    }
  }
}

function errorStyle(line: string): string | undefined {
  const thrown = /\b(?:throw new|raise)\s+([A-Z]\w*)/.exec(line)?.[1]
  if (thrown) {
    const own = /^(Error|TypeError|RangeError|ValueError|KeyError|RuntimeError|Exception|ArgumentError)$/
    return own.test(thrown) ? "throws the language's own errors" : "throws errors of its own"
  }
  if (/->\s*Result</.test(line)) return "returns Result"
  if (/\breturn\b.*\b(err|fmt\.Errorf|errors\.New)\b/.test(line)) return "returns err"
  return /\{:error,/.test(line) ? "returns {:error, reason}" : undefined
}

function docStyle(before: string, after: string): string | undefined {
  if (/^\s*\*\//.test(before) || /^\s*\/\*\*.*\*\/\s*$/.test(before)) return "/** */"
  if (/^\s*\/\/\//.test(before)) return "///"
  if (/^\s*\/\//.test(before)) return "//"
  if (/^\s*("""|''')/.test(after)) return '"""'
  return /^\s*#/.test(before) ? "#" : undefined
}

const frameworks: readonly (readonly [RegExp, string])[] = [
  [/from ["']vitest["']/, "vitest"],
  [/from ["']@jest\/globals["']/, "jest"],
  [/(from|require\()\s*["']node:test["']/, "node:test"],
  [/from ["'](mocha|ava|tap|uvu)["']/, "mocha, ava, tap or uvu"],
  [/^import pytest|^from pytest/, "pytest"],
  [/^import unittest|^from unittest/, "unittest"],
  [/^\s*"testing"$|^import "testing"/, "go test"],
  [/^import org\.junit/, "JUnit"],
  [/use ExUnit\.Case/, "ExUnit"],
]

function* testing(lines: readonly string[]): Iterable<Habit> {
  for (const [at, line] of lines.entries()) {
    const framework = frameworks.find(([pattern]) => pattern.test(line))?.[1]
    if (framework) yield { topic: "test framework", value: framework, line: at + 1 }
    const called = /^\s*(test|it|describe)(?:\.\w+)?\(/.exec(line)?.[1]
    if (called && called !== "describe") yield { topic: "tests are written as", value: `${called}()`, line: at + 1 }
    if (/^\s*def test_/.test(line)) yield { topic: "tests are written as", value: "def test_...", line: at + 1 }
    if (/^func Test/.test(line)) yield { topic: "tests are written as", value: "func Test...", line: at + 1 }
  }
}
