import { type Finding, findingOf } from "../finding.ts"
import { isTestPath } from "../graph/families.ts"
import type { FileAnalyzer, RuleAbout } from "./analyzer.ts"
import { Kind, kindOf, kindsOf } from "./kinds.ts"
import { isParsed, lineText, type ParsedFileUnderLook, spanOf } from "./place.ts"

const emptyCatch = {
  id: "smell/empty-catch",
  severity: "warning",
  explanation:
    "An error that is caught and forgotten hides its cause: what fails later fails far from where it went wrong. Handle it, pass it on, or say in a comment why it can be ignored.",
} as const satisfies RuleAbout

const todo = {
  id: "smell/todo-without-issue",
  severity: "note",
  explanation:
    "A note to do something later is forgotten unless it names where the work is tracked. Give it the number or the address of an issue, or do it.",
} as const satisfies RuleAbout

const booleanTrap = {
  id: "smell/boolean-trap",
  severity: "note",
  explanation:
    "Nobody can tell what `true, false` mean where they are passed, and they are easily swapped. Pass an object with named properties, named arguments, or call two functions.",
} as const satisfies RuleAbout

const magicNumber = {
  id: "smell/magic-number",
  severity: "note",
  explanation:
    "A number that several calculations share means something. Give it a name once: the reader learns what it is, and a change reaches every place.",
} as const satisfies RuleAbout

/** Small faults that one place shows. */
export const smells: FileAnalyzer = {
  name: "smells",
  scope: "file",
  version: 3,
  rules: [emptyCatch, todo, booleanTrap, magicNumber],
  run: (file) => (isParsed(file) ? smellsIn(file) : []),
}

const openTask = /(?:^|[\s/*#;(<!-])(TODO|FIXME|XXX|HACK)\b(?![\w"'`/|])/
const tracked = /#\d+|[A-Z][A-Z\d]+-\d+|https?:\/\/|\b(?:issue|bug|ticket|gh)[\s:#-]*\d+/i
/** Powers and multiples that are known to everybody, hours and days, colours, HTTP. */
const known = new Set([
  ...[
    100, 128, 180, 200, 201, 204, 256, 255, 270, 300, 301, 302, 304, 360, 365, 400, 401, 403, 404, 409, 429, 500, 502,
    503,
  ],
  ...[512, 1000, 1024, 2048, 3600, 4096, 8192, 10000, 65535, 65536, 86400, 100000, 1000000, 1000000000],
])
const leastPlaces = 3

function* smellsIn(file: ParsedFileUnderLook): Generator<Finding> {
  const { tree } = file
  const kinds = kindsOf(tree, file.language)
  const isTest = isTestPath(file.path)
  const numbers = new Map<string, number[]>()
  for (let node = 0; node < tree.count; node++) {
    const bits = kindOf(kinds, tree, node)
    if (bits & Kind.comment) yield* openTasks(file, node)
    if (!kinds.syntax || bits === 0) continue
    if (bits & Kind.catch && isEmptyCatch(file, node)) {
      const isNarrow =
        /^except\s+(?!\(?\s*(?:Base)?Exception\b)\w|^catch\s*\(\s*(?!(?:\w+\.)*(?:Exception|Throwable|Error)\b)\w+\s+[\w$]+/.test(
          tree.source(node),
        )
      const message = "The error that is caught here is dropped without a word."
      // A test may want the error, and nothing of it.
      const isMeant = isNarrow || isTest
      yield at(file, node, emptyCatch, message, isMeant ? 0.6 : 0.9, isMeant ? "note" : emptyCatch.severity)
    }
    if (bits & Kind.arguments && !isTest) {
      const found = tree.children(node).filter((child) => isTruth(file, child, kindOf(kinds, tree, child)))
      const isCall = (kindOf(kinds, tree, tree.parentOf(node)) & Kind.call) !== 0
      if (isCall && found.length >= 2) {
        const words = found.map((child) => tree.source(child)).join(", ")
        yield at(file, node, booleanTrap, `This call does not say what ${words} stand for.`, 0.8)
      }
    }
    if (bits & Kind.number && !isTest && (kindOf(kinds, tree, tree.parentOf(node)) & Kind.binary) !== 0) {
      const digits = tree.source(node).replaceAll("_", "")
      const value = Number(digits)
      if (digits.length >= 3 && Number.isInteger(value) && value > 100 && !known.has(value)) {
        numbers.set(digits, [...(numbers.get(digits) ?? []), node])
      }
    }
  }
  for (const [digits, [first = 0, ...others]] of numbers) {
    if (others.length + 1 < leastPlaces) continue
    const finding = at(
      file,
      first,
      magicNumber,
      `The number ${digits} has no name, and ${others.length + 1} calculations of this file use it.`,
      0.7,
    )
    const related = others.slice(0, 10).map((node) => {
      const span = spanOf(file, tree.start[node] ?? 0, tree.end[node] ?? 0)
      return { path: file.path, says: "Again", ...span }
    })
    yield { ...finding, related }
  }
}

function at(
  file: ParsedFileUnderLook,
  node: number,
  rule: RuleAbout,
  message: string,
  confidence: number,
  severity = rule.severity,
): Finding {
  const start = file.tree.start[node] ?? 0
  return findingOf({
    rule: rule.id,
    severity,
    path: file.path,
    message,
    evidence: lineText(file, start),
    explanation: rule.explanation,
    confidence,
    tags: ["smell"],
    ...spanOf(file, start, file.tree.end[node] ?? start),
  })
}

/** Nothing happens in it, and no comment says why. */
function isEmptyCatch({ tree, language }: ParsedFileUnderLook, node: number): boolean {
  if (language === "elixir") return false
  const body = tree.child(node, "body")
  const block = body >= 0 ? body : tree.lastChild(node)
  if (language === "ruby") return body < 0 && tree.childOfType(node, "then") < 0 && tree.type(node) === "rescue"
  const rest = tree.text.slice(tree.start[node], tree.end[node])
  const children = tree.children(block)
  if (language === "python") {
    const isNothing =
      tree.type(block) === "block" && children.every((child) => /^(?:pass|\.\.\.)$/.test(tree.source(child)))
    return (
      isNothing && !rest.includes("#") && !/^[ \t]*#/.test(tree.text.slice(tree.end[node], (tree.end[node] ?? 0) + 200))
    )
  }
  return /^(?:statement_block|block|compound_statement)$/.test(tree.type(block)) && children.length === 0
}

/** A bare `true` or `false`, not one with a name before it. */
function isTruth({ tree }: ParsedFileUnderLook, node: number, bits: number): boolean {
  if (bits & Kind.truth) return true
  return tree.type(node) === "argument" && /^(?:true|false)$/.test(tree.source(node))
}

function* openTasks(file: ParsedFileUnderLook, node: number): Generator<Finding> {
  const text = file.tree.source(node)
  if (!/TODO|FIXME|XXX|HACK/.test(text)) return
  let offset = file.tree.start[node] ?? 0
  for (const line of text.split("\n")) {
    const found = openTask.exec(line)
    if (found && !tracked.test(line)) {
      const word = found[1] ?? ""
      const start = offset + line.indexOf(word, found.index)
      yield findingOf({
        rule: todo.id,
        severity: todo.severity,
        path: file.path,
        message: `This ${word} does not name an issue where the work is tracked.`,
        evidence: lineText(file, start),
        explanation: todo.explanation,
        confidence: 0.8,
        tags: ["smell"],
        ...spanOf(file, start, offset + line.trimEnd().length),
      })
    }
    offset += line.length + 1
  }
}
