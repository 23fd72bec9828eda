import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { collapsed } from "../signature.ts"

export const html: Language = {
  id: "html",
  name: "HTML",
  extensions: [".html", ".htm", ".xhtml"],
  grammar: "tree-sitter-html/tree-sitter-html.wasm",
  comments: ["comment"],
  rules: { element, script_element: (at, node) => linked(at, node, "src") },
}

function element(at: Extraction, node: number): void {
  const { tree } = at
  const tag = tree.firstChild(node)
  const name = tree.source(tree.childOfType(tag, "tag_name")).toLowerCase()
  if (name === "link") linked(at, node, "href")
  const id = attributeOf(at, tag, "id")
  const body = tree.after[tag] ?? -1
  const isHeading = /^(h[1-6]|title)$/.test(name)
  if (id >= 0) {
    at.define(node, {
      kind: "section",
      name: id,
      called: `#${tree.source(id)}`,
      body: !isHeading && body < (tree.after[node] ?? 0) ? body : -1,
    })
  } else if (isHeading) {
    const called = collapsed(textOf(at, node)).slice(0, 120)
    at.define(node, { kind: "section", name: node, called })
  }
}

/** What is written in an element, without its tags. */
function textOf(at: Extraction, node: number): string {
  const parts: string[] = []
  for (let n = node + 1; n < (at.tree.after[node] ?? 0); n++) {
    if (/^(text|entity)$/.test(at.tree.type(n))) parts.push(at.tree.source(n))
  }
  return parts.join(" ")
}

/** The node of an attribute's value, -1 where there is none. */
function attributeOf(at: Extraction, tag: number, name: string): number {
  const { tree } = at
  for (const attribute of tree.children(tag)) {
    if (tree.source(tree.childOfType(attribute, "attribute_name")).toLowerCase() !== name) continue
    const quoted = tree.childOfType(attribute, "quoted_attribute_value")
    return tree.childOfType(quoted < 0 ? attribute : quoted, "attribute_value")
  }
  return -1
}

function linked(at: Extraction, node: number, attribute: "src" | "href"): void {
  at.importing(node, at.tree.source(attributeOf(at, at.tree.firstChild(node), attribute)))
}
