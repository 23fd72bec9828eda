import { literalText } from "../names.ts"
import { constant, joined, levels, textOf, type Value } from "../value.ts"
import { shapeOf, type Walk } from "./walk.ts"

const partOfText = /content|fragment|escape|start|end$|brace|format_spec|type_conversion/

/** A string, with what stands in its holes, or several that follow each other. */
export function ofText(walk: Walk, node: number): Value {
  const { tree } = walk
  const holes: Value[] = []
  let head: string | undefined
  let texts = 0
  for (const at of tree.children(node)) {
    const type = tree.type(at)
    if (partOfText.test(type)) {
      texts += /start$|end$/.test(type) ? 0 : 1
      if (holes.length === 0 && /content|fragment/.test(type)) head = (head ?? "") + tree.source(at)
      continue
    }
    const part = walk.value(at)
    const isText = shapeOf(walk, at) === "text"
    if (isText) texts += 1
    if (!isText || part.level > levels.constant) holes.push(part)
    else if (holes.length === 0) head = (head ?? "") + (part.text ?? "")
  }
  if (holes.every(({ level }) => level === levels.constant)) {
    const own = holes.length === 0 ? (tree.isLeaf(node) || texts <= 1 ? literalText(tree, node) : head) : undefined
    return own === undefined ? { ...constant, head } : textOf(own)
  }
  return { ...joined(holes, texts > 0 || holes.length > 1), head: head ?? "" }
}
