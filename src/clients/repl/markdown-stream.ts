import { codeLine } from "./code-ink.ts"
import { type Ink, painted } from "./ink.ts"

/** Paints Markdown while it is written: what is given is shown at once, but for the few letters that may be a mark. */
export interface MarkdownStream {
  push(text: string): void
  /** Shows what was held back and ends all styles; the next text begins anew. */
  end(): void
  /** Nothing stands on the line that is written now. */
  readonly isAtLineStart: boolean
}

/** What a line may still become as long as it is this. */
const undecided = /^[ \t]*(#{0,6}|`{0,2}|~{0,2}|[-+>]?|\*{0,2}|\d{1,3}[.)]?)$/
const fenceLine = /^[ \t]*(`{3,}|~{3,})\s*([\w+#.-]*)/

/** Without colours the text goes through as it is. */
export function markdownStream(write: (text: string) => void, ink: Ink): MarkdownStream {
  /** The beginning of a line, until it is known what line it is. */
  let head: string | undefined = ""
  let fence: { readonly mark: string; readonly language: string } | undefined
  let code = ""
  /** Signs that may be part of a mark with the next one. */
  let held = ""
  let isBold = false
  let isCode = false
  let isHeading = false
  let isAtLineStart = true

  const put = (text: string) => {
    if (text === "") return
    write(text)
    isAtLineStart = text.endsWith("\n")
  }
  const toggleBold = () => {
    isBold = !isBold
    if (!isHeading) put(isBold ? ink.bold.on : ink.bold.off)
  }
  const toggleCode = () => {
    isCode = !isCode
    put(isCode ? ink.code.on : ink.code.off)
  }
  const release = () => {
    const marks = held
    held = ""
    if (marks === "**" && !isCode) toggleBold()
    else if (marks === "`") toggleCode()
    else put(marks)
  }
  const endLine = () => {
    release()
    if (isCode) put(ink.code.off)
    if (isBold || isHeading) put(ink.bold.off)
    isCode = false
    isBold = false
    isHeading = false
  }

  const inline = (sign: string) => {
    if (held !== "" && (sign !== held[0] || held.length === (held[0] === "*" ? 2 : 8))) release()
    if (sign === "`" || (sign === "*" && !isCode)) held += sign
    else put(sign)
  }

  const begin = (line: string) => {
    const heading = /^[ \t]*#{1,6}[ \t]+/.exec(line)
    const item = /^([ \t]*)[-*+][ \t]+/.exec(line)
    const quote = /^[ \t]*>[ \t]?/.exec(line)
    let rest = line
    if (heading) {
      isHeading = true
      put(ink.bold.on)
      rest = line.slice(heading[0].length)
    } else if (item) {
      put(`${item[1]}• `)
      rest = line.slice(item[0].length)
    } else if (quote) {
      put(painted(ink.quiet, "│ "))
      rest = line.slice(quote[0].length)
    }
    for (const sign of rest) inline(sign)
  }

  const newline = () => {
    if (fence) {
      const closes = code.trim().startsWith(fence.mark) && /^[`~]+$/.test(code.trim())
      if (closes) fence = undefined
      else put(`  ${codeLine(code, fence.language, ink)}`)
      if (!closes) put("\n")
      code = ""
      if (closes) head = ""
      return
    }
    const opening = head === undefined ? null : fenceLine.exec(head)
    if (opening) {
      fence = { mark: opening[1] ?? "```", language: (opening[2] ?? "").toLowerCase() }
      head = ""
      return
    }
    if (head !== undefined) begin(head)
    endLine()
    put("\n")
    head = ""
  }

  const take = (sign: string) => {
    if (sign === "\n") newline()
    else if (fence) code += sign
    else if (head === undefined) inline(sign)
    else {
      head += sign
      if (undecided.test(head) || fenceLine.test(head)) return
      const line = head
      head = undefined
      begin(line)
    }
  }

  return {
    push(text) {
      if (!ink.hasColor) return put(text)
      for (const sign of text) take(sign)
    },
    end() {
      if (fence && code !== "") put(`  ${codeLine(code, fence.language, ink)}`)
      else if (head !== undefined && head !== "" && !fenceLine.test(head)) begin(head)
      endLine()
      fence = undefined
      code = ""
      head = ""
    },
    get isAtLineStart() {
      return isAtLineStart && (head === undefined || head === "") && code === ""
    },
  }
}
