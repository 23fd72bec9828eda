import type { FlatTree } from "../../parse/flat-tree.ts"
import { unquoted } from "../../parse/nodes.ts"
import type { Family } from "./rule.ts"
import { fields, type Shape } from "./shapes.ts"

/** First child by any of these fields, -1 where there is none. */
export function childBy(tree: FlatTree, node: number, names: readonly string[]): number {
  for (const name of names) {
    const child = tree.child(node, name)
    if (child >= 0) return child
  }
  return -1
}

/** Text of a string literal; undefined where it has holes or is none. */
export function literalText(tree: FlatTree, node: number): string | undefined {
  const source = tree.source(node)
  const found = /^(?:[@$]*|[bruBRU]{0,2}|c)(#*"""|#*"|'''|'|`)([\s\S]*)\1$/.exec(source)
  return found?.[2] ?? unquoted(source)
}

/** Local names by what they were imported as: `exec` -> `child_process.exec`. */
export type Imports = ReadonlyMap<string, string>

/** What the file's import statements give names to. Only of languages whose names can be anything. */
export function importsIn(tree: FlatTree, family: Family): Imports {
  const found = new Map<string, string>()
  if (family !== "js" && family !== "python" && family !== "go") return found
  for (let node = 0; node < tree.count; node++) {
    const type = tree.type(node)
    if (family === "js" && type === "import_statement") importOfScript(tree, node, found)
    else if (family === "js" && type === "variable_declarator") requireOf(tree, node, found)
    else if (family === "python" && type === "import_statement") {
      for (const name of tree.children(node, "name")) {
        const alias = tree.child(name, "alias")
        if (alias >= 0) found.set(tree.source(alias), tree.source(tree.child(name, "name")))
      }
    } else if (family === "python" && type === "import_from_statement") {
      const module = tree.source(tree.child(node, "module_name"))
      for (const name of tree.children(node, "name")) {
        const alias = tree.child(name, "alias")
        const written = alias >= 0 ? tree.source(tree.child(name, "name")) : tree.source(name)
        found.set(alias >= 0 ? tree.source(alias) : written, `${module}.${written}`)
      }
    } else if (family === "go" && type === "import_spec") {
      const alias = tree.child(node, "name")
      const path = literalText(tree, tree.child(node, "path")) ?? ""
      if (path === "math/rand" || path === "math/rand/v2")
        found.set(alias >= 0 ? tree.source(alias) : "rand", "math.rand")
      else if (path === "text/template") found.set(alias >= 0 ? tree.source(alias) : "template", "text.template")
      else if (alias >= 0) found.set(tree.source(alias), path.slice(path.lastIndexOf("/") + 1))
    }
  }
  return found
}

const moduleName = (written: string) => written.replace(/^node:/, "").replaceAll("/", ".")

function importOfScript(tree: FlatTree, node: number, found: Map<string, string>): void {
  const module = moduleName(literalText(tree, tree.child(node, "source")) ?? "")
  const clause = tree.childOfType(node, "import_clause")
  for (const child of tree.children(clause)) {
    const type = tree.type(child)
    if (type === "identifier") found.set(tree.source(child), module)
    else if (type === "namespace_import") found.set(tree.source(tree.firstChild(child)), module)
    else if (type === "named_imports") {
      for (const specifier of tree.children(child)) {
        const name = tree.source(tree.child(specifier, "name"))
        const alias = tree.child(specifier, "alias")
        found.set(alias >= 0 ? tree.source(alias) : name, `${module}.${name}`)
      }
    }
  }
}

/** `const { exec } = require("child_process")` */
function requireOf(tree: FlatTree, node: number, found: Map<string, string>): void {
  const value = tree.child(node, "value")
  const required = /^(?:await\s+import|require)\s*\(\s*["']([^"']+)["']\s*\)(?:\.(\w+))?$/.exec(
    tree.end[value] === undefined || (tree.end[value] ?? 0) - (tree.start[value] ?? 0) > 200 ? "" : tree.source(value),
  )
  if (!required?.[1]) return
  const module = moduleName(required[1]) + (required[2] ? `.${required[2]}` : "")
  const name = tree.child(node, "name")
  if (tree.type(name) === "identifier") found.set(tree.source(name), module)
  for (const part of tree.type(name) === "object_pattern" ? tree.children(name) : []) {
    if (tree.type(part) === "shorthand_property_identifier_pattern") {
      found.set(tree.source(part), `${module}.${tree.source(part)}`)
    } else if (tree.type(part) === "pair_pattern") {
      found.set(tree.source(tree.child(part, "value")), `${module}.${tree.source(tree.child(part, "key"))}`)
    }
  }
}

const longestPath = 300

/**
 * The dotted name of an expression: `a.b(c).d["e"]` is `a.b.d.e`; "" for what has none. `known` gives what a local name
 * stands for.
 */
export function pathOf(
  tree: FlatTree,
  node: number,
  shapes: readonly Shape[],
  known: (name: string) => string | undefined,
): string {
  if (node < 0) return ""
  const shape = shapes[tree.kind[node] ?? 0]
  switch (shape) {
    case "name": {
      const name = tree.source(node)
      return name.length > longestPath ? "" : (known(name) ?? name)
    }
    case "member": {
      const object = pathOf(tree, childBy(tree, node, fields.object), shapes, known)
      const name = tree.source(childBy(tree, node, fields.member))
      // `value` is object and member alike in no grammar, so a second child by the same field is the name.
      return object === "" || name.length > longestPath ? (object === "" ? `?.${name}` : object) : `${object}.${name}`
    }
    case "index": {
      const object = childBy(tree, node, fields.object)
      const base = pathOf(tree, object >= 0 ? object : tree.firstChild(node), shapes, known)
      const key = tree.lastChild(node)
      const text = /^[["':]*([\w-]{1,60})["'\]]*$/.exec(tree.source(key))?.[1]
      return base === "" ? "" : `${base}.${text ?? "[]"}`
    }
    case "call":
      return calleePath(tree, node, shapes, known).replace(/^new /, "")
    default: {
      const type = tree.type(node)
      if (type === "name" || type === "predefined_type" || type === "package_identifier" || type === "constant") {
        return tree.source(node)
      }
      if (
        type === "generic_type" ||
        type === "generic_name" ||
        type === "qualified_type" ||
        type === "generic_function"
      )
        return tree
          .source(node)
          .replace(/<[\s\S]*$/, "")
          .replaceAll("::", ".")
      if (transparent.has(type)) return pathOf(tree, tree.lastChild(node), shapes, known)
      if (type === "as_expression" || type === "satisfies_expression")
        return pathOf(tree, tree.firstChild(node), shapes, known)
      if (type === "template_type" || type === "scoped_type_identifier" || type === "namespace_identifier")
        return tree.source(node)
      return ""
    }
  }
}

/** What stands for what it holds. */
export const transparent: ReadonlySet<string> = new Set([
  "parenthesized_expression",
  "await_expression",
  "await",
  "non_null_expression",
  "try_expression",
  "reference_expression",
  "unary_expression",
  "pointer_expression",
  "cast_expression",
])

/** The dotted name of what is called; "new X" where it is made. */
export function calleePath(
  tree: FlatTree,
  node: number,
  shapes: readonly Shape[],
  known: (name: string) => string | undefined,
): string {
  const type = tree.type(node)
  const isNew = type === "new_expression" || type === "object_creation_expression"
  const receiver = childBy(tree, node, fields.receiver)
  const method = childBy(tree, node, fields.method)
  let path: string
  if (method >= 0 && !isNew) {
    const name = tree.source(method)
    const before = receiver >= 0 ? pathOf(tree, receiver, shapes, known) : ""
    path = receiver < 0 ? (known(name) ?? name) : `${before === "" ? "?" : before}.${name}`
  } else {
    const callee = childBy(tree, node, fields.callee)
    path = pathOf(tree, callee >= 0 ? callee : tree.firstChild(node), shapes, known)
  }
  path = path.replaceAll("::", ".").replaceAll("\\", ".").replace(/^\./, "")
  return isNew ? `new ${path}` : path
}
