import type { Extraction, Rule } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, longValue } from "../nodes.ts"
import {
  classField,
  ecmascriptNames,
  ecmascriptRules,
  inherited,
  named,
  outermost,
  propertyName,
} from "./ecmascript.ts"

const typescriptRules: Readonly<Record<string, Rule>> = {
  ...ecmascriptRules,
  function_signature: (at, node) => named(at, node, "function"),
  abstract_class_declaration: (at, node) => named(at, node, "class"),
  interface_declaration: (at, node) => named(at, node, "interface"),
  enum_declaration: (at, node) => named(at, node, "enum"),
  enum_assignment: (at, node) => enumMember(at, node, at.tree.child(node, "name")),
  property_identifier(at, node) {
    if (at.scope.kind === "enum" && at.tree.type(at.tree.parentOf(node)) === "enum_body") enumMember(at, node, node)
  },
  type_alias_declaration(at, node) {
    const { tree } = at
    const [from, isExported] = outermost(at, node)
    const body = longValue(at, tree.child(node, "value"))
    at.define(node, { kind: "type", name: tree.child(node, "name"), body, from, isExported })
  },
  internal_module: namespace,
  module: namespace,
  public_field_definition: (at, node) => classField(at, node, at.tree.child(node, "name")),
  abstract_method_signature: (at, node) => member(at, node, "method"),
  method_signature: (at, node) => member(at, node, "method"),
  property_signature: (at, node) => member(at, node, "property"),
  extends_type_clause(at, node) {
    for (const child of at.tree.children(node)) inherited(at, child)
  },
  type_parameter: (at, node) => at.claim(at.tree.child(node, "name")),
  nested_type_identifier(at, node) {
    at.refer("type", at.tree.child(node, "name"), at.qualifier(at.tree.child(node, "module")))
  },
  type_identifier(at, node) {
    // A single letter is a type parameter.
    if ((at.tree.end[node] ?? 0) - (at.tree.start[node] ?? 0) > 1) at.refer("type", node)
  },
}

function enumMember(at: Extraction, node: number, name: number): void {
  at.define(node, { kind: "constant", name, called: propertyName(at, name), isExported: "inherit" })
}

/** Members of an interface or of a type's outermost object; those of types written in passing are not worth finding. */
function member(at: Extraction, node: number, kind: "method" | "property"): void {
  const { tree } = at
  const body = tree.parentOf(node)
  const bodyType = tree.type(body)
  const isOwn = bodyType === "interface_body" || bodyType === "class_body"
  if (!isOwn && tree.type(tree.parentOf(body)) !== "type_alias_declaration") return
  const name = tree.child(node, "name")
  at.define(node, { kind, name, called: propertyName(at, name), isExported: "inherit" })
}

function namespace(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  if (name < 0) return
  claimAll(at, name)
  const up = tree.parentOf(node)
  const [from, isExported] = outermost(at, tree.type(up) === "expression_statement" ? up : node)
  at.define(node, {
    kind: "module",
    name,
    called: propertyName(at, name),
    body: tree.child(node, "body"),
    from,
    isExported,
  })
}

export const typescript: Language = {
  id: "typescript",
  name: "TypeScript",
  extensions: [".ts", ".mts", ".cts"],
  shebangs: ["ts-node", "tsx", "deno", "bun"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm",
  rules: typescriptRules,
  hasInnerAttributes: true,
  comments: ["comment"],
  names: ecmascriptNames,
}

export const tsx: Language = {
  id: "tsx",
  name: "TSX",
  extensions: [".tsx"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm",
  rules: typescriptRules,
  hasInnerAttributes: true,
  comments: ["comment"],
  names: ecmascriptNames,
}
