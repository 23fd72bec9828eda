import type { SymbolKind } from "../../types.ts"
import type { Extraction, Rule } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart, longValue, soleIn } from "../nodes.ts"

const type =
  (kind: SymbolKind): Rule =>
  (at, node) =>
    defined(at, node, kind)

export const java: Language = {
  id: "java",
  name: "Java",
  extensions: [".java"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-java.wasm",
  hasInnerAttributes: true,
  comments: ["line_comment", "block_comment"],
  names: ["identifier"],
  rules: {
    package_declaration: (at, node) => claimAll(at, node),
    import_declaration(at, node) {
      const { tree, text } = at
      const path = tree.source(tree.firstChild(node))
      const isStatic = /^import\s+static\b/.test(text.slice(tree.start[node], (tree.start[node] ?? 0) + 20))
      const isAll = tree.childOfType(node, "asterisk") >= 0
      const name = isAll ? "*" : lastPart(path)
      const module = isStatic && !isAll ? path.slice(0, -name.length - 1) : path
      at.importing(node, module, [{ name, alias: isAll ? "" : name }])
      claimAll(at, node)
    },
    class_declaration: type("class"),
    record_declaration: type("class"),
    interface_declaration: type("interface"),
    annotation_type_declaration: type("interface"),
    enum_declaration: type("enum"),
    enum_constant: (at, node) => defined(at, node, "constant"),
    method_declaration: (at, node) => defined(at, node, "method"),
    annotation_type_element_declaration: (at, node) => defined(at, node, "method"),
    constructor_declaration: (at, node) => defined(at, node, "constructor"),
    compact_constructor_declaration: (at, node) => defined(at, node, "constructor"),
    variable_declarator(at, node) {
      const { tree } = at
      const up = tree.parentOf(node)
      const isConstant = tree.type(up) === "constant_declaration"
      if (!isConstant && tree.type(up) !== "field_declaration") return
      const modifiers = modifiersOf(at, up)
      const kind = isConstant || (/\bstatic\b/.test(modifiers) && /\bfinal\b/.test(modifiers)) ? "constant" : "property"
      const isFirst = tree.child(up, "declarator") === node
      at.define(node, {
        kind,
        name: tree.child(node, "name"),
        from: isFirst ? up : soleIn(at, node, "field_declaration"),
        body: longValue(at, tree.child(node, "value")),
        isExported: visible(at, modifiers),
      })
    },
    superclass: inherit,
    super_interfaces: inherit,
    extends_interfaces: inherit,
    method_invocation(at, node) {
      at.refer("call", at.tree.child(node, "name"), at.qualifier(at.tree.child(node, "object")))
    },
    method_reference(at, node) {
      const { tree } = at
      const name = tree.lastChild(node)
      if (tree.type(name) === "identifier" && name !== tree.firstChild(node)) {
        at.refer("call", name, at.qualifier(tree.firstChild(node)))
      }
    },
    object_creation_expression: (at, node) => typeReference(at, at.tree.child(node, "type"), "call"),
    annotation: (at, node) => at.refer("use", at.tree.child(node, "name")),
    marker_annotation: (at, node) => at.refer("use", at.tree.child(node, "name")),
    element_value_pair: (at, node) => at.claim(at.tree.child(node, "key")),
    type_parameter: (at, node) => at.claim(at.tree.firstChild(node)),
    scoped_type_identifier: (at, node) => typeReference(at, node, "type"),
    type_identifier(at, node) {
      if ((at.tree.end[node] ?? 0) - (at.tree.start[node] ?? 0) > 1) at.refer("type", node)
    },
  },
}

const modifiersOf = (at: Extraction, node: number) => at.tree.source(at.tree.childOfType(node, "modifiers"))

/** Seen from other packages; members of an interface are unless they say otherwise. */
function visible(at: Extraction, modifiers: string): boolean | "inherit" {
  if (/\bprivate\b/.test(modifiers)) return false
  return /\b(public|protected)\b/.test(modifiers) || at.scope.kind === "interface" ? "inherit" : false
}

function defined(at: Extraction, node: number, kind: SymbolKind): void {
  const { tree } = at
  const isExported = kind === "constant" ? "inherit" : visible(at, modifiersOf(at, node))
  at.define(node, { kind, name: tree.child(node, "name"), body: tree.child(node, "body"), isExported })
}

function inherit(at: Extraction, node: number): void {
  for (const child of at.tree.children(node)) {
    if (at.tree.type(child) === "type_list") inherit(at, child)
    else typeReference(at, child, "inherit")
  }
}

function typeReference(at: Extraction, node: number, kind: "inherit" | "type" | "call"): void {
  const { tree } = at
  if (tree.type(node) === "type_identifier") at.refer(kind, node)
  else if (tree.type(node) === "generic_type") typeReference(at, tree.firstChild(node), kind)
  else if (tree.type(node) === "scoped_type_identifier") {
    const name = tree.lastChild(node)
    at.refer(kind, name, at.qualifier(tree.firstChild(node)))
    claimAll(at, tree.firstChild(node))
  }
}
