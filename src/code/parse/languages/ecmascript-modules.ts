import type { Extraction } from "../extraction.ts"

/** Types of nodes that are functions as values. */
export const functions = new Set(["arrow_function", "function_expression", "generator_function", "function"])

/** The text between the quotes of a literal. */
export const moduleText = (at: Extraction, literal: number) => at.tree.source(literal).slice(1, -1)

export function importStatement(at: Extraction, node: number): void {
  const { tree } = at
  const names: { name: string; alias: string }[] = []
  const clause = tree.childOfType(node, "import_clause", "import_require_clause")
  for (const part of tree.children(clause)) {
    const type = tree.type(part)
    if (type === "identifier") {
      names.push({ name: tree.type(clause) === "import_clause" ? "default" : "*", alias: tree.source(part) })
      at.claim(part)
    } else if (type === "namespace_import") {
      names.push({ name: "*", alias: tree.source(tree.firstChild(part)) })
      at.claim(tree.firstChild(part))
    } else if (type === "named_imports") names.push(...specifiers(at, part))
  }
  const source = tree.child(node, "source")
  at.importing(node, moduleText(at, source < 0 ? tree.child(clause, "source") : source), names)
}

function specifiers(at: Extraction, list: number): { name: string; alias: string }[] {
  const { tree } = at
  return tree.children(list).flatMap((specifier) => {
    const name = tree.child(specifier, "name")
    const alias = tree.child(specifier, "alias")
    at.claim(name)
    at.claim(alias)
    return name < 0 ? [] : [{ name: tree.source(name), alias: tree.source(alias < 0 ? name : alias) }]
  })
}

export function exportStatement(at: Extraction, node: number): void {
  const { tree } = at
  const source = tree.child(node, "source")
  const clause = tree.childOfType(node, "export_clause")
  if (source >= 0) {
    const whole = tree.childOfType(node, "namespace_export")
    const names = clause >= 0 ? specifiers(at, clause) : []
    if (clause < 0) names.push({ name: "*", alias: whole < 0 ? "" : tree.source(tree.firstChild(whole)) })
    if (whole >= 0) at.claim(tree.firstChild(whole))
    at.importing(node, moduleText(at, source), names)
    return
  }
  for (const specifier of tree.children(clause)) at.exported.add(tree.source(tree.child(specifier, "name")))
  const value = tree.child(node, "value")
  if (functions.has(tree.type(value)) || tree.type(value) === "class") {
    const name = tree.child(value, "name")
    at.define(value, {
      kind: tree.type(value) === "class" ? "class" : "function",
      name,
      called: name < 0 ? "default" : undefined,
      body: tree.child(value, "body"),
      from: node,
    })
  } else at.exported.add(tree.source(value < 0 ? tree.childOfType(node, "identifier") : value))
}
