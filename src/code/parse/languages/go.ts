import type { SymbolKind } from "../../types.ts"
import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart, longValue, soleIn, unquoted } from "../nodes.ts"

export const go: Language = {
  id: "go",
  name: "Go",
  extensions: [".go"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm",
  comments: ["comment"],
  names: ["identifier"],
  rules: {
    package_clause: (at, node) => claimAll(at, node),
    import_spec(at, node) {
      const { tree } = at
      const module = unquoted(tree.source(tree.child(node, "path")))
      const alias = tree.source(tree.child(node, "name"))
      claimAll(at, tree.child(node, "name"))
      const names = alias === "." ? [{ name: "*", alias: "" }] : [{ name: "*", alias: alias || lastPart(module) }]
      at.importing(node, module, alias === "_" ? [] : names)
    },
    function_declaration: (at, node) => defined(at, node, "function"),
    method_declaration(at, node) {
      const receiver = at.tree.child(node, "receiver")
      let type = receiver
      while (type >= 0 && at.tree.type(type) !== "type_identifier" && type < (at.tree.after[receiver] ?? 0)) type++
      defined(at, node, "method", { owner: [at.tree.source(type)] })
    },
    type_spec: typeSpec,
    type_alias: typeSpec,
    const_spec: (at, node) => values(at, node, "constant", "const_declaration"),
    var_spec: (at, node) => values(at, node, "variable", "var_declaration"),
    field_declaration(at, node) {
      const { tree } = at
      const names = tree.children(node, "name")
      if (names.length === 0) embedded(at, tree.child(node, "type"))
      if (at.scope.kind !== "struct") return
      for (const name of names) {
        at.define(node, { kind: "property", name, isExported: isPublic(tree.source(name)), isScope: false })
      }
    },
    method_elem: (at, node) => defined(at, node, "method"),
    type_elem(at, node) {
      if (at.tree.type(at.tree.parentOf(node)) !== "interface_type") return
      for (const type of at.tree.children(node)) embedded(at, type)
    },
    call_expression: (at, node) => callee(at, at.tree.child(node, "function")),
    qualified_type(at, node) {
      at.refer("type", at.tree.child(node, "name"), at.tree.source(at.tree.child(node, "package")))
    },
    type_identifier(at, node) {
      const name = at.tree.source(node)
      if (name.length > 1 && !builtIn.has(name)) at.refer("type", node)
    },
  },
}

const builtIn = new Set(
  (
    "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint " +
    "uint8 uint16 uint32 uint64 uintptr append cap clear close complex copy delete imag len make max min new panic " +
    "print println real recover"
  ).split(" "),
)

const isPublic = (name: string) => /^\p{Lu}/u.test(name)

function defined(at: Extraction, node: number, kind: SymbolKind, more: { owner?: readonly string[] } = {}): void {
  const name = at.tree.child(node, "name")
  const isExported = isPublic(at.tree.source(name))
  at.define(node, { kind, name, body: at.tree.child(node, "body"), isExported, ...more })
}

function typeSpec(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  const type = tree.child(node, "type")
  const kind =
    tree.type(type) === "struct_type" ? "struct" : tree.type(type) === "interface_type" ? "interface" : "type"
  const from = soleIn(at, node, "type_declaration")
  const list = kind === "struct" ? tree.childOfType(type, "field_declaration_list") : type
  const body = kind === "type" ? -1 : tree.firstChild(list)
  at.define(node, { kind, name, from, body, isExported: isPublic(tree.source(name)) })
}

/** Constants and variables of the package; those of functions are not worth finding. */
function values(at: Extraction, node: number, kind: "constant" | "variable", declaration: string): void {
  const { tree } = at
  if (at.scope.kind !== "scope") return
  const names = tree.children(node, "name")
  const from = soleIn(at, node, declaration)
  const body = longValue(at, tree.child(node, "value"))
  for (const name of names) {
    at.define(node, { kind, name, from, body, isExported: isPublic(tree.source(name)), isScope: names.length === 1 })
  }
}

function embedded(at: Extraction, type: number): void {
  const { tree } = at
  if (tree.type(type) === "type_identifier") at.refer("inherit", type)
  else if (tree.type(type) === "qualified_type") {
    at.refer("inherit", tree.child(type, "name"), tree.source(tree.child(type, "package")))
  } else if (/^(pointer|generic)_type$/.test(tree.type(type))) embedded(at, tree.firstChild(type))
}

function callee(at: Extraction, target: number): void {
  const { tree } = at
  const type = tree.type(target)
  if (type === "identifier") {
    if (!builtIn.has(tree.source(target))) at.refer("call", target)
  } else if (type === "selector_expression") {
    at.refer("call", tree.child(target, "field"), at.qualifier(tree.child(target, "operand")))
  } else if (/^(parenthesized_expression|index_expression|type_instantiation_expression)$/.test(type)) {
    callee(at, tree.firstChild(target))
  }
}
