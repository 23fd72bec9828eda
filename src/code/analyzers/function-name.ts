import type { FlatTree } from "../parse/flat-tree.ts"

/** What a lambda is called by: the variable, property or field that it is put in. */
const holders: Readonly<Record<string, string>> = {
  variable_declarator: "name",
  pair: "key",
  public_field_definition: "name",
  field_definition: "property",
  assignment_expression: "left",
  assignment: "left",
  assignment_statement: "left",
  let_declaration: "pattern",
  short_var_declaration: "left",
}

/** A function's name, "(anonymous)" where it has none. */
export function functionName(tree: FlatTree, node: number): string {
  const own = tree.child(node, "name")
  if (own >= 0) return lastName(tree.source(own))
  let declarator = tree.child(node, "declarator")
  while (declarator >= 0) {
    const inner = tree.child(declarator, "declarator")
    if (inner < 0) return lastName(tree.source(declarator))
    declarator = inner
  }
  if (tree.type(node) === "call") return elixirName(tree, node)
  let holder = tree.parentOf(node)
  if (/^(?:parenthesized_expression|expression_list)$/.test(tree.type(holder))) holder = tree.parentOf(holder)
  const field = holders[tree.type(holder)]
  const name = field === undefined ? "" : lastName(tree.source(tree.child(holder, field)))
  return /^[\w$#?!]+$/.test(name) ? name : "(anonymous)"
}

/** `def name(a) when b`. */
function elixirName(tree: FlatTree, node: number): string {
  const head = tree.firstChild(tree.childOfType(node, "arguments"))
  return /^[\w?!]+/.exec(tree.source(head))?.[0] ?? "(anonymous)"
}

const lastName = (path: string): string => /[^.:]*$/.exec(path)?.[0].trim() ?? path
