import { lookUp, type Scope, type Scopes } from "./scopes/scopes.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"

/** Work that others can see or that others can make come out differently: calls, awaits, reads of properties, writes. */
const impure = new Set([
  ...["call_expression", "new_expression", "await_expression", "yield_expression", "assignment_expression"],
  ...["augmented_assignment_expression", "update_expression", "member_expression", "subscript_expression"],
  ...[
    "call",
    "await",
    "yield",
    "named_expression",
    "attribute",
    "subscript",
    "jsx_element",
    "jsx_self_closing_element",
  ],
  ...["template_substitution", "delete_expression", "list_comprehension", "generator_expression", "spread_element"],
])
const functions = /^(?:arrow_function|function_expression|generator_function|lambda)$/
/** Each time another thing: an object is itself alone. */
const fresh =
  /^(?:object|array|list|dictionary|set|class|regex|list_comprehension|set_comprehension|dictionary_comprehension)$/

/** Whether working an expression out, whenever and how often, always gives the same and does nothing else. */
export function isPure(expression: SyntaxNode): boolean {
  if (functions.test(expression.kind)) return false
  if (impure.has(expression.kind) || fresh.test(expression.kind)) return false
  return expression.named.every(isPure)
}

/** Whether it may be worked out somewhere else once: it calls nothing and reads nothing that can change. */
export const isQuiet = (expression: SyntaxNode): boolean =>
  functions.test(expression.kind) || (!impure.has(expression.kind) && expression.named.every(isQuiet))

/** Names that an expression uses from outside itself, each with the scope that it is used in. */
export function namesIn(scopes: Scopes, expression: SyntaxNode) {
  const isInside = (node: SyntaxNode) => node.start >= expression.start && node.end <= expression.end
  const bound = scopes.bindings
    .filter(({ names }) => !names.some(({ isDeclaration, node }) => isDeclaration && isInside(node)))
    .flatMap((binding) => binding.names.filter(({ node }) => isInside(node)).map((name) => ({ name, binding })))
  const free = scopes.free.filter(({ node }) => isInside(node)).map((name) => ({ name, binding: undefined }))
  return [...bound, ...free]
}

/** A name of the expression that means something else, or nothing, seen from `scope`. */
export const lostName = (scopes: Scopes, expression: SyntaxNode, scope: Scope): string | undefined =>
  namesIn(scopes, expression).find(({ name, binding }) => lookUp(scope, name.node.text) !== binding)?.name.node.text

/** The scope that a place lies in: the innermost whose node holds it. */
export function scopeAt({ file, bindings, free }: Scopes, offset: number): Scope {
  const scopes = new Set([
    file,
    ...bindings.flatMap(({ scope, names }) => [scope, ...names.map((name) => name.scope)]),
    ...free.map(({ scope }) => scope),
  ])
  let best = file
  for (const scope of scopes) {
    const { start, end } = scope.node
    if (start <= offset && offset <= end && start >= best.node.start && end <= best.node.end) best = scope
  }
  return best
}

const atoms =
  /^(?:identifier|number|string|integer|float|true|false|null|none|undefined|this|template_string|call_expression|call|member_expression|attribute|subscript|subscript_expression|parenthesized_expression|array|list|tuple|dictionary|concatenated_string)$/
/** Where a whole expression stands: nothing around binds more tightly. */
const wholes =
  /^(?:variable_declarator|arguments|argument_list|parenthesized_expression|return_statement|assignment|expression_statement|pair|template_substitution|interpolation|array|list|keyword_argument|jsx_expression)$/

/** The text of an expression where a name stood. */
export function inPlaceOf(use: SyntaxNode, expression: SyntaxNode): string {
  const { text, kind } = expression
  const { parent } = use
  if (atoms.test(kind) && !(kind === "number" && parent?.kind === "member_expression")) return text
  const isWhole = parent !== undefined && wholes.test(parent.kind) && !(kind === "sequence_expression")
  const isStart = parent?.kind === "expression_statement"
  return isWhole && !(isStart && /^(?:object|function_expression|class)$/.test(kind)) ? text : `(${text})`
}

/** Whether something is worked out each time, or only sometimes, or later than the statement around it. */
export function isConditional(node: SyntaxNode, within: SyntaxNode): string | undefined {
  let below = node
  for (let up = node.parent; up && below !== within; below = up, up = up.parent) {
    const { kind } = up
    if (
      functions.test(kind) ||
      /^(?:function_declaration|function_definition|method_definition|class_body|class_definition)$/.test(kind)
    )
      return "in a function within it"
    if (/^(?:ternary_expression|conditional_expression)$/.test(kind) && up.named[0] !== below) return "only in one case"
    if (/^(?:binary_expression|boolean_operator)$/.test(kind) && isShortCircuit(up) && up.named[0] !== below)
      return "only in one case"
    if (
      /^(?:while_statement|do_statement|for_statement)$/.test(kind) &&
      !(kind === "for_statement" && below === up.field("initializer"))
    )
      return "again and again"
    if (/comprehension$|^generator_expression$/.test(kind)) return "again and again"
    if (kind === "optional_chain") return "only in one case"
  }
  return undefined
}

const isShortCircuit = (node: SyntaxNode): boolean =>
  node.kind === "boolean_operator" || node.children.some(({ kind }) => /^(?:&&|\|\||\?\?)$/.test(kind))

/** Whether something that others can see is worked out before a node, within the statement. */
export const isPreceded = (node: SyntaxNode, statement: SyntaxNode): boolean =>
  [...nodesIn(statement)].some((one) => one.end <= node.start && impure.has(one.kind))
