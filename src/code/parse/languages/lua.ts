import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { longValue, unquoted } from "../nodes.ts"

export const lua: Language = {
  id: "lua",
  name: "Lua",
  extensions: [".lua", ".rockspec"],
  shebangs: ["lua", "luajit"],
  grammar: "@tree-sitter-grammars/tree-sitter-lua/tree-sitter-lua.wasm",
  comments: ["comment"],
  names: ["identifier"],
  rules: {
    function_declaration(at, node) {
      const { tree } = at
      const isLocal = /^local\b/.test(at.text.slice(tree.start[node], (tree.start[node] ?? 0) + 6))
      functionNamed(at, node, tree.child(node, "name"), tree.child(node, "body"), node, !isLocal)
    },
    assignment_statement: assignment,
    field(at, node) {
      const { tree } = at
      const value = tree.child(node, "value")
      const name = tree.child(node, "name")
      if (tree.source(name) === "__index" && tree.type(value) === "identifier") at.refer("inherit", value)
      if (tree.type(value) !== "function_definition") at.claim(name)
      else at.define(node, { kind: "method", name, body: tree.child(value, "body"), isExported: "inherit" })
    },
    function_call(at, node) {
      const { tree } = at
      const target = tree.child(node, "name")
      if (tree.source(target) !== "require") callee(at, target)
      else {
        at.claim(target)
        const isNamed = tree.type(tree.parentOf(tree.parentOf(node))) === "assignment_statement"
        if (!isNamed) at.importing(node, required(at, node))
      }
    },
  },
}

/** `a.b.name`, `a:name` or `name`. */
function functionNamed(
  at: Extraction,
  node: number,
  target: number,
  body: number,
  from: number,
  isExported: boolean,
): void {
  const { tree } = at
  const type = tree.type(target)
  if (type === "identifier") {
    at.define(node, { kind: "function", name: target, body, from, isExported })
    return
  }
  const name = tree.child(target, type === "method_index_expression" ? "method" : "field")
  const owner = tree.source(tree.child(target, "table")).split(/[.:]/)
  if (name < 0 || tree.type(name) !== "identifier") return
  at.define(node, { kind: "method", name, body, from, owner, isExported: "inherit" })
}

function assignment(at: Extraction, node: number): void {
  const { tree } = at
  const names = tree.children(tree.childOfType(node, "variable_list"), "name")
  const values = tree.children(tree.childOfType(node, "expression_list"), "value")
  const up = tree.parentOf(node)
  const isLocal = tree.type(up) === "variable_declaration"
  const from = isLocal ? up : node
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? -1
    const module = tree.type(value) === "function_call" ? required(at, value) : ""
    if (module !== "") {
      at.importing(node, module, [{ name: "*", alias: tree.source(name) }])
      at.claim(name)
    } else if (tree.type(value) === "function_definition") {
      functionNamed(at, node, name, tree.child(value, "body"), from, !isLocal)
    } else if (at.scope.kind === "scope" && tree.type(name) === "identifier" && !at.memo.has(tree.source(name))) {
      at.memo.set(tree.source(name), node)
      const kind = /^[A-Z][A-Z0-9_]+$/.test(tree.source(name)) ? "constant" : "variable"
      at.define(node, {
        kind,
        name,
        from,
        body: longValue(at, value),
        isExported: !isLocal,
        isScope: names.length === 1,
      })
    } else if (isMember(at, name, value)) {
      const field = tree.child(name, "field")
      const owner = tree.source(tree.child(name, "table")).split(".")
      const body = tree.type(value) === "table_constructor" ? value : longValue(at, value)
      at.define(node, { kind: "property", name: field, from, owner, body, isExported: "inherit" })
    }
  }
}

/** `M.api = { … }`, whose functions are found by it, and `M.version = "1"` of a table made in this file. */
function isMember(at: Extraction, target: number, value: number): boolean {
  const { tree } = at
  if (tree.type(target) !== "dot_index_expression") return false
  if (tree.type(value) === "table_constructor") return true
  const isOwn = at.scope.kind === "scope" && at.memo.has(tree.source(tree.child(target, "table")))
  return isOwn && !tree.source(tree.child(target, "field")).startsWith("__")
}

/** The module of `require("…")`, "" for another call. */
function required(at: Extraction, call: number): string {
  const { tree } = at
  if (tree.source(tree.child(call, "name")) !== "require") return ""
  const list = tree.child(call, "arguments")
  const argument = tree.type(list) === "arguments" ? tree.firstChild(list) : list
  return tree.type(argument) === "string" ? unquoted(tree.source(argument)) : ""
}

function callee(at: Extraction, target: number): void {
  const { tree } = at
  const type = tree.type(target)
  if (type === "identifier") at.refer("call", target)
  else if (type === "dot_index_expression" || type === "method_index_expression") {
    const name = tree.child(target, type === "dot_index_expression" ? "field" : "method")
    at.refer("call", name, at.qualifier(tree.child(target, "table")))
  }
}
