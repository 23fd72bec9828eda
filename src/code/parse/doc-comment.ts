/** A comment's text without its marks (those of C, shell, Lua, Lisp, TeX and HTML), its lines kept. */
export function cleanComment(comment: string): string {
  let text = comment
  if (text.startsWith("/*")) text = text.slice(2, text.endsWith("*/") ? -2 : undefined).replace(/^[*!]+/, "")
  else if (text.startsWith("<!--")) text = text.slice(4, text.endsWith("-->") ? -3 : undefined)
  else if (text.startsWith("--[")) text = text.replace(/^--\[=*\[/, "").replace(/\]=*\]$/, "")
  else if (text.startsWith("=begin")) text = text.replace(/^=begin.*/, "").replace(/=end\s*$/, "")
  // The marks that begin each line.
  text = comment.startsWith("/*")
    ? text.replace(/^[ \t]*\*+(?: |$)?/gm, "")
    : text.replace(/^[ \t]*(?:\/\/[/!]?|#+!?|--+|;+|%+) ?/gm, "")
  const joined = dedented(text.split(/\r\n?|\n/)).trim()
  return /<(summary|param|returns|remarks|inheritdoc)\b/.test(joined) ? withoutXml(joined) : joined
}

/** C#'s documentation comments are XML: what they name stays, what only marks goes. */
function withoutXml(text: string): string {
  return text
    .replace(/<(?:see|seealso|paramref|typeparamref)\s+(?:cref|name|langword|href)="(?:[A-Z]:)?([^"]*)"\s*\/?>/g, "$1")
    .replace(/<(?:param|typeparam|exception)\s+(?:name|cref)="([^"]*)">/g, "$1: ")
    .replace(/<\/?[A-Za-z][^>\n]*>/g, "")
    .replace(/^[ \t]*\n/gm, "")
    .trim()
}

/** The text of a string literal that is a doc comment: quotes, prefixes and common indentation taken off. */
export function cleanDocString(literal: string): string {
  const match = /^[A-Za-z~]*("""|'''|"|'|`)/.exec(literal)
  const mark = match?.[1] ?? ""
  const body = literal.slice(match?.[0].length ?? 0, mark !== "" && literal.endsWith(mark) ? -mark.length : undefined)
  return dedented(body.split(/\r\n|\r|\n/)).trim()
}

/** Without the white space that all lines but the first have in common, or any at a line's end. */
function dedented(lines: readonly string[]): string {
  let indent = Number.POSITIVE_INFINITY
  for (let at = 1; at < lines.length && indent > 0; at++) {
    const line = lines[at] ?? ""
    const width = line.length - line.trimStart().length
    if (width < line.length) indent = Math.min(indent, width)
  }
  const cut = Number.isFinite(indent) ? indent : 0
  return lines.map((line, at) => (at === 0 ? line.trim() : line.slice(cut).trimEnd())).join("\n")
}
