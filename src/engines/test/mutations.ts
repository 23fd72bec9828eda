import type { SgNode } from "@ast-grep/napi"
import { astGrep } from "../../code/ast-grep.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import { testedLanguageOf } from "../../workspace/test-runners/detect.ts"
import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"
import { placesInBlocks } from "./mutations-in-blocks.ts"
import { otherConstant, type Place, swapOf } from "./swaps.ts"

/** One small change of the code under test, which good tests notice. */
export interface Mutation {
  readonly line: number
  /** As it stands in the code, and what it was changed into. */
  readonly before: string
  readonly after: string
  /** The whole changed text. */
  readonly text: string
}

const operations = ["binary_expression", "comparison_operator", "boolean_operator", "binary_operator"]
const numbers = ["number", "integer", "int_literal", "integer_literal", "decimal_integer_literal"]
const names: Readonly<Record<string, string>> = { python: "python", go: "go", rust: "rust", java: "java" }

/**
 * Operators swapped, constants changed, results left out: each a text of its own, in order of place, none inside of
 * imports. Empty for languages that no test framework is known for.
 */
export async function mutationsOf(path: string, text: string): Promise<Mutation[]> {
  const language = testedLanguageOf(path)
  const isInBlocks = language === "ruby" || language === "elixir"
  const found = isInBlocks ? await placesInBlocks(language, text) : await placesByPattern(path, text, language)
  const { imports } = await parseFile(path, text)
  const importLines = new Set(imports.map(({ line }) => line))
  return [...found]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, after }) => ({
      line: text.slice(0, start).split("\n").length,
      before: text.slice(start, end),
      after,
      text: text.slice(0, start) + after + text.slice(end),
    }))
    .filter(({ line }) => !importLines.has(line))
}

/** Of the languages that ast-grep has a grammar of. */
async function placesByPattern(path: string, text: string, language: TestedLanguage | undefined): Promise<Place[]> {
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
  const found: Place[] = []
  const put = (node: SgNode, after: string | undefined) => {
    const { start, end } = node.range()
    if (after !== undefined) found.push({ start: start.index, end: end.index, after })
  }
  for (const node of kinds(operations)) {
    const operator = node.children().find((child) => swapOf(child.text(), node.text()) !== undefined)
    if (operator) put(operator, swapOf(operator.text(), node.text()))
  }
  for (const node of kinds([...numbers, "true", "false", "boolean_literal"])) put(node, otherConstant(node.text()))
  if (language === "javascript" || language === "python") {
    const nothing = language === "python" ? "return None" : isTyped ? "return undefined as never" : "return undefined"
    for (const node of kinds(["return_statement"])) {
      const isPlain = /^return\s*;?$|^return\s+(?:undefined|null|None)\s*;?$/.test(node.text())
      if (!isPlain) put(node, nothing)
    }
  }
  for (const node of language === "javascript" ? kinds(["arrow_function"]) : []) {
    const body = node.field("body")
    if (!body || body.kind() === "statement_block" || /^(?:undefined|null)$/.test(body.text())) continue
    put(body, isTyped ? "(undefined as never)" : "undefined")
  }
  return found
}
