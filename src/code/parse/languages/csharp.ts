import type { SymbolKind } from "../../types.ts"
import type { Extraction, Rule } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart, longValue } from "../nodes.ts"

const declaration =
  (kind: SymbolKind): Rule =>
  (at, node) =>
    defined(at, node, kind)

export const csharp: Language = {
  id: "csharp",
  name: "C#",
  extensions: [".cs", ".csx"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-c-sharp.wasm",
  hasInnerAttributes: true,
  comments: ["comment"],
  rules: {
    using_directive(at, node) {
      const { tree } = at
      const alias = tree.child(node, "name")
      const target = tree.source(tree.children(node).find((child) => child !== alias) ?? -1)
      at.importing(node, target, [{ name: "*", alias: tree.source(alias) }])
      claimAll(at, node)
    },
    namespace_declaration: declaration("module"),
    file_scoped_namespace_declaration(at, node) {
      // It stands beside what is in it: its names are those of the whole file.
      const name = at.tree.child(node, "name")
      claimAll(at, name)
      at.enter(at.tree.parentOf(node), [at.tree.source(name)], "scope")
    },
    class_declaration: declaration("class"),
    record_declaration: declaration("class"),
    struct_declaration: declaration("struct"),
    record_struct_declaration: declaration("struct"),
    interface_declaration: declaration("interface"),
    enum_declaration: declaration("enum"),
    enum_member_declaration: declaration("constant"),
    delegate_declaration: declaration("type"),
    method_declaration: declaration("method"),
    constructor_declaration: declaration("constructor"),
    destructor_declaration(at, node) {
      const name = at.tree.child(node, "name")
      at.define(node, {
        kind: "method",
        name,
        called: `~${at.tree.source(name)}`,
        body: bodyOf(at, node),
        isExported: false,
      })
    },
    property_declaration: declaration("property"),
    event_declaration: declaration("property"),
    indexer_declaration(at, node) {
      const body = bodyOf(at, node)
      at.define(node, { kind: "property", name: -1, called: "this[]", body, isExported: visible(at, node) })
    },
    operator_declaration(at, node) {
      const sign = /operator\s*([^\s(]+)/.exec(at.tree.source(node).slice(0, 300))?.[1] ?? ""
      const body = bodyOf(at, node)
      at.define(node, { kind: "method", name: -1, called: `operator ${sign}`, body, isExported: visible(at, node) })
    },
    local_function_statement(at, node) {
      at.define(node, {
        kind: "function",
        name: at.tree.child(node, "name"),
        body: bodyOf(at, node),
        isExported: false,
      })
    },
    variable_declarator(at, node) {
      const { tree } = at
      const variable = tree.parentOf(node)
      const field = tree.parentOf(variable)
      if (!/^(event_)?field_declaration$/.test(tree.type(field))) return
      const isConstant = modifiers(at, field).includes("const")
      const isFirst = tree.childOfType(variable, "variable_declarator") === node
      at.define(node, {
        kind: isConstant ? "constant" : "property",
        name: tree.child(node, "name"),
        from: isFirst ? field : node,
        body: longValue(at, tree.lastChild(node)),
        isExported: visible(at, field),
      })
    },
    base_list(at, node) {
      for (const base of at.tree.children(node)) typeReference(at, base, "inherit")
    },
    invocation_expression: (at, node) => callee(at, at.tree.child(node, "function")),
    object_creation_expression: (at, node) => typeReference(at, at.tree.child(node, "type"), "call"),
    attribute: (at, node) => typeReference(at, at.tree.child(node, "name"), "use"),
    member_access_expression: (at, node) => at.claim(at.tree.child(node, "name")),
    parameter(at, node) {
      const { tree } = at
      const name = tree.child(node, "name")
      // Those of a record are its properties.
      const isOfRecord = tree.type(tree.parentOf(tree.parentOf(node))).startsWith("record")
      if (isOfRecord) at.define(node, { kind: "property", name, isScope: false, isExported: "inherit" })
      else at.claim(name)
    },
    type_parameter: (at, node) => at.claim(at.tree.child(node, "name")),
    generic_name(at, node) {
      // One that is called was taken by its call.
      if (at.tree.type(at.tree.parentOf(node)) !== "member_access_expression")
        at.refer("type", at.tree.firstChild(node))
    },
    qualified_name: (at, node) => typeReference(at, node, "type"),
    identifier(at, node) {
      const { tree } = at
      if (tree.field[node] === tree.fieldIds.get("type") || tree.field[node] === tree.fieldIds.get("returns")) {
        if ((tree.end[node] ?? 0) - (tree.start[node] ?? 0) > 1) at.refer("type", node)
      } else if (/^(type_argument_list|nullable_type|array_type)$/.test(tree.type(tree.parentOf(node)))) {
        if ((tree.end[node] ?? 0) - (tree.start[node] ?? 0) > 1) at.refer("type", node)
      } else at.looseName(at, node)
    },
  },
}

function modifiers(at: Extraction, node: number): string[] {
  return at.tree
    .children(node)
    .filter((child) => at.tree.type(child) === "modifier")
    .map((child) => at.tree.source(child))
}

/** Seen outside its type; members of an interface and types of a namespace are unless they say otherwise. */
function visible(at: Extraction, node: number): boolean | "inherit" {
  const said = modifiers(at, node)
  if (said.includes("private")) return false
  const isOpen = /^(scope|module|interface|enum)$/.test(at.scope.kind)
  return isOpen || said.some((word) => /^(public|protected|internal)$/.test(word)) ? "inherit" : false
}

function bodyOf(at: Extraction, node: number): number {
  const { tree } = at
  const body = tree.child(node, "body")
  if (body >= 0) return body
  const accessors = tree.child(node, "accessors")
  return accessors >= 0 ? accessors : tree.childOfType(node, "arrow_expression_clause")
}

function defined(at: Extraction, node: number, kind: SymbolKind): void {
  at.define(node, { kind, name: at.tree.child(node, "name"), body: bodyOf(at, node), isExported: visible(at, node) })
}

function typeReference(at: Extraction, node: number, kind: "inherit" | "type" | "call" | "use"): void {
  const { tree } = at
  const type = tree.type(node)
  if (type === "identifier") at.refer(kind, node)
  else if (type === "generic_name" || type === "primary_constructor_base_type")
    typeReference(at, tree.firstChild(node), kind)
  else if (type === "qualified_name") {
    const name = tree.child(node, "name")
    const last = tree.type(name) === "generic_name" ? tree.firstChild(name) : name
    at.refer(kind, last, at.qualifier(tree.child(node, "qualifier")))
    claimAll(at, tree.child(node, "qualifier"))
  }
}

function callee(at: Extraction, target: number): void {
  const { tree } = at
  switch (tree.type(target)) {
    case "identifier":
      if (tree.source(target) === "nameof") at.claim(target)
      else at.refer("call", target)
      break
    case "generic_name":
      at.refer("call", tree.firstChild(target))
      break
    case "member_access_expression": {
      const name = tree.child(target, "name")
      // `this.x()`: the grammar keeps `this` as a token.
      const object = tree.child(target, "expression")
      const qualifier =
        object < 0 ? lastPart(at.text.slice(tree.start[target], (tree.start[name] ?? 1) - 1)) : at.qualifier(object)
      at.refer("call", tree.type(name) === "generic_name" ? tree.firstChild(name) : name, qualifier)
      break
    }
    case "conditional_access_expression":
      callee(at, tree.lastChild(target))
      break
    case "member_binding_expression":
      at.refer("call", tree.child(target, "name"), "…")
  }
}
