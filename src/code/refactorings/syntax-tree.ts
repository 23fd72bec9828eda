import type { SgNode } from "@ast-grep/napi"
import type { AstGrep } from "../ast-grep.ts"

/** A node of a file's syntax tree. Offsets are UTF-16 code units from the start of the text. */
export interface SyntaxNode {
  readonly kind: string
  readonly start: number
  readonly end: number
  /** False for keywords and punctuation. */
  readonly isNamed: boolean
  /** All, with keywords and punctuation. */
  readonly children: readonly SyntaxNode[]
  readonly named: readonly SyntaxNode[]
  readonly parent: SyntaxNode | undefined
  readonly text: string
  /** The child that the grammar calls so. */
  field(name: string): SyntaxNode | undefined
}

/** The tree of a text, read from the parser node by node as it is looked at. Throws for a language without a grammar. */
export function syntaxTree(grammars: AstGrep, language: string, text: string): SyntaxNode {
  // Each question to the parser is a call out of JavaScript: what is not asked about a node is not fetched for it.
  const nodeOf = (native: SgNode, parent: SyntaxNode | undefined): SyntaxNode => {
    let range: ReturnType<SgNode["range"]> | undefined
    let children: readonly SyntaxNode[] | undefined
    let named: readonly SyntaxNode[] | undefined
    let inner: readonly SgNode[] | undefined
    const node: SyntaxNode = {
      kind: String(native.kind()),
      parent,
      isNamed: native.isNamed(),
      get start() {
        range ??= native.range()
        return range.start.index
      },
      get end() {
        range ??= native.range()
        return range.end.index
      },
      get text() {
        return text.slice(node.start, node.end)
      },
      get children() {
        inner ??= native.children()
        children ??= inner.map((child) => nodeOf(child, node))
        return children
      },
      get named() {
        named ??= node.children.filter(({ isNamed }) => isNamed)
        return named
      },
      field(name) {
        const found = native.field(name)
        if (!found) return undefined
        const id = found.id()
        inner ??= native.children()
        return node.children[inner.findIndex((child) => child.id() === id)]
      },
    }
    return node
  }
  return nodeOf(grammars.parse(language, text).root(), undefined)
}

/** The node and all below it, outermost first. */
export function* nodesIn(node: SyntaxNode): Generator<SyntaxNode> {
  yield node
  for (const child of node.children) yield* nodesIn(child)
}

/** The node and those around it, innermost first. */
export function* around(node: SyntaxNode): Generator<SyntaxNode> {
  for (let at: SyntaxNode | undefined = node; at; at = at.parent) yield at
}

/** The smallest named node that holds the range. */
export function nodeAt(root: SyntaxNode, start: number, end = start): SyntaxNode {
  let at = root
  for (;;) {
    const inner = at.children.find((child) => child.start <= start && child.end >= end && child.isNamed)
    if (!inner) return at
    at = inner
  }
}

/** What the grammar could not read: broken places, and what it put there to go on. */
export function syntaxErrors(root: SyntaxNode): readonly SyntaxNode[] {
  return [...nodesIn(root)].filter(
    (node) => node.kind === "ERROR" || (node.start === node.end && node.children.length === 0 && isExpected(node)),
  )
}

/** Empty leaves that are no error: an empty text between quotes, the end of a statement by its line. */
const isExpected = ({ kind, parent }: SyntaxNode) =>
  parent !== undefined && !/^(?:automatic_semicolon|_|string|program|module|source_file|block|\n)/.test(kind)
