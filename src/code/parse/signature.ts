import { truncate } from "../../base/text.ts"

export const maxSignatureLength = 300

/** The declaration in `text` from `start` to `end` on one line, without the mark of a body after it. */
export function signatureOf(text: string, start: number, end: number, hasAttributes: boolean): string {
  // A declaration may be as long as its file (a data table); what is far beyond the limit is not looked at.
  const raw = text.slice(start, Math.min(end, start + maxSignatureLength * 4))
  return truncate(
    collapsed(hasAttributes ? withoutAttributes(raw) : raw).replace(/\s*(?:[{:=,]|=>|\bdo|\bthen)$/, ""),
    maxSignatureLength,
  )
}

/** `text` with each run of white space as one space, trimmed. */
export const collapsed = (text: string): string => (isCollapsed(text) ? text : text.replace(/\s+/g, " ").trim())

/** The usual case, told without making a new string. */
function isCollapsed(text: string): boolean {
  let before = 32
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127 || (code <= 32 && (code !== 32 || before === 32))) return false
    before = code
  }
  return before !== 32
}

/** Skips `@Name(…)`, `[Name(…)]` and `#[name]` at the start. */
function withoutAttributes(text: string): string {
  let at = 0
  for (;;) {
    while (at < text.length && text.charCodeAt(at) <= 32) at++
    const mark = text[at]
    let next = at
    if (mark === "@" && /[\w$]/.test(text[at + 1] ?? "") && !text.startsWith("@interface", at)) {
      next = at + 1
      while (/[\w$.:]/.test(text[next] ?? "")) next++
      if (text[next] === "(") next = afterBracket(text, next)
    } else if (mark === "[") next = afterBracket(text, at)
    else if (mark === "#" && text[at + 1] === "[") next = afterBracket(text, at + 1)
    if (next === at || next >= text.length) return at === 0 ? text : text.slice(at)
    at = next
  }
}

function afterBracket(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const unit = text[at]
    if (unit === "(" || unit === "[") depth++
    else if (unit === ")" || unit === "]") {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return text.length
}
