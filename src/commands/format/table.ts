import type { Block, Document } from "../document.ts"
import { shareColumns } from "./columns.ts"
import { plainInline, readInline, wrapInline } from "./inline.ts"
import { blockLines, joined, type Page } from "./text.ts"
import { visible, visibleLine } from "./visible.ts"
import { displayWidth, padEnd, padStart } from "./width.ts"

/** A Document with everything that has rows drawn in boxes; the rest as text. */
export function formatTable(document: Document, page: Page): string {
  return joined(document, (block) => {
    const grid = gridOf(block)
    return grid ? boxLines(grid, page) : blockLines(block, page)
  })
}

interface Grid {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly alignRight: readonly boolean[]
}

function gridOf(block: Block): Grid | undefined {
  switch (block.kind) {
    case "table":
      return {
        titles: block.columns.map(({ title }) => title),
        rows: block.rows,
        alignRight: block.columns.map(({ align }) => align === "right"),
      }
    case "fields":
      return { titles: ["Field", "Value"], rows: block.entries, alignRight: [] }
    case "list":
      return {
        titles: ["#", ""],
        rows: block.items.map((item, index) => [String(index + 1), item]),
        alignRight: [true],
      }
    default:
      return undefined
  }
}

function boxLines({ titles, rows, alignRight }: Grid, { width, paint }: Page): string[] {
  const cells = rows.map((row) => titles.map((_, index) => visible(row[index] ?? "")))
  const natural = titles.map((title, index) =>
    Math.max(
      1,
      displayWidth(title),
      ...cells.flatMap((row) =>
        plainInline(row[index] ?? "")
          .split("\n")
          .map(displayWidth),
      ),
    ),
  )
  const widths = shareColumns(natural, width === 0 ? 0 : Math.max(titles.length, width - 3 * titles.length - 1))
  const rule = (left: string, middle: string, right: string) =>
    paint("quiet", left + widths.map((columns) => "─".repeat(columns + 2)).join(middle) + right)
  const bar = paint("quiet", "│")
  const line = (row: readonly string[], isTitle: boolean): string[] => {
    const parts = row.map((cell, index) => wrapInline(readInline(cell), widths[index] ?? 1, (_, text) => text))
    const height = Math.max(1, ...parts.map((part) => part.length))
    return Array.from({ length: height }, (_, at) => {
      const texts = parts.map((part, index) => {
        const padded = (alignRight[index] ? padStart : padEnd)(part[at] ?? "", widths[index] ?? 1)
        return ` ${isTitle ? paint("strong", padded) : padded} `
      })
      return bar + texts.join(bar) + bar
    })
  }
  return [
    rule("┌", "┬", "┐"),
    ...line(titles.map(visibleLine), true),
    rule("├", "┼", "┤"),
    ...cells.flatMap((row) => line(row, false)),
    rule("└", "┴", "┘"),
  ]
}
