import { type Block, inlineCode } from "../document.ts"

/**
 * The Markdown that models write, as blocks: paragraphs, headings, lists, fenced code (as inline code, a line at a time).
 * What is something else is shown as it stands.
 */
export function markdownBlocks(text: string): Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  let list: { items: string[]; ordered: boolean } | undefined
  let code: string[] | undefined
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", text: paragraph.join("\n") })
    if (list) blocks.push({ kind: "list", ...list })
    paragraph = []
    list = undefined
  }
  const closeCode = () => {
    if (code && code.length > 0) blocks.push({ kind: "paragraph", text: code.map(inlineCode).join("\n") })
    code = undefined
  }
  for (const line of text.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) {
      if (code) closeCode()
      else {
        flush()
        code = []
      }
      continue
    }
    if (code) {
      if (line.trim() !== "") code.push(line)
      continue
    }
    const heading = /^#{1,6}\s+(.*)$/.exec(line)
    const item = /^\s*([-*+]|\d+[.)])\s+(.*)$/.exec(line)
    if (heading?.[1] !== undefined) {
      flush()
      blocks.push({ kind: "heading", text: heading[1], level: 2 })
    } else if (item?.[2] !== undefined) {
      const ordered = /\d/.test(item[1] ?? "")
      if (!list || list.ordered !== ordered || paragraph.length > 0) {
        flush()
        list = { items: [], ordered }
      }
      list.items.push(item[2])
    } else if (line.trim() === "") flush()
    // A line that goes on with an item.
    else if (list && /^\s/.test(line)) list.items[list.items.length - 1] += ` ${line.trim()}`
    else {
      if (list) flush()
      paragraph.push(line)
    }
  }
  closeCode()
  flush()
  return blocks
}
