import { cleanDocString } from "../doc-comment.ts"
import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { signatureOf } from "../signature.ts"

export const python: Language = {
  id: "python",
  name: "Python",
  extensions: [".py", ".pyi", ".pyw"],
  fileNames: ["SConstruct", "SConscript", "wscript"],
  shebangs: ["python", "pypy"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm",
  comments: ["comment"],
  names: ["identifier"],
  rules: {
    function_definition(at, node) {
      const { tree } = at
      const name = tree.child(node, "name")
      const called = tree.source(name)
      const inClass = at.scope.kind === "class"
      at.define(node, {
        kind: called === "__init__" ? "constructor" : inClass ? "method" : "function",
        name,
        ...declared(at, node),
        isExported: isPublic(called) && (inClass ? "inherit" : at.scope.kind === "scope"),
      })
    },
    class_definition(at, node) {
      const name = at.tree.child(node, "name")
      at.define(node, {
        kind: "class",
        name,
        ...declared(at, node),
        isExported: isPublic(at.tree.source(name)) && (at.scope.kind === "function" ? false : "inherit"),
      })
      for (const base of at.tree.children(at.tree.child(node, "superclasses"))) inherited(at, base)
    },
    assignment,
    type_alias_statement(at, node) {
      const name = at.tree.firstChild(at.tree.child(node, "left"))
      if (at.tree.type(name) === "identifier") at.define(node, { kind: "type", name, isExported: "inherit" })
    },
    import_statement(at, node) {
      for (const part of at.tree.children(node, "name")) {
        const { name, alias } = imported(at, part)
        at.importing(node, name, [{ name: "*", alias: alias === "" ? name : alias }])
      }
    },
    import_from_statement: fromImport,
    future_import_statement: fromImport,
    call: (at, node) => callee(at, at.tree.child(node, "function")),
    decorator(at, node) {
      const target = at.tree.firstChild(node)
      if (at.tree.type(target) !== "call") callee(at, target)
    },
    type(at, node) {
      const { tree } = at
      for (let n = node + 1; n < (tree.after[node] ?? 0); n++) {
        const type = tree.type(n)
        if (type === "attribute") {
          at.refer("type", tree.child(n, "attribute"), at.qualifier(tree.child(n, "object")))
          n = (tree.after[n] ?? n) - 1
        } else if (type === "identifier" && !builtInTypes.has(tree.source(n))) at.refer("type", n)
        else if (type === "identifier") at.claim(n)
      }
    },
    keyword_argument: (at, node) => at.claim(at.tree.child(node, "name")),
    attribute: (at, node) => at.claim(at.tree.child(node, "attribute")),
  },
}

const builtInTypes = new Set("int str float bool bytes object dict list set tuple type complex None Any".split(" "))

/** One leading underscore makes a name private; `__init__` and its like are part of the interface. */
const isPublic = (name: string) => !name.startsWith("_") || (name.startsWith("__") && name.endsWith("__"))

function declared(at: Extraction, node: number) {
  const { tree } = at
  const body = tree.child(node, "body")
  const up = tree.parentOf(node)
  const statement = tree.firstChild(body)
  const literal = tree.type(statement) === "expression_statement" ? tree.firstChild(statement) : statement
  const isDoc = tree.type(literal) === "string"
  // A comment may stand between the colon and the body.
  const last = ["return_type", "parameters", "superclasses", "type_parameters", "name"]
    .map((field) => tree.child(node, field))
    .find((part) => part >= 0)
  return {
    body,
    signature: signatureOf(at.text, tree.start[node] ?? 0, tree.end[last ?? node] ?? 0, false),
    from: tree.type(up) === "decorated_definition" ? up : node,
    doc: isDoc ? cleanDocString(tree.source(literal)) : undefined,
  }
}

function inherited(at: Extraction, base: number): void {
  const { tree } = at
  const type = tree.type(base)
  if (type === "identifier") at.refer("inherit", base)
  else if (type === "attribute")
    at.refer("inherit", tree.child(base, "attribute"), at.qualifier(tree.child(base, "object")))
  // `Generic[T]`
  else if (type === "subscript") inherited(at, tree.child(base, "value"))
}

function assignment(at: Extraction, node: number): void {
  const { tree } = at
  const left = tree.child(node, "left")
  const { kind } = at.scope
  if (kind === "constructor" && tree.type(left) === "attribute" && tree.source(tree.child(left, "object")) === "self") {
    const name = tree.child(left, "attribute")
    const path = at.scope.path.slice(0, -1)
    once(at, node, name, { kind: "property", path, isScope: false })
    return
  }
  if (kind !== "scope" && kind !== "class") return
  if (kind === "scope" && tree.source(left) === "__all__") {
    for (const entry of tree.children(tree.child(node, "right"))) at.exported.add(cleanDocString(tree.source(entry)))
  }
  const names =
    tree.type(left) === "identifier" ? [left] : tree.type(left) === "pattern_list" ? tree.children(left) : []
  for (const name of names) {
    if (tree.type(name) !== "identifier") continue
    const isConstant = /^_*[A-Z][A-Z0-9_]*$/.test(tree.source(name))
    once(at, node, name, {
      kind: kind === "class" ? "property" : isConstant ? "constant" : "variable",
      isScope: names.length === 1,
    })
  }
}

interface AssignedFacts {
  readonly kind: "property" | "constant" | "variable"
  readonly path?: readonly string[]
  readonly isScope: boolean
}

/** Only a name's first assignment in a scope defines it. */
function once(at: Extraction, node: number, name: number, facts: AssignedFacts): void {
  const called = at.tree.source(name)
  const key = `${(facts.path ?? at.scope.path).join(".")}:${called}`
  if (at.memo.has(key)) return
  at.memo.set(key, name)
  const statement = at.tree.parentOf(node)
  const right = at.tree.child(node, "right")
  const isLong = right >= 0 && at.startLine(right) !== at.endLine(right)
  at.define(node, {
    ...facts,
    name,
    from: at.tree.type(statement) === "expression_statement" ? statement : node,
    body: isLong ? right : -1,
    isExported: isPublic(called) && "inherit",
  })
}

function imported(at: Extraction, part: number): { name: string; alias: string } {
  const { tree } = at
  const isAliased = tree.type(part) === "aliased_import"
  const name = isAliased ? tree.child(part, "name") : part
  const alias = isAliased ? tree.child(part, "alias") : -1
  for (let n = part; n < (tree.after[part] ?? 0); n++) at.claim(n)
  return { name: tree.source(name), alias: tree.source(alias) }
}

function fromImport(at: Extraction, node: number): void {
  const { tree } = at
  const module = tree.child(node, "module_name")
  for (let n = module; n >= 0 && n < (tree.after[module] ?? 0); n++) at.claim(n)
  const names = tree.children(node, "name").map((part) => {
    const { name, alias } = imported(at, part)
    return { name, alias: alias === "" ? name : alias }
  })
  if (tree.childOfType(node, "wildcard_import") >= 0) names.push({ name: "*", alias: "" })
  at.importing(node, module < 0 ? "__future__" : tree.source(module), names)
}

function callee(at: Extraction, target: number): void {
  const { tree } = at
  if (tree.type(target) === "identifier") at.refer("call", target)
  else if (tree.type(target) === "attribute") {
    at.refer("call", tree.child(target, "attribute"), at.qualifier(tree.child(target, "object")))
  }
}
