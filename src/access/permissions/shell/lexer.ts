import { type Lexed, type Operator, type Redirection, type Token, UnsureError, type Word } from "./word.ts"

const mostCharacters = 20_000
const mostNested = 20

/** Longest first. `<<` is read apart, as its body stands on the following lines. */
const operators: readonly Operator[] = ["&&", "||", "|&", ";;", "|", ";", "&", "\n", "(", ")"]
const redirections: readonly Redirection[] = ["<<<", "&>>", "&>", ">>", ">|", ">&", "<>", "<&", "<", ">"]

interface HereDocument {
  readonly delimiter: string
  readonly isQuoted: boolean
  readonly stripsTabs: boolean
}

/**
 * Splits a command as bash and POSIX sh do, for both alike: where they differ, or where a form is rare enough to be a
 * trick, it throws UnsureError. What stands in substitutions is given back as text, to be taken apart in its turn.
 * Source: POSIX.1-2024 XCU 2.3 and the bash manual, 3.1 to 3.6.
 */
export function lex(source: string): Lexed {
  if (source.length > mostCharacters) throw new UnsureError(`it is longer than ${mostCharacters} characters`)
  if (/[\0\r]/.test(source)) throw new UnsureError("it holds a NUL or a carriage return")
  const tokens: Token[] = []
  const substitutions: string[] = []
  const waiting: HereDocument[] = []
  let at = 0
  while (at < source.length) {
    const char = source.charAt(at)
    if (char === " " || char === "\t") at += 1
    else if (source.startsWith("\\\n", at)) at += 2
    else if (char === "#") while (at < source.length && source.charAt(at) !== "\n") at += 1
    else if (source.startsWith("<<", at) && !source.startsWith("<<<", at)) at = hereDocument(at)
    else if ((char === "<" || char === ">") && source.charAt(at + 1) === "(") at = word(at)
    else {
      const redirection = redirections.find((one) => source.startsWith(one, at))
      const operator = redirection === undefined ? operators.find((one) => source.startsWith(one, at)) : undefined
      if (redirection !== undefined) {
        tokens.push({ kind: "redirect", operator: redirection })
        at += redirection.length
      } else if (operator !== undefined) {
        if (source.startsWith("((", at)) throw new UnsureError("it holds an arithmetic command")
        tokens.push({ kind: "operator", operator })
        at += operator.length
        if (operator === "\n") while (waiting.length > 0) at = body(waiting.shift(), at)
      } else at = word(at)
    }
  }
  if (waiting.length > 0) throw new UnsureError("a here-document has no body")
  return { tokens, substitutions }

  function word(start: number): number {
    const read = readWord(source, start, substitutions)
    // Digits right before a redirection are the number of a file: `2>`.
    const next = source.charAt(read.end)
    const isFileNumber = !read.word.isQuoted && /^\d+$/.test(read.word.text) && (next === "<" || next === ">")
    if (!isFileNumber) tokens.push({ kind: "word", word: read.word })
    return read.end
  }

  function hereDocument(start: number): number {
    const stripsTabs = source.charAt(start + 2) === "-"
    let begin = start + (stripsTabs ? 3 : 2)
    while (source.charAt(begin) === " " || source.charAt(begin) === "\t") begin += 1
    const read = readWord(source, begin, substitutions)
    if (!read.word.isLiteral || read.word.text === "") throw new UnsureError("a here-document's end is no plain word")
    waiting.push({ delimiter: read.word.text, isQuoted: read.word.isQuoted, stripsTabs })
    return read.end
  }

  function body(document: HereDocument | undefined, start: number): number {
    if (!document) return start
    for (let line = start; line < source.length; ) {
      const newline = source.indexOf("\n", line)
      const end = newline < 0 ? source.length : newline
      const text = source.slice(line, end)
      if ((document.stripsTabs ? text.replace(/^\t+/, "") : text) === document.delimiter) {
        // In the body quotes are plain characters, but substitutions are run.
        if (document.isQuoted) return end
        const content = source.slice(start, line)
        if (content.includes("\\\n")) throw new UnsureError("a here-document joins lines")
        readUntil(content, 0, undefined, substitutions, 0, false)
        return end
      }
      line = end + 1
    }
    throw new UnsureError("a here-document does not end")
  }
}

