import type { Block, Document, Quote } from "../document.ts"
import { shareColumns } from "./columns.ts"
import { diffLines } from "./diff-lines.ts"
import { clipInline, plainInline, readInline, wrapInline } from "./inline.ts"
import type { Paint, Style } from "./paint.ts"
import { expandTabs, visible, visibleLine } from "./visible.ts"
import { clip, displayWidth, padEnd, padStart, splitAt } from "./width.ts"

export interface Page {
  /** Columns; 0: lines are never wrapped or cut. */
  readonly width: number
  readonly paint: Paint
}

/** A Document for a terminal, or for a pipe when `paint` adds nothing. Ends with a newline unless it is empty. */
export function formatText(document: Document, page: Page): string {
  return joined(document, (block) => blockLines(block, page))
}

/** Blocks with a blank line between them; a heading stays with what follows it. */
export function joined(document: Document, linesOf: (block: Block) => readonly string[]): string {
  const lines: string[] = []
  let previous: Block | undefined
  for (const block of document) {
    const own = linesOf(block)
    if (own.length === 0) continue
    if (previous && !(previous.kind === "heading" && block.kind !== "heading")) lines.push("")
    lines.push(...own)
    previous = block
  }
  return lines.length === 0 ? "" : `${lines.map((line) => line.trimEnd()).join("\n")}\n`
}

export function blockLines(block: Block, page: Page): string[] {
  switch (block.kind) {
    case "heading":
      return wrapped(block.text, page, { base: "heading" })
    case "paragraph":
      return wrapped(block.text, page, { base: block.tone ?? "normal" })
    case "verbatim":
      return visible(block.text)
        .split("\n")
        .flatMap((line) => verbatimLines(expandTabs(line), page, block.tone))
    case "list":
      return block.items.flatMap((item, index) => {
        const mark = block.ordered ? `${padStart(`${index + 1}.`, `${block.items.length}.`.length)} ` : "• "
        return wrapped(item, page, { mark: `  ${mark}` })
      })
    case "fields": {
      const name = Math.max(0, ...block.entries.map(([name]) => displayWidth(visibleLine(name))))
      return block.entries.flatMap(([key, value]) =>
        wrapped(value, page, { mark: `  ${padEnd(visibleLine(key), name)}  `, markStyle: "quiet" }),
      )
    }
    case "table":
      return tableLines(block, page)
    case "quote":
      return block.language === "diff" ? diffQuoteLines(block, page) : quoteLines(block, page)
  }
}

function wrapped(
  text: string,
  page: Page,
  { mark = "", markStyle = "quiet", base = "normal" }: { mark?: string; markStyle?: Style; base?: Style } = {},
): string[] {
  const indent = displayWidth(mark)
  // A line too narrow for its mark: wrap as if it had room for a few letters.
  const columns = page.width === 0 ? 0 : Math.max(8, page.width - indent)
  const lines = wrapInline(readInline(visible(text)), columns, page.paint, base)
  return lines.map((line, index) => (index === 0 ? page.paint(markStyle, mark) : " ".repeat(indent)) + line)
}

/** Broken at the edge and nowhere else; of a minified line no more is shown than of other code. */
function verbatimLines(line: string, { width, paint }: Page, tone: Style = "normal"): string[] {
  const lines: string[] = []
  let rest = clip(line, longestLine)
  // A grapheme wider than the whole line still has to go somewhere.
  for (const columns = Math.max(2, width); width > 0 && displayWidth(rest) > columns; ) {
    const [head, tail] = splitAt(rest, columns)
    lines.push(head)
    rest = tail
  }
  return [...lines, rest].map((one) => paint(tone, one))
}

