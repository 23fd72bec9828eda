import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"

export const toml: Language = {
  id: "toml",
  name: "TOML",
  extensions: [".toml"],
  fileNames: ["Cargo.lock", "poetry.lock", "uv.lock", "Pipfile"],
  grammar: "@tree-sitter-grammars/tree-sitter-toml/tree-sitter-toml.wasm",
  comments: ["comment"],
  rules: {
    table: section,
    table_array_element: section,
    pair(at, node) {
      const name = at.tree.firstChild(node)
      if (at.scope.kind === "scope") at.define(node, { kind: "section", name, called: keyOf(at, name) })
      at.skip(node)
    },
  },
}

function section(at: Extraction, node: number): void {
  const name = at.tree.firstChild(node)
  const first = at.tree.after[name] ?? 0
  at.define(node, {
    kind: "section",
    name,
    called: keyOf(at, name),
    body: first < (at.tree.after[node] ?? 0) ? first : -1,
  })
}

const keyOf = (at: Extraction, name: number) => at.tree.source(name).replace(/["'\s]/g, "")
