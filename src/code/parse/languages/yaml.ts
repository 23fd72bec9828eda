import type { Language } from "../language.ts"
import { unquoted } from "../nodes.ts"

/** Keys so deep are sections. */
const maxDepth = 2

export const yaml: Language = {
  id: "yaml",
  name: "YAML",
  extensions: [".yaml", ".yml"],
  fileNames: [".clang-format", ".clang-tidy", ".yamllint"],
  grammar: "@tree-sitter-grammars/tree-sitter-yaml/tree-sitter-yaml.wasm",
  comments: ["comment"],
  rules: {
    block_mapping_pair(at, node) {
      const { tree } = at
      const name = tree.child(node, "key")
      const value = tree.child(node, "value")
      const isNested = tree.type(value) === "block_node"
      at.define(node, {
        kind: "section",
        name,
        called: unquoted(tree.source(name)).slice(0, 120),
        signature: isNested ? tree.source(name).slice(0, 300) : undefined,
      })
      if (at.scope.path.length >= maxDepth) at.skip(node)
    },
    block_sequence: (at, node) => at.skip(node),
    flow_node: (at, node) => at.skip(node),
  },
}
