import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart } from "../nodes.ts"
import { cRules, declared, type } from "./c-family.ts"

export const cpp: Language = {
  id: "cpp",
  name: "C++",
  extensions: [".cpp", ".cc", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".h++", ".ipp", ".inl", ".tpp", ".cu", ".cuh"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-cpp.wasm",
  hasInnerAttributes: true,
  comments: ["comment"],
  names: ["identifier"],
  rules: {
    ...cRules,
    class_specifier: (at, node) => type(at, node, "class"),
    base_class_clause(at, node) {
      for (const base of at.tree.children(node)) typeReference(at, base, "inherit")
    },
    access_specifier(at, node) {
      const isPrivate = at.tree.source(node).startsWith("private")
      at.memo.set(`access:${at.tree.parentOf(node)}`, isPrivate ? 1 : 0)
    },
    namespace_definition(at, node) {
      const { tree } = at
      const name = tree.child(node, "name")
      const body = tree.child(node, "body")
      // What is in a nameless namespace is seen by its file alone.
      if (name < 0) at.enter(node, [], "module", false)
      else at.define(node, { kind: "module", name, body, isExported: "inherit" })
    },
    alias_declaration(at, node) {
      at.define(node, { kind: "type", name: at.tree.child(node, "name"), isExported: "inherit" })
    },
    using_declaration(at, node) {
      const { tree, text } = at
      const target = tree.source(tree.firstChild(node))
      const isAll = /^using\s+namespace\b/.test(text.slice(tree.start[node], tree.end[node]))
      const name = lastPart(target)
      const module = isAll ? target : target.slice(0, -name.length - 2)
      at.importing(node, module, [isAll ? { name: "*", alias: "" } : { name, alias: name }])
      claimAll(at, node)
    },
    new_expression: (at, node) => typeReference(at, at.tree.child(node, "type"), "call"),
    qualified_identifier(at, node) {
      const { name, owner } = declared(at, node)
      if (at.tree.type(name) === "type_identifier") at.refer("type", name, owner.join("::"))
    },
    destructor_name: (at, node) => at.claim(at.tree.firstChild(node)),
    type_parameter_declaration: (at, node) => at.claim(at.tree.firstChild(node)),
  },
}

function typeReference(at: Extraction, node: number, kind: "inherit" | "call"): void {
  const { tree } = at
  const type = tree.type(node)
  if (type === "type_identifier") at.refer(kind, node)
  else if (type === "template_type") typeReference(at, tree.child(node, "name"), kind)
  else if (type === "qualified_identifier") {
    const { name, owner } = declared(at, node)
    at.refer(kind, name, owner.join("::"))
  }
}
