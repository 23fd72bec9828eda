import { type Block, type Document, literal, type Tone } from "../document.ts"
import { readInline } from "./inline.ts"
import { joined } from "./text.ts"
import { visible, visibleLine } from "./visible.ts"

/** A Document as GitHub-flavoured Markdown: what was literal stays literal. */
export function formatMarkdown(document: Document): string {
  return joined(document, blockLines).replace(/^(#+ .*)\n(?=[^\n])/gm, "$1\n\n")
}

const labels: Partial<Record<Tone, string>> = { warning: "**Warning:** ", bad: "**Problem:** " }

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case "heading":
      return [`${"#".repeat(block.level ?? 1)} ${inline(visibleLine(block.text))}`]
    case "paragraph":
      return paragraph((labels[block.tone ?? "normal"] ?? "") + inline(visible(block.text)))
    case "verbatim":
      return fenced(visible(block.text), "")
    case "list":
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : "-"} ${inline(visibleLine(item))}`)
    case "fields":
      return block.entries.map(([name, value]) => `- **${inline(visibleLine(name))}**: ${inline(visibleLine(value))}`)
    case "table": {
      const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
      const cell = (text: string) => inline(visibleLine(text)).replaceAll("|", "\\|")
      return [
        row(block.columns.map(({ title }) => cell(title))),
        row(block.columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
        ...block.rows.map((cells) => row(block.columns.map((_, index) => cell(cells[index] ?? "")))),
      ]
    }
    case "quote": {
      const text = withGaps(visible(block.text).replace(/\n$/, "").split("\n"), block.numbers).join("\n")
      const place = codeSpan(`${visibleLine(block.path)}:${block.marked?.[0] ?? block.startLine}`)
      return [
        block.note ? `${place} ${inline(literal(visibleLine(block.note)))}` : place,
        "",
        ...fenced(text, /^[\w+#-]*$/.test(block.language) ? block.language : ""),
      ]
    }
  }
}

function fenced(text: string, language: string): string[] {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(Math.max(3, longest + 1))
  return [`${fence}${language}`, ...text.split("\n"), fence]
}

/** A line with an ellipsis where lines were left out. */
const withGaps = (lines: readonly string[], numbers: readonly number[] = []) =>
  lines.flatMap((line, at) =>
    (numbers[at] ?? 0) > (numbers[at - 1] ?? Number.POSITIVE_INFINITY) + 1 ? ["…", line] : [line],
  )

/** Lines that do not begin something else than a paragraph. */
const paragraph = (text: string) =>
  text
    .split("\n")
    .map((line) => line.replace(/^(\s*)([#>+-]|\d+[.)])(?=\s|$)/, (_, blank, mark) => `${blank}\\${mark}`))

function inline(text: string): string {
  return readInline(text)
    .map((span) => {
      if (span.style === "code") return codeSpan(span.text)
      const literal = span.text.replace(/[\\`*_[\]<>~]/g, "\\$&")
      return span.style === "strong" ? `**${literal}**` : literal
    })
    .join("")
}

function codeSpan(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const ticks = "`".repeat(longest + 1)
  return longest > 0 ? `${ticks} ${text} ${ticks}` : `${ticks}${text}${ticks}`
}
