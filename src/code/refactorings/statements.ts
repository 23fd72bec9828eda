import type { TextEdit } from "./refactoring.ts"
import type { SyntaxNode } from "./syntax-tree.ts"

const blocks = /^(?:program|module|statement_block|block|switch_case|switch_default|class_body)$/

/** The statement that a node belongs to: a child of a block or of the file. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let at = node
  while (at.parent && !blocks.test(at.parent.kind)) at = at.parent
  return at
}

/** A statement with its line ends: what goes when it goes. Comments right above belong to it. */
export function wholeLines(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  comments: SyntaxNode[] = [],
) {
  const first = comments.reduce((least, comment) => Math.min(least, comment.start), start)
  const lineStart = text.lastIndexOf("\n", first - 1) + 1
  const isAlone = text.slice(lineStart, first).trim() === ""
  const lineEnd = text.indexOf("\n", end)
  const after = text.slice(end, lineEnd < 0 ? text.length : lineEnd)
  if (!isAlone || !/^[\s;]*$/.test(after)) return { start: first, end: end + (/^;/.exec(after)?.[0].length ?? 0) }
  return { start: lineStart, end: lineEnd < 0 ? text.length : lineEnd + 1 }
}

/** Comments that stand right above a statement, with no empty line between. */
export function commentsAbove(statement: SyntaxNode, text: string): SyntaxNode[] {
  const siblings = statement.parent?.children ?? []
  const found: SyntaxNode[] = []
  let below = statement
  for (let at = siblings.indexOf(statement) - 1; at >= 0; at--) {
    const one = siblings[at]
    if (one?.kind !== "comment" || /\n\s*\n/.test(text.slice(one.end, below.start))) break
    // A comment behind the statement before it belongs to that.
    const lineStart = text.lastIndexOf("\n", one.start - 1) + 1
    if (text.slice(lineStart, one.start).trim() !== "") break
    found.push(one)
    below = one
  }
  // At the top of a file stands what is said of all of it.
  return below.start === 0 && statement.parent?.parent === undefined ? [] : found
}

/** Takes a statement out, with its comments; of two empty lines that would then meet one stays. */
export function removal(text: string, statement: SyntaxNode): TextEdit {
  const { start, end } = wholeLines(text, statement, commentsAbove(statement, text))
  const isBetween = /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(0, start)) && /^[ \t]*\r?\n/.test(text.slice(end))
  const more = isBetween ? (/^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length ?? 0) : 0
  return { start, end: end + more, text: "" }
}

export const indentAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? ""

/** The file's own line end. */
export const newlineOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n")

/** Whether a file ends its statements with semicolons. */
export const usesSemicolons = ({ text }: { readonly text: string }): boolean => /;[ \t]*\r?$/m.test(text)
