import { tokensOf } from "../../code/tokens.ts"
import type { Cursor } from "./cursor.ts"

/** Marks that models write around code, and the ends that they were trained to write. */
const fence = /^\s*```[^\n]*\n([\s\S]*?)\n?```\s*$/
const sentinels = /<\|(?:fim_\w+|endoftext|file_sep(?:arator)?|repo_name|im_end)\|>|<(?:EOT|MID|fim_\w+)>|<｜[^｜]*｜>/
const tag = /<insert>([\s\S]*?)(?:<\/insert>|$)/

const opens: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }
const closes = new Set(Object.values(opens))

/**
 * What of a model's words is put in at the cursor: the code alone, up to where its block ends or what stands behind the
 * cursor would come again. "" where nothing is left.
 */
export function trimmed(said: string, cursor: Cursor, { isWhole = true } = {}): string {
  const code = codeIn(said)
  const line = restOfLine(cursor)
  const single = line.trim() === "" ? code : (code.split("\n", 1)[0] ?? "")
  const balanced = upToItsEnd(single, cursor)
  const fresh = isWhole ? withoutRepetition(balanced, cursor) : balanced
  return fresh.trim() === "" ? "" : fresh.trimEnd()
}

function codeIn(said: string): string {
  const inside = tag.exec(said)?.[1] ?? said
  const bare = fence.exec(inside)?.[1] ?? inside
  const end = bare.search(sentinels)
  return end < 0 ? bare : bare.slice(0, end)
}

const restOfLine = ({ text, offset }: Cursor) => text.slice(offset).split("\n", 1)[0] ?? ""

/** Up to the first bracket that closes more than may be closed here, or the first line that is further out than the cursor's. */
function upToItsEnd(code: string, cursor: Cursor): string {
  const { text, offset, language, before, behind } = cursor
  const start = text.lastIndexOf("\n", offset - 1) + 1
  const indent = /^[ \t]*/.exec(text.slice(start, offset))?.[0].length ?? 0
  let room = Math.max(0, unclosed(before) - closing(behind))
  const open: string[] = []
  let end = code.length
  for (const token of tokensOf(code, language)) {
    if (opens[token.text] !== undefined) open.push(opens[token.text] ?? "")
    else if (closes.has(token.text) && open.pop() !== token.text && --room < 0) {
      end = token.start
      break
    }
  }
  const kept = code.slice(0, end).replace(/\n[ \t]*$/, "")
  const lines = kept.split("\n")
  const out = lines.findIndex((line, at) => at > 0 && line.trim() !== "" && isFurtherOut(line, indent))
  return out < 0 ? kept : lines.slice(0, out).join("\n")
}

/** A line of closing brackets is the end of what was begun, wherever it stands. */
const isFurtherOut = (line: string, indent: number) =>
  (/^[ \t]*/.exec(line)?.[0].length ?? 0) < indent && !/^[ \t]*[)\]}]+[;,]?[ \t]*$/.test(line)

/** Brackets that are open at the end of the tokens. */
function unclosed(tokens: Cursor["before"]): number {
  let open = 0
  for (const { text } of tokens) {
    if (opens[text] !== undefined) open++
    else if (closes.has(text)) open = Math.max(0, open - 1)
  }
  return open
}

/** Brackets that close what was opened before the tokens. */
function closing(tokens: Cursor["before"]): number {
  let open = 0
  let closed = 0
  for (const { text } of tokens) {
    if (opens[text] !== undefined) open++
    else if (closes.has(text)) {
      if (open > 0) open--
      else closed++
    }
  }
  return closed
}

/** Without its end where that is how what stands behind the cursor begins, and nothing where all of it stands there. */
function withoutRepetition(code: string, { text, offset }: Cursor): string {
  const behind = text.slice(offset)
  const words = behind.trimStart()
  if (words === "") return code
  const lines = code.split("\n")
  const first = (words.split("\n", 1)[0] ?? "").trim()
  // A line of brackets alone may well stand twice.
  if (/[\p{L}\p{N}_]/u.test(first)) {
    const again = lines.findIndex((line, at) => at > 0 && line.trim() === first)
    if (again >= 0) return lines.slice(0, again).join("\n")
  }
  for (let length = Math.min(code.length, words.length, 500); length > 0; length--) {
    const tail = code.slice(code.length - length)
    if (words.startsWith(tail) && (length > 2 || code.length === length || /^[)\]};,"'`]+$/.test(tail)))
      return code.slice(0, code.length - length)
  }
  return code
}