function tableLines(block: Extract<Block, { kind: "table" }>, { width, paint }: Page): string[] {
  const rows = block.rows.map((row) => block.columns.map((_, index) => visible(row[index] ?? "")))
  const gap = 2
  const natural = block.columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => widestLine(row[index] ?? ""))),
  )
  const room = width === 0 ? 0 : Math.max(block.columns.length, width - gap * block.columns.length)
  const widths = shareColumns(natural, room, { first: block.columns.map(({ isCut }) => isCut === true) })
  const line = (cells: readonly string[], style: Style): string[] => {
    const lines = (cell: string, index: number, ink: Paint) => {
      const columns = widths[index] ?? 1
      const spans = block.columns[index]?.isCut ? clipInline(readInline(cell), columns) : readInline(cell)
      return wrapInline(spans, columns, ink, style)
    }
    const parts = cells.map((cell, index) => lines(cell, index, paint))
    const plain = cells.map((cell, index) => lines(cell, index, (_, text) => text))
    const height = Math.max(1, ...parts.map((part) => part.length))
    return Array.from({ length: height }, (_, at) =>
      parts
        .map((part, index) => {
          const blank = " ".repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(plain[index]?.[at] ?? "")))
          const text = part[at] ?? ""
          return block.columns[index]?.align === "right" ? blank + text : text + blank
        })
        .join(" ".repeat(gap)),
    ).map((text) => `  ${text}`)
  }
  const titles = block.columns.map(({ title }) => visibleLine(title))
  return [
    ...(titles.some((title) => title !== "") ? line(titles, "quiet") : []),
    ...rows.flatMap((row) => line(row, "normal")),
  ]
}

const widestLine = (text: string) => Math.max(0, ...plainInline(text).split("\n").map(displayWidth))

/** Longest line of code that is shown when nothing limits the width: a minified file is one line of megabytes. */
const longestLine = 2_000

function quoteHead(quote: Quote, { width, paint }: Page): string {
  const place = `${visibleLine(quote.path)}:${quote.marked?.[0] ?? quote.startLine}`
  const note = quote.note ? `  ${visibleLine(quote.note)}` : ""
  return (
    paint("path", place) + paint("quiet", width === 0 ? note : clip(note, Math.max(0, width - displayWidth(place))))
  )
}

/** What was taken out and what was put in, in colours, each line with the number that it has in its file. */
function diffQuoteLines(quote: Quote, page: Page): string[] {
  const { width, paint } = page
  const lines = diffLines(visible(quote.text).replace(/\n$/, "").split("\n"))
  const digits = String(lines.reduce((most, { number = 0 }) => Math.max(most, number), 0)).length
  const room = width === 0 ? longestLine : Math.max(16, width - digits - 5)
  return [
    quoteHead(quote, page),
    ...lines.map(
      ({ text, number, style }) =>
        paint("quiet", `  ${padStart(String(number ?? ""), digits)} │ `) +
        paint(style, clip(expandTabs(text.slice(0, room * 32)), room)),
    ),
  ]
}

function quoteLines(quote: Quote, page: Page): string[] {
  const { width, paint } = page
  const marked = new Set(quote.marked)
  const digits = String(quote.endLine).length
  const room = width === 0 ? longestLine : Math.max(16, width - digits - 5)
  const lines = visible(quote.text).replace(/\n$/, "").split("\n")
  const stress = stresser(quote.stressed ?? [], paint)
  let before = Number.POSITIVE_INFINITY
  return [
    quoteHead(quote, page),
    ...lines.flatMap((line, index) => {
      const number = quote.numbers?.[index] ?? quote.startLine + index
      const isGap = number > before + 1
      before = number
      const isMarked = marked.has(number)
      // A minified line has megabytes; no more of it is looked at than could ever be shown.
      const code = stress(clip(expandTabs(line.slice(0, room * 32)), room))
      const gutter = `${isMarked ? ">" : " "} ${padStart(String(number), digits)} │ `
      const shown = paint(isMarked ? "marked" : "quiet", gutter) + (isMarked ? paint("strong", code) : code)
      return isGap ? [paint("quiet", `  ${padStart("⋮", digits)}`), shown] : [shown]
    }),
  ]
}

/** Colours the words in a line; the longer one where two begin at the same letter. */
function stresser(words: readonly string[], paint: Paint): (line: string) => string {
  if (words.length === 0) return (line) => line
  const longestFirst = [...words].sort((a, b) => b.length - a.length).map((word) => RegExp.escape(word))
  const pattern = new RegExp(longestFirst.join("|"), "g")
  return (line) => line.replace(pattern, (word) => paint("stressed", word))
}