const endsWord = /[ \t\n;&|<>()]/

/** Whether a glob or a brace expansion may begin here: `[` alone is a command, `{}` and `@{1}` are themselves. */
function isPattern(source: string, at: number): boolean {
  const char = source.charAt(at)
  if (char === "*" || char === "?") return true
  if (char !== "[" && char !== "{") return false
  const rest = /^[^ \t\n;&|<>()]*/.exec(source.slice(at + 1, at + 4000))?.[0] ?? ""
  return char === "[" ? rest.includes("]") : /[,$`'"\\]|\.\./.test(rest)
}

function readWord(source: string, start: number, substitutions: string[]): { word: Word; end: number } {
  let text = ""
  let prefix: string | undefined
  let isQuoted = false
  let assigns: string | undefined
  const expands = () => {
    prefix ??= text
  }
  let at = start
  while (at < source.length) {
    const char = source.charAt(at)
    if ((char === "<" || char === ">") && source.charAt(at + 1) === "(") {
      expands()
      const end = readSubstitution(source, at + 2, substitutions, 0)
      text += source.slice(at, end)
      at = end
    } else if (endsWord.test(char)) break
    else if (char === "'") {
      const end = source.indexOf("'", at + 1)
      if (end < 0) throw new UnsureError("a quote does not end")
      text += source.slice(at + 1, end)
      isQuoted = true
      at = end + 1
    } else if (char === '"') {
      const read = readQuoted(source, at + 1, substitutions)
      if (read.expands) prefix ??= text + read.prefix
      text += read.text
      isQuoted = true
      at = read.end
    } else if (char === "\\") {
      if (at + 1 >= source.length) throw new UnsureError("it ends in a backslash")
      const next = source.charAt(at + 1)
      if (next !== "\n") text += next
      isQuoted ||= next !== "\n"
      at += 2
    } else if (char === "$" || char === "`") {
      // In `$'...'` and `$"..."` shells differ; alone a `$` is itself.
      if (/['"]/.test(source.charAt(at + 1)) && char === "$") throw new UnsureError("it holds $'...' or $\"...\"")
      const end = readExpansion(source, at, substitutions, 0)
      if (end > at + 1) expands()
      text += source.slice(at, Math.max(end, at + 1))
      at = Math.max(end, at + 1)
    } else {
      if (isPattern(source, at) || (char === "~" && (at === start || /[=:]$/.test(text)))) expands()
      if (char === "=" && !isQuoted) assigns ??= /^([A-Za-z_]\w*)\+?$/.exec(text)?.[1]
      text += char
      at += 1
    }
  }
  if (at === start) throw new UnsureError("it holds something that no word begins with")
  return { word: { text, isLiteral: prefix === undefined, isQuoted, prefix: prefix ?? text, assigns }, end: at }
}

function readQuoted(source: string, start: number, substitutions: string[], depth = 0) {
  let text = ""
  let prefix: string | undefined
  for (let at = start; at < source.length; ) {
    const char = source.charAt(at)
    if (char === '"') return { text, prefix: prefix ?? text, expands: prefix !== undefined, end: at + 1 }
    if (char === "\\") {
      const next = source.charAt(at + 1)
      if (next !== "\n") text += /["\\$`]/.test(next) ? next : `\\${next}`
      at += 2
    } else if (char === "$" || char === "`") {
      const end = Math.max(readExpansion(source, at, substitutions, depth), at + 1)
      if (end > at + 1) prefix ??= text
      text += source.slice(at, end)
      at = end
    } else {
      text += char
      at += 1
    }
  }
  throw new UnsureError("a quote does not end")
}

/** Reads what a `$` or a backtick begins; gives where it ends, which is `at` + 1 for a `$` that is only itself. */
function readExpansion(source: string, at: number, substitutions: string[], depth: number): number {
  if (depth > mostNested) throw new UnsureError("it is nested too deeply")
  if (source.charAt(at) === "`") {
    let end = at + 1
    while (source.charAt(end) !== "`") {
      if (end >= source.length) throw new UnsureError("a backtick has no other")
      // Which backslashes go before the command is read depends on the quotes around it.
      if (source.charAt(end) === "\\") throw new UnsureError("it holds a backslash between backticks")
      end += 1
    }
    substitutions.push(source.slice(at + 1, end))
    return end + 1
  }
  if (source.startsWith("$\\\n", at)) throw new UnsureError("a line ends between a $ and what it expands")
  if (source.startsWith("$((", at)) return readArithmetic(source, at)
  if (source.startsWith("$(", at)) return readSubstitution(source, at + 2, substitutions, depth)
  if (source.startsWith("$[", at)) throw new UnsureError("it holds $[...]")
  if (source.startsWith("${", at)) {
    const end = readUntil(source, at + 2, "}", substitutions, depth + 1, true)
    // `${x@P}` expands the value once more, commands and all.
    if (source.slice(at, end).includes("@P")) throw new UnsureError("it expands a variable as a prompt")
    return end
  }
  const name = /^\$(?:[A-Za-z_]\w*|[0-9*@#?$!-])/.exec(source.slice(at, at + 300))
  return name ? at + name[0].length : at + 1
}

/** Variables in an arithmetic expression are evaluated in their turn, with whatever they hold: only numbers are sure. */
function readArithmetic(source: string, at: number): number {
  const end = source.indexOf("))", at + 3)
  if (end < 0 || !/^[\d\s+*/%()<>=!&|^~?:,-]*$/.test(source.slice(at + 3, end)))
    throw new UnsureError("it holds an arithmetic expression with names")
  return end + 2
}

/** The text of a `$(`...`)`; `start` is behind the parenthesis. */
function readSubstitution(source: string, start: number, substitutions: string[], depth: number): number {
  if (depth > mostNested) throw new UnsureError("it is nested too deeply")
  // A here-document or a `case` in a substitution can hold a parenthesis that closes nothing.
  const end = readUntil(source, start, ")", [], depth + 1, true)
  const inner = source.slice(start, end - 1)
  if (/<<(?!<)/.test(inner) || /\bcase\b/.test(inner) || /(^|[\s;&|()])#/.test(inner))
    throw new UnsureError("a substitution holds a here-document, a case or a comment")
  substitutions.push(inner)
  return end
}

/** Where `close` stands, past quotes and nested expansions. Without `close`: to the end of the text. */
function readUntil(
  source: string,
  start: number,
  close: ")" | "}" | undefined,
  substitutions: string[],
  depth: number,
  quotes: boolean,
): number {
  if (depth > mostNested) throw new UnsureError("it is nested too deeply")
  for (let at = start; at < source.length; ) {
    const char = source.charAt(at)
    if (char === close) return at + 1
    if (char === "\\") at += 2
    else if (quotes && char === "'") {
      // In `"${x:-'}"` a quote may be itself; where one that opens does not close, it is not sure which.
      const end = source.indexOf("'", at + 1)
      if (end < 0 || close === "}")
        throw new UnsureError("it has a quote in a variable's expansion, or one that does not end")
      at = end + 1
    } else if (quotes && char === '"') at = readQuoted(source, at + 1, substitutions, depth + 1).end
    else if (quotes && char === "$" && /['"]/.test(source.charAt(at + 1)))
      throw new UnsureError("it holds $'...' or $\"...\"")
    else if (char === "$" || char === "`") at = Math.max(readExpansion(source, at, substitutions, depth + 1), at + 1)
    else if (close === ")" && char === "(") at = readUntil(source, at + 1, ")", substitutions, depth + 1, quotes)
    else at += 1
  }
  if (close === undefined) return source.length
  throw new UnsureError("a parenthesis or brace is not closed")
}
