/** A heading of a Markdown file. Lines and columns are 1-based. */
export interface Heading {
  readonly level: number
  readonly name: string
  readonly line: number
  readonly column: number
}

export interface MarkdownBlocks {
  readonly headings: readonly Heading[]
  /** The lines that are neither code nor comments nor front matter, in order. */
  readonly prose: readonly { readonly line: number; readonly source: string }[]
}

const fenceMark = /^(`{3,}|~{3,})(.*)$/
const atxMark = /^ {0,3}(#{1,6})(?=[ \t]|$)/
const setextMark = /^ {0,3}(=+|-+)[ \t]*$/
const listMark = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)/
const rawHtml = /^ {0,3}<(?:pre|script|style|textarea)(?=[\s>]|$)/i
const rawHtmlEnd = /<\/(?:pre|script|style|textarea)>/i
const commentEndMark = /-->/
const htmlHeading = /^ {0,3}<h([1-6])(?=[\s>])/i
/** What is no paragraph, so that a line of dashes under it makes no heading of it. */
const noParagraph = /^ {0,3}(?:[>|]|<[A-Za-z/!?]|\[[^\]]*\]:|([-*_])[ \t]*(?:\1[ \t]*){2,}$)/
const maxNameLength = 200
/** A heading's source is looked at so far. */
const maxHeadingLength = 2000
const maxHtmlHeadingLines = 20

/**
 * Tells the headings of a Markdown file from its code, comments and front matter: ATX and setext headings, fenced and
 * indented code and raw HTML after CommonMark 0.31, and the HTML headings with which many a README begins.
 * A fence may stand in a list item at any indentation. `lineAt` gives a line without its line break.
 */
export function markdownBlocks(lineAt: (line: number) => string, lineCount: number): MarkdownBlocks {
  const headings: Heading[] = []
  const prose: { line: number; source: string }[] = []
  let paragraph: { readonly startLine: number; readonly lines: string[] } | undefined
  /** Indentation of what belongs to the outermost list item; 0 outside lists. */
  let listIndent = 0
  let isLazy = false
  let isAfterBlank = true

  const add = (level: number, markup: string, line: number) => {
    const name = plainText(markup.slice(0, maxHeadingLength))
    if (name !== "") headings.push({ level, name, line, column: columnOf(lineAt(line)) })
  }
  // Looked for once where there is none: each line could begin one.
  const missing = new Set<RegExp>()
  const lineWith = (from: number, end: RegExp) => {
    for (let line = from; line <= lineCount && !missing.has(end); line++) if (end.test(lineAt(line))) return line
    missing.add(end)
    return undefined
  }

  for (let line = afterFrontMatter(lineAt, lineCount); line <= lineCount; line++) {
    const source = lineAt(line)
    if (/^[ \t]*$/.test(source)) {
      paragraph = undefined
      isLazy = false
      isAfterBlank = true
      continue
    }
    const isIndented = /^(?: {4}|\t)/.test(source)
    const isItem = listMark.test(source) && !setextMark.test(source)
    const isOutside = indentOf(source) < listIndent
    if (isOutside && isAfterBlank) listIndent = 0
    isAfterBlank = false

    // Four spaces begin code, unless they continue a paragraph or a list.
    if (isIndented && !paragraph && listIndent === 0 && !isLazy) continue
    const fence = openedFence(source, listIndent > 0 || isItem)
    if (fence !== undefined) {
      if (isItem && listIndent === 0) listIndent = contentIndent(source)
      else if (isOutside) listIndent = 0
      line = closingLine(lineAt, line + 1, lineCount, fence)
      paragraph = undefined
      continue
    }
    // A comment without an end is none: what follows it is wanted.
    const commentEnd = /^ {0,3}<!--/.test(source) ? lineWith(line, commentEndMark) : undefined
    const rawEnd = rawHtml.test(source) ? lineWith(line, rawHtmlEnd) : undefined
    if (commentEnd !== undefined || rawEnd !== undefined) {
      line = commentEnd ?? rawEnd ?? line
      paragraph = undefined
      continue
    }

    prose.push({ line, source })
    const atx = atxMark.exec(source)
    const underline = paragraph && setextMark.exec(source)
    const html = htmlHeading.exec(source)
    if (atx) {
      const markup = source.slice(atx[0].length).trim()
      add(atx[1]?.length ?? 1, markup.replace(/(?:^|[ \t])#+$/, ""), line)
      paragraph = undefined
      if (isOutside) listIndent = 0
    } else if (underline && paragraph) {
      add(underline[1]?.startsWith("=") ? 1 : 2, paragraph.lines.join(" "), paragraph.startLine)
      paragraph = undefined
    } else if (html) {
      const level = Number(html[1])
      add(level, htmlUntil(lineAt, line, lineCount, `</h${level}>`), line)
      paragraph = undefined
    } else if (isItem) {
      if (listIndent === 0 || isOutside) listIndent = contentIndent(source)
      isLazy = true
      paragraph = undefined
    } else if (noParagraph.test(source)) {
      isLazy = /^ {0,3}>/.test(source)
      if (isOutside) listIndent = 0
      paragraph = undefined
    } else if (paragraph) paragraph.lines.push(source.trim())
    // What goes on in a list item or a quotation is none of the document's own paragraphs.
    else if (!isLazy && listIndent === 0) paragraph = { startLine: line, lines: [source.trim()] }
  }
  return { headings, prose }
}

/** The first line after a YAML or TOML front matter; 1 where there is none. */
function afterFrontMatter(lineAt: (line: number) => string, lineCount: number): number {
  const mark = lineAt(1).trimEnd()
  if (mark !== "---" && mark !== "+++") return 1
  for (let line = 2; line <= lineCount; line++) {
    const source = lineAt(line).trimEnd()
    if (source === mark || (mark === "---" && source === "...")) return line + 1
  }
  return 1
}

/** Columns before the text; a tab goes to the next multiple of four. */
function indentOf(source: string): number {
  let column = 0
  for (const unit of source) {
    if (unit === " ") column++
    else if (unit === "\t") column += 4 - (column % 4)
    else break
  }
  return column
}

/** The column at which the text of a list item begins. */
function contentIndent(source: string): number {
  const [, mark = "", space = ""] = /^([ \t]*(?:[-*+]|\d{1,9}[.)]))([ \t]*)/.exec(source) ?? []
  return indentOf(source) + mark.trim().length + (space.length >= 1 && space.length <= 4 ? space.length : 1)
}

/** The mark of a fence that begins on this line. */
function openedFence(source: string, isInList: boolean): string | undefined {
  let content = source
  if (isInList) while (listMark.test(content)) content = content.replace(listMark, "")
  const indent = content.length - content.trimStart().length
  if (!isInList && (indent > 3 || content.startsWith("\t"))) return undefined
  const [, mark = "", info = ""] = fenceMark.exec(content.trimStart()) ?? []
  return mark === "" || (mark.startsWith("`") && info.includes("`")) ? undefined : mark
}

/** The line of the fence that closes `mark`; beyond the last line where there is none. */
function closingLine(lineAt: (line: number) => string, from: number, lineCount: number, mark: string): number {
  for (let line = from; line <= lineCount; line++) {
    const [, closing = "", rest = ""] = fenceMark.exec(lineAt(line).trimStart()) ?? []
    if (closing.startsWith(mark) && rest.trim() === "") return line
  }
  return lineCount
}

function htmlUntil(lineAt: (line: number) => string, from: number, lineCount: number, end: string): string {
  const lines: string[] = []
  for (let line = from; line <= Math.min(lineCount, from + maxHtmlHeadingLines); line++) {
    const source = lineAt(line).slice(0, maxHeadingLength)
    const at = source.toLowerCase().indexOf(end)
    lines.push(at < 0 ? source : source.slice(0, at))
    if (at >= 0) return lines.join(" ")
  }
  return lines[0] ?? ""
}

/** Column of a heading's text. */
function columnOf(source: string): number {
  const mark = /^[ \t]*(?:#+[ \t]*|<h[1-6][^>]*>)?/i.exec(source)?.[0] ?? ""
  return mark.length < source.length ? mark.length + 1 : 1
}

/** A heading without its inline marks. */
function plainText(markup: string): string {
  return markup
    .replace(/<img\s[^>]*?\balt="([^"]*)"[^>]*>/gi, "$1")
    .replace(/!?\[([^[\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/!?\[([^[\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<\/?[A-Za-z!][^>]*>/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/[`*]|(?<!\w)_+|_+(?!\w)/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, maxNameLength)
}
