import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { unquoted } from "../nodes.ts"
import { collapsed } from "../signature.ts"

export const css: Language = {
  id: "css",
  name: "CSS",
  extensions: [".css"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-css.wasm",
  comments: ["comment"],
  rules: {
    rule_set: (at, node) => section(at, node, at.tree.childOfType(node, "selectors")),
    media_statement: block,
    supports_statement: block,
    keyframes_statement: block,
    at_rule: block,
    keyframe_block: (at, node) => at.skip(node),
    declaration(at, node) {
      const { tree } = at
      const name = tree.childOfType(node, "property_name")
      const called = tree.source(name)
      if (!called.startsWith("--") || at.memo.has(called)) return
      at.memo.set(called, node)
      at.define(node, { kind: "variable", name, isScope: false })
    },
    plain_value(at, node) {
      if (at.tree.source(node).startsWith("--")) at.refer("use", node)
    },
    import_statement(at, node) {
      const { tree } = at
      const value = tree.firstChild(node)
      const inner =
        tree.type(value) === "call_expression" ? tree.firstChild(tree.childOfType(value, "arguments")) : value
      at.importing(node, unquoted(tree.source(inner)))
      at.skip(node)
    },
    call_expression(at, node) {
      const { tree } = at
      if (tree.source(tree.firstChild(node)).toLowerCase() !== "url") return
      const target = unquoted(tree.source(tree.firstChild(tree.childOfType(node, "arguments"))))
      // Pictures and fonts: only what may be a file here.
      if (!/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(target)) at.importing(node, target.replace(/[?#].*$/, ""))
    },
  },
}

const maxNameLength = 120

function section(at: Extraction, node: number, name: number): void {
  const called = collapsed(at.tree.source(name)).slice(0, maxNameLength)
  at.define(node, { kind: "section", name, called, body: at.tree.childOfType(node, "block") })
}

/** An at-rule with a block, by what stands before the block. */
function block(at: Extraction, node: number): void {
  const { tree, text } = at
  const body = tree.childOfType(node, "block", "keyframe_block_list")
  if (body < 0) return
  const called = collapsed(text.slice(tree.start[node], tree.start[body])).slice(0, maxNameLength)
  at.define(node, { kind: "section", name: node, called, body })
}
