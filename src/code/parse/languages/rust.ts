import type { SymbolKind } from "../../types.ts"
import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart, longValue } from "../nodes.ts"

export const rust: Language = {
  id: "rust",
  name: "Rust",
  extensions: [".rs"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-rust.wasm",
  comments: ["line_comment", "block_comment"],
  attributes: ["attribute_item"],
  names: ["identifier"],
  rules: {
    function_item: (at, node) => defined(at, node, isType(at) ? "method" : "function"),
    function_signature_item: (at, node) => defined(at, node, isType(at) ? "method" : "function"),
    struct_item: (at, node) => defined(at, node, "struct"),
    union_item: (at, node) => defined(at, node, "struct"),
    enum_item: (at, node) => defined(at, node, "enum"),
    enum_variant: (at, node) => defined(at, node, "constant", "inherit"),
    field_declaration(at, node) {
      if (at.scope.kind === "struct") defined(at, node, "property")
    },
    trait_item(at, node) {
      defined(at, node, "trait")
      for (const bound of at.tree.children(at.tree.child(node, "bounds"))) typeReference(at, bound, "inherit")
    },
    impl_item(at, node) {
      const { tree } = at
      const type = nameIn(at, tree.child(node, "type"))
      const trait = tree.child(node, "trait")
      const body = tree.child(node, "body")
      if (trait >= 0) typeReference(at, trait, "inherit")
      if (body >= 0) at.enter(node, [tree.source(type)], trait >= 0 ? "trait" : "class", true)
    },
    type_item: (at, node) => defined(at, node, "type"),
    associated_type: (at, node) => defined(at, node, "type", "inherit"),
    const_item: (at, node) => value(at, node, "constant"),
    static_item: (at, node) => value(at, node, "variable"),
    macro_definition(at, node) {
      const body = at.tree.childOfType(node, "macro_rule")
      at.define(node, { kind: "macro", name: at.tree.child(node, "name"), body })
    },
    mod_item(at, node) {
      const { tree } = at
      const name = tree.child(node, "name")
      if (tree.child(node, "body") >= 0) defined(at, node, "module")
      else {
        at.claim(name)
        at.importing(node, `self::${tree.source(name)}`, [{ name: "*", alias: tree.source(name) }])
      }
    },
    use_declaration(at, node) {
      const trees = new Map<string, { name: string; alias: string }[]>()
      useTree(at, at.tree.child(node, "argument"), "", trees)
      for (const [module, names] of trees) at.importing(node, module, names)
      claimAll(at, node)
      at.skip(node)
    },
    extern_crate_declaration(at, node) {
      const name = at.tree.source(at.tree.child(node, "name"))
      const alias = at.tree.source(at.tree.child(node, "alias"))
      claimAll(at, node)
      at.importing(node, name, [{ name: "*", alias: alias || name }])
    },
    call_expression: (at, node) => callee(at, at.tree.child(node, "function")),
    macro_invocation: (at, node) => callee(at, at.tree.child(node, "macro")),
    token_tree: tokens,
    scoped_type_identifier: (at, node) => typeReference(at, node, "type"),
    type_identifier(at, node) {
      const name = at.tree.source(node)
      if (name.length > 1 && name !== "Self") at.refer("type", node)
    },
    lifetime: (at, node) => claimAll(at, node),
  },
}

/** Inside an `impl` or a trait. */
const isType = (at: Extraction) => /^(class|trait)$/.test(at.scope.kind)

function defined(at: Extraction, node: number, kind: SymbolKind, exported?: "inherit"): void {
  const { tree } = at
  const isPublic = tree.childOfType(node, "visibility_modifier") >= 0
  const isExported = exported ?? (isPublic || (at.scope.kind === "trait" && "inherit"))
  at.define(node, { kind, name: tree.child(node, "name"), body: tree.child(node, "body"), isExported })
}

function value(at: Extraction, node: number, kind: "constant" | "variable"): void {
  const { tree } = at
  const isPublic = tree.childOfType(node, "visibility_modifier") >= 0
  const body = longValue(at, tree.child(node, "value"))
  const isExported = isPublic || (at.scope.kind === "trait" && "inherit")
  at.define(node, { kind, name: tree.child(node, "name"), body, isExported })
}

/** The name in a type: `Circle` of `&mut shapes::Circle<T>`. */
function nameIn(at: Extraction, type: number): number {
  const { tree } = at
  switch (tree.type(type)) {
    case "scoped_type_identifier":
      return tree.child(type, "name")
    case "generic_type":
    case "reference_type":
    case "pointer_type":
      return nameIn(at, tree.child(type, "type"))
    default:
      return type
  }
}

function typeReference(at: Extraction, type: number, kind: "inherit" | "type"): void {
  const { tree } = at
  if (tree.type(type) === "type_identifier") at.refer(kind, type)
  else if (tree.type(type) === "generic_type") typeReference(at, tree.child(type, "type"), kind)
  else if (tree.type(type) === "scoped_type_identifier") {
    at.refer(kind, tree.child(type, "name"), at.qualifier(tree.child(type, "path")))
  }
}

function callee(at: Extraction, target: number): void {
  const { tree } = at
  const type = tree.type(target)
  if (type === "identifier") at.refer("call", target)
  else if (type === "scoped_identifier") {
    at.refer("call", tree.child(target, "name"), at.qualifier(tree.child(target, "path")))
  } else if (type === "field_expression") {
    at.refer("call", tree.child(target, "field"), at.qualifier(tree.child(target, "value")))
  } else if (type === "generic_function") callee(at, tree.child(target, "function"))
}

/** The arguments of a macro are tokens; a name before a bracket is a call all the same. */
function tokens(at: Extraction, node: number): void {
  const { tree, text } = at
  for (const child of tree.children(node)) {
    const next = tree.after[child] ?? 0
    if (tree.type(child) !== "identifier" || tree.type(next) !== "token_tree" || tree.parentOf(next) !== node) continue
    if (text[tree.start[next] ?? 0] !== "(" || tree.start[next] !== tree.end[child]) continue
    const before = text[(tree.start[child] ?? 0) - 1]
    at.refer("call", child, before === "." || before === ":" ? "…" : "")
  }
}

function useTree(
  at: Extraction,
  node: number,
  prefix: string,
  trees: Map<string, { name: string; alias: string }[]>,
): void {
  const { tree } = at
  const add = (path: string, alias: string) => {
    const cut = path.lastIndexOf("::")
    const isSelf = path.endsWith("::self")
    const module = isSelf || cut >= 0 ? path.slice(0, cut) : path
    const name = isSelf || cut < 0 ? "*" : path.slice(cut + 2)
    const names = trees.get(module) ?? []
    names.push({ name, alias: alias || (name === "*" ? lastPart(module) : name) })
    trees.set(module, names)
  }
  const join = (part: string) => (prefix === "" ? part : `${prefix}::${part}`)
  switch (tree.type(node)) {
    case "use_as_clause":
      add(join(tree.source(tree.child(node, "path"))), tree.source(tree.child(node, "alias")))
      break
    case "scoped_use_list":
      for (const entry of tree.children(tree.child(node, "list"))) {
        useTree(at, entry, join(tree.source(tree.child(node, "path"))), trees)
      }
      break
    case "use_list":
      for (const entry of tree.children(node)) useTree(at, entry, prefix, trees)
      break
    case "use_wildcard": {
      const path = tree.source(tree.firstChild(node))
      const module = path === "" ? prefix : join(path)
      trees.set(module, [...(trees.get(module) ?? []), { name: "*", alias: "" }])
      break
    }
    default:
      if (!tree.type(node).includes("comment")) add(join(tree.source(node)), "")
  }
}
