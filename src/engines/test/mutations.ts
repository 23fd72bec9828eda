import { astGrep } from "../../code/ast-grep.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import { testedLanguageOf } from "../../workspace/test-runners/detect.ts"

/** One small change of the code under test, which good tests notice. */
export interface Mutation {
  readonly line: number
  /** As it stands in the code, and what it was changed into. */
  readonly before: string
  readonly after: string
  /** The whole changed text. */
  readonly text: string
}

const swapped: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  and: "or",
  or: "and",
}

const operations = ["binary_expression", "comparison_operator", "boolean_operator", "binary_operator"]
const numbers = ["number", "integer", "int_literal", "integer_literal", "decimal_integer_literal"]
const truths: Readonly<Record<string, string>> = { true: "false", false: "true", True: "False", False: "True" }
const names: Readonly<Record<string, string>> = { python: "python", go: "go", rust: "rust", java: "java" }

/**
 * Operators swapped, constants changed, results left out: each a text of its own, in order of place, none inside of
 * imports. Empty for languages without a grammar of patterns (Elixir, Ruby).
 */
export async function mutationsOf(path: string, text: string): Promise<Mutation[]> {
  const language = testedLanguageOf(path)
  const isTyped = /\.[cm]?ts$/.test(path)
  const name = language === "javascript" ? (isTyped ? "typescript" : "tsx") : names[language ?? ""]
  if (name === undefined) return []
  const root = (await astGrep()).parse(name, text).root()
  const kinds = (of: readonly string[]) =>
    of.flatMap((kind) => {
      try {
        return root.findAll({ rule: { kind } })
      } catch {
        // The grammar of this language knows no such kind.
        return []
      }
    })
  const found: { start: number; end: number; after: string }[] = []
  for (const node of kinds(operations)) {
    const operator = node.children().find((child) => Object.hasOwn(swapped, child.text()))
    // What adds texts gives no other text with a minus, and compiles nowhere.
    if (!operator || (operator.text() === "+" && /["'`]/.test(node.text()))) continue
    const { start, end } = operator.range()
    found.push({ start: start.index, end: end.index, after: swapped[operator.text()] ?? "" })
  }
  for (const node of kinds(numbers)) {
    const { start, end } = node.range()
    if (/^\d+$/.test(node.text()))
      found.push({ start: start.index, end: end.index, after: node.text() === "0" ? "1" : "0" })
  }
  for (const node of kinds(["true", "false", "boolean_literal"])) {
    const { start, end } = node.range()
    const after = truths[node.text()]
    if (after) found.push({ start: start.index, end: end.index, after })
  }
  if (language === "javascript" || language === "python") {
    for (const node of kinds(["return_statement"])) {
      const { start, end } = node.range()
      const isPlain = /^return\s*;?$|^return\s+(?:undefined|null|None)\s*;?$/.test(node.text())
      const nothing = language === "python" ? "return None" : "return undefined as never"
      if (!isPlain)
        found.push({ start: start.index, end: end.index, after: isTyped ? nothing : nothing.replace(" as never", "") })
    }
  }
  for (const node of language === "javascript" ? kinds(["arrow_function"]) : []) {
    const body = node.field("body")
    if (!body || body.kind() === "statement_block" || /^(?:undefined|null)$/.test(body.text())) continue
    const { start, end } = body.range()
    found.push({ start: start.index, end: end.index, after: isTyped ? "(undefined as never)" : "undefined" })
  }
  const { imports } = await parseFile(path, text)
  const importLines = new Set(imports.map(({ line }) => line))
  return found
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, after }) => ({
      line: text.slice(0, start).split("\n").length,
      before: text.slice(start, end),
      after,
      text: text.slice(0, start) + after + text.slice(end),
    }))
    .filter(({ line }) => !importLines.has(line))
}
