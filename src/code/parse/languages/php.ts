import type { SymbolKind } from "../../types.ts"
import type { Extraction, Rule } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart, longValue, unquoted } from "../nodes.ts"

const declaration =
  (kind: SymbolKind): Rule =>
  (at, node) =>
    defined(at, node, kind)

export const php: Language = {
  id: "php",
  name: "PHP",
  extensions: [".php", ".phtml", ".php5", ".inc"],
  shebangs: ["php"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm",
  hasInnerAttributes: true,
  comments: ["comment"],
  names: ["name"],
  rules: {
    namespace_definition(at, node) {
      const { tree } = at
      const name = tree.child(node, "name")
      const body = tree.child(node, "body")
      claimAll(at, name)
      // Without a body it is about the rest of the file.
      if (body < 0) at.enter(tree.parentOf(node), [tree.source(name)], "scope")
      else if (name >= 0) at.define(node, { kind: "module", name, body })
    },
    namespace_use_declaration: useDeclaration,
    include_expression: include,
    include_once_expression: include,
    require_expression: include,
    require_once_expression: include,
    class_declaration: declaration("class"),
    interface_declaration: declaration("interface"),
    trait_declaration: declaration("trait"),
    enum_declaration: declaration("enum"),
    enum_case: declaration("constant"),
    function_definition: declaration("function"),
    method_declaration(at, node) {
      const isConstructor = at.tree.source(at.tree.child(node, "name")) === "__construct"
      defined(at, node, isConstructor ? "constructor" : "method")
    },
    const_element(at, node) {
      const { tree } = at
      const name = tree.firstChild(node)
      const isExported = visible(at, tree.parentOf(node))
      at.define(node, {
        kind: "constant",
        name,
        from: tree.parentOf(node),
        body: longValue(at, tree.lastChild(node)),
        isExported,
      })
    },
    property_element: (at, node) => property(at, node, at.tree.parentOf(node)),
    property_promotion_parameter: (at, node) => property(at, node, node),
    use_declaration: inherit,
    base_clause: inherit,
    class_interface_clause: inherit,
    function_call_expression(at, node) {
      const { tree } = at
      const target = tree.child(node, "function")
      if (tree.source(target) === "define" && at.scope.kind === "scope") constantCall(at, node)
      else reference(at, target, "call")
    },
    member_call_expression: (at, node) => memberCall(at, node, "object"),
    nullsafe_member_call_expression: (at, node) => memberCall(at, node, "object"),
    scoped_call_expression: (at, node) => memberCall(at, node, "scope"),
    object_creation_expression: (at, node) => reference(at, at.tree.firstChild(node), "call"),
    named_type: (at, node) => reference(at, at.tree.firstChild(node), "type"),
    attribute: (at, node) => reference(at, at.tree.firstChild(node), "use"),
    qualified_name: (at, node) => reference(at, node, "use"),
    variable_name: (at, node) => claimAll(at, node),
    member_access_expression: (at, node) => at.claim(at.tree.child(node, "name")),
  },
}

function visible(at: Extraction, node: number): boolean | "inherit" {
  const modifier = at.tree.source(at.tree.childOfType(node, "visibility_modifier"))
  return modifier === "private" || modifier === "protected" ? false : "inherit"
}

function defined(at: Extraction, node: number, kind: SymbolKind): void {
  const { tree } = at
  const body = tree.child(node, "body")
  at.define(node, { kind, name: tree.child(node, "name"), body, isExported: visible(at, node) })
}

function property(at: Extraction, node: number, from: number): void {
  const { tree } = at
  const variable = tree.child(node, "name")
  const isOwn = node === from
  at.define(node, {
    kind: "property",
    name: tree.firstChild(variable),
    path: isOwn ? at.scope.path.slice(0, -1) : undefined,
    from,
    isScope: !isOwn,
    body: longValue(at, tree.child(node, "default_value")),
    isExported: visible(at, from),
  })
}

/** `define("NAME", …)`. */
function constantCall(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.firstChild(tree.firstChild(tree.child(node, "arguments")))
  at.claim(tree.child(node, "function"))
  if (tree.type(name).includes("string"))
    at.define(node, { kind: "constant", name, called: unquoted(tree.source(name)) })
}

function inherit(at: Extraction, node: number): void {
  for (const child of at.tree.children(node)) reference(at, child, "inherit")
}

function reference(at: Extraction, node: number, kind: "call" | "inherit" | "type" | "use"): void {
  const { tree } = at
  // The class around it, under a name that is none.
  if (/^(self|static|parent)$/.test(tree.source(node))) at.claim(node)
  else if (tree.type(node) === "name") at.refer(kind, node)
  else if (tree.type(node) === "qualified_name") {
    const name = tree.lastChild(node)
    at.refer(kind, name, at.qualifier(tree.child(node, "prefix")))
    claimAll(at, tree.child(node, "prefix"))
  }
}

function memberCall(at: Extraction, node: number, owner: "object" | "scope"): void {
  const name = at.tree.child(node, "name")
  if (at.tree.type(name) === "name") at.refer("call", name, at.qualifier(at.tree.child(node, owner)))
}

function useDeclaration(at: Extraction, node: number): void {
  const { tree } = at
  const group = tree.childOfType(node, "namespace_use_group")
  const prefix = group < 0 ? "" : `${tree.source(tree.childOfType(node, "namespace_name"))}\\`
  for (const clause of tree.children(group < 0 ? node : group)) {
    if (tree.type(clause) !== "namespace_use_clause") continue
    const alias = tree.child(clause, "alias")
    const target = tree.children(clause).find((child) => child !== alias && /name$/.test(tree.type(child))) ?? -1
    const module = prefix + tree.source(target).replace(/^\\/, "")
    const name = lastPart(module)
    at.importing(node, module, [{ name, alias: alias < 0 ? name : tree.source(alias) }])
  }
  claimAll(at, node)
}

/** `require __DIR__ . "/x.php"`: what is written as text is the path. */
function include(at: Extraction, node: number): void {
  const { tree } = at
  for (let n = node + 1; n < (tree.after[node] ?? 0); n++) {
    if (tree.type(n) !== "string_content") continue
    const path = tree.source(n)
    const isOfFolder = tree.source(node).search(/__DIR__|dirname\(__FILE__\)/) >= 0
    at.importing(node, isOfFolder && path.startsWith("/") ? `.${path}` : path)
    return
  }
}
