import { InvalidInputError } from "../../base/errors.ts"
import { isConditional, isPreceded, isPure, isQuiet, lostName, scopeAt } from "./expressions.ts"
import { extractedFunction } from "./extract-function.ts"
import { checkName } from "./names.ts"
import { offsetOf, type Refactoring, RefactoringRefusedError, type RefactoringTools } from "./refactoring.ts"
import { lookUp } from "./scopes/scopes.ts"
import { openSources, type Source } from "./sources.ts"
import { indentAt, newlineOf, statementOf, usesSemicolons } from "./statements.ts"
import { nodeAt, type SyntaxNode } from "./syntax-tree.ts"

/** Lines, or from a column to the column after the last; 1-based. */
export interface Extraction {
  readonly path: string
  readonly startLine: number
  readonly startColumn?: number | undefined
  readonly endLine: number
  readonly endColumn?: number | undefined
  readonly name: string
  readonly into: "function" | "variable"
}

export interface ExtractTools extends RefactoringTools {
  /** What a language server says of the name at an offset, "" where none says anything; never throws. */
  hoverIn?(file: Pick<Source, "path" | "text">, offset: number): Promise<string>
}

/** Gives an expression a name, or makes whole statements a function of their own, which is called where they stood. */
export async function extract(extraction: Extraction, tools: ExtractTools): Promise<Refactoring> {
  const { path, name, into } = extraction
  const { hoverIn } = tools
  const source = await openSources(tools).open(path)
  checkName(name, source.family)
  const [start, end] = rangeOf(extraction, source)
  const edits =
    into === "variable"
      ? variableEdits(source, start, end, name)
      : await extractedFunction(source, start, end, name, hoverIn && ((at) => hoverIn(source, at)))
  return {
    title: `Extract ${name} in ${path}`,
    notes: edits.notes,
    files: [{ path, edits: edits.edits }],
    unsure: [],
    by: "syntax",
  }
}

/** The range without white space at its ends. Throws InvalidInputError for lines that are not there. */
function rangeOf({ path, startLine, startColumn, endLine, endColumn }: Extraction, { text }: Source): [number, number] {
  const start = offsetOf(text, startLine, startColumn)
  const end = offsetOf(text, endLine, endColumn ?? Number.MAX_SAFE_INTEGER)
  if (start === undefined || end === undefined || startLine < 1)
    throw new InvalidInputError({ message: `${path} has no lines ${startLine} to ${endLine}.` })
  const inner = text.slice(start, end)
  if (inner.trim() === "") throw new InvalidInputError({ message: `There is nothing at ${path}:${startLine}.` })
  return [start + inner.length - inner.trimStart().length, start + inner.trimEnd().length]
}

function variableEdits(source: Source, start: number, end: number, name: string) {
  const { text, path, scopes, family } = source
  const expression = expressionAt(source.root, start, end)
  const refuse = (why: string) => new RefactoringRefusedError(`This can't be a variable: ${why}.`)
  if (!expression) throw refuse(`${path} has no whole expression just there; give its columns`)
  const statement = statementOf(expression)
  const scope = scopeAt(scopes, statement.start)
  const lost = lostName(scopes, expression, scope)
  if (lost) throw refuse(`${lost} is not known where the variable would stand, before the statement`)
  if (lookUp(scope, name) || scopes.free.some(({ node }) => node.text === name)) throw refuse(`${name} is taken there`)
  const often = isConditional(expression, statement)
  if (!isPure(expression)) {
    if (often) throw refuse(`it is worked out ${often}`)
    if (!isQuiet(expression) && isPreceded(expression, statement))
      throw refuse("something else of the statement is worked out before it")
  }
  if (isTarget(expression)) throw refuse("it is written to")
  const indent = indentAt(text, statement.start)
  const line =
    family === "python"
      ? `${name} = ${expression.text}`
      : `const ${name} = ${expression.text}${usesSemicolons(source) ? ";" : ""}`
  const isShorthand = expression.kind === "shorthand_property_identifier"
  return {
    notes: [],
    edits: [
      { start: statement.start, end: statement.start, text: `${line}${newlineOf(text)}${indent}` },
      { start: expression.start, end: expression.end, text: isShorthand ? `${expression.text}: ${name}` : name },
    ],
  }
}

/** Kinds that are no values: types, patterns, names of members, statements. */
const noValue =
  /(?:statement|declaration|definition|_type|type_identifier|annotation|pattern|block|clause|program|module|arguments|argument_list|parameters?|declarator|pair|property_identifier|string_fragment|string_content|comment|specifier|dotted_name|case|body|keyword_argument|_element)$/

function expressionAt(root: SyntaxNode, start: number, end: number): SyntaxNode | undefined {
  const node = nodeAt(root, start, end)
  if (node.start !== start || node.end !== end) {
    // Without the semicolon of its statement.
    const [inner] = node.kind === "expression_statement" ? node.named : []
    return inner?.start === start && inner.end <= end ? inner : undefined
  }
  if (node.kind === "expression_statement") return node.named[0]
  const isName =
    node.parent?.field("name") === node ||
    node.parent?.field("property") === node ||
    node.parent?.field("attribute") === node
  return noValue.test(node.kind) || isName ? undefined : node
}

function isTarget(node: SyntaxNode): boolean {
  const { parent } = node
  if (!parent) return false
  const isCallee = parent.field("function") === node && /^(?:member_expression|attribute)$/.test(node.kind)
  return (
    (parent.field("left") === node && /assignment/.test(parent.kind)) || parent.kind === "update_expression" || isCallee
  )
}
