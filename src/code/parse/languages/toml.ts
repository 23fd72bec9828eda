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
      const { tree } = at
      const name = tree.firstChild(node)
      // The entries of a list of tables (those of a lock file, say) are not what one looks for.
      const isFound = tree.type(tree.parentOf(node)) !== "table_array_element"
      if (isFound) at.define(node, { kind: "section", name, called: keyOf(at, name) })
      at.skip(node)
    },
  },
}

function section(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.firstChild(node)
  const first = tree.after[name] ?? 0
  at.define(node, {
    kind: "section",
    name,
    called: keyOf(at, name),
    body: first < (tree.after[node] ?? 0) ? first : -1,
  })
  // A table's node goes on to the next one, with blank lines and comments that belong to that.
  const defined = at.symbols[at.symbols.length - 1]
  const last = tree.children(node).findLast((child) => tree.type(child) !== "comment") ?? name
  if (defined?.node === node) defined.endLine = at.endLine(last)
}

/** `a."b c".d` without its quotes. */
const keyOf = (at: Extraction, name: number) =>
  at.tree
    .source(name)
    .replace(/\s*\.\s*/g, ".")
    .replace(/["']/g, "")
