import type { Language } from "../language.ts"
import { unquoted } from "../nodes.ts"

/** Keys so deep are sections. */
const maxDepth = 2

export const json: Language = {
  id: "json",
  name: "JSON",
  extensions: [".json", ".jsonc", ".webmanifest", ".geojson", ".code-workspace", ".importmap"],
  fileNames: [".babelrc", ".eslintrc", ".prettierrc", ".swcrc", "composer.lock", "flake.lock", ".jshintrc"],
  grammar: "tree-sitter-json/tree-sitter-json.wasm",
  comments: ["comment"],
  rules: {
    pair(at, node) {
      const { tree } = at
      const name = tree.child(node, "key")
      const value = tree.child(node, "value")
      const body = /^(object|array)$/.test(tree.type(value)) ? value : -1
      at.define(node, { kind: "section", name: tree.firstChild(name), called: unquoted(tree.source(name)), body })
      if (at.scope.path.length >= maxDepth) at.skip(node)
    },
    // Lists of like things: their keys are not what one looks for.
    array: (at, node) => at.skip(node),
  },
}
