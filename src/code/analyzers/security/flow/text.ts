import { literalText } from "../names.ts"
import { constant, joined, levels, textOf, type Value } from "../value.ts"
import { shapeOf, type Walk } from "./walk.ts"

const partOfText = /content|fragment|escape|start|end$|brace|format_spec|type_conversion/

/** A string, with what stands in its holes, or several that follow each other. */
export function ofText(walk: Walk, node: number): Value {
  const { holes, head, texts } = partsOf(walk, node)
  if (holes.some(({ level }) => level !== levels.constant)) {
    return { ...joined(holes, texts > 0 || holes.length > 1), head: head ?? "" }
  }
  if (holes.length > 0) return { ...constant, head }
  const isOne = walk.tree.isLeaf(node) || texts <= 1
  const own = isOne ? literalText(walk.tree, node) : head
  return own === undefined ? { ...constant, head } : textOf(own)
}

interface Parts {
  readonly holes: Value[]
  /** The text in front of the first hole; undefined where there is none. */
  head: string | undefined
  /** How many pieces of text there are. */
  texts: number
}

function partsOf(walk: Walk, node: number): Parts {
  const { tree } = walk
  const parts: Parts = { holes: [], head: undefined, texts: 0 }
  for (const at of tree.children(node)) {
    const type = tree.type(at)
    if (!partOfText.test(type)) {
      addPart(walk, at, parts)
      continue
    }
    if (!/start$|end$/.test(type)) parts.texts += 1
    if (/content|fragment/.test(type)) addToHead(parts, tree.source(at))
  }
  return parts
}

/** What stands in a hole, or a string beside others. */
function addPart(walk: Walk, node: number, parts: Parts): void {
  const value = walk.value(node)
  const isText = shapeOf(walk, node) === "text"
  if (isText) parts.texts += 1
  if (!isText || value.level > levels.constant) parts.holes.push(value)
  else addToHead(parts, value.text ?? "")
}

function addToHead(parts: Parts, text: string): void {
  if (parts.holes.length === 0) parts.head = (parts.head ?? "") + text
}
