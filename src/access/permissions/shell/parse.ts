import { lex } from "./lexer.ts"
import { type Redirection, type Token, UnsureError, type Word } from "./word.ts"

/** One program with its words, as the shell would start it. */
export interface SimpleCommand {
  readonly kind: "command"
  /** Never empty; the first is the program. */
  readonly words: readonly Word[]
  /** Names of the variables set for this command alone. */
  readonly assigns: readonly string[]
}

/** A variable that is set for what follows in the shell. */
interface Assignment {
  readonly kind: "assign"
  readonly name: string
}

/** A file that the shell itself opens. */
export interface Opened {
  readonly kind: "open"
  readonly access: "read" | "write"
  readonly path: Word
}

export interface Script {
  readonly steps: readonly (SimpleCommand | Assignment | Opened)[]
  /** Commands that the shell runs to fill in words. */
  readonly substitutions: readonly string[]
  /** A step may be run more than once. */
  readonly hasLoop: boolean
}

const separators = new Set(["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!"])
const beyond = new Set(["case", "esac", "select", "function", "coproc", "[["])

const isKeyword = ({ text, isQuoted }: Word) =>
  !isQuoted && (separators.has(text) || beyond.has(text) || text === "for" || text === "in")

/**
 * Every command, assignment and redirection of a shell text, in the order they stand in. Conditions and loops don't
 * matter here: whatever may be run is listed. Throws UnsureError for what it does not know for certain.
 */
export function parseShell(text: string): Script {
  const { tokens, substitutions } = lex(text)
  const steps: Script["steps"][number][] = []
  let words: Word[] = []
  let assigns: string[] = []
  let hasLoop = false
  /** After `&>` sh begins another command where bash goes on with this one. */
  let isParted = false
  /** A redirection stands before the command's first word, which then is no keyword. */
  let isRedirected = false
  let at = 0

  const endCommand = () => {
    if (words.length > 0) steps.push({ kind: "command", words, assigns })
    else for (const name of assigns) steps.push({ kind: "assign", name })
    words = []
    assigns = []
    isRedirected = false
    isParted = false
  }

  while (at < tokens.length) {
    const token = tokens[at] as Token
    at += 1
    if (token.kind === "redirect") {
      const target = tokens[at]
      at += 1
      isRedirected = true
      isParted ||= token.operator.startsWith("&")
      if (target?.kind !== "word") throw new UnsureError("a redirection leads nowhere")
      const opened = openedBy(token.operator, target.word)
      if (opened) steps.push(opened)
    } else if (token.kind === "operator") {
      // A name before it: a function or an array. It may also stand after a redirection, but then nothing is run.
      if (token.operator === "(" && (words.length > 0 || assigns.length > 0))
        throw new UnsureError("it defines a function or an array")
      if (token.operator === ";;") throw new UnsureError("it holds a case")
      endCommand()
    } else at = word(token.word, at)
  }
  endCommand()
  return { steps, substitutions, hasLoop }

  function word(read: Word, next: number): number {
    const isFirst = words.length === 0 && assigns.length === 0
    if (isParted) throw new UnsureError("shells differ in what `&>` means before other words")
    if (isFirst && isRedirected && isKeyword(read)) throw new UnsureError("it has a keyword after a redirection")
    if (isFirst && !read.isQuoted && beyond.has(read.text)) throw new UnsureError(`it holds \`${read.text}\``)
    if (isFirst && !read.isQuoted && read.text === "for") {
      hasLoop = true
      return loop(next)
    }
    if (isFirst && !read.isQuoted && separators.has(read.text)) {
      hasLoop ||= read.text === "while" || read.text === "until"
      return next
    }
    if (words.length === 0 && read.assigns !== undefined) assigns.push(read.assigns)
    else if (words.length === 0 && /^[A-Za-z_]\w*\[/.test(read.text)) throw new UnsureError("it sets part of an array")
    else words.push(read)
    // An index in a word that a builtin evaluates runs the commands in it, however it is quoted: `[ -v 'a[$(id)]' ]`.
    if (/\[[^\]]*(\$\(|`)/.test(read.text)) throw new UnsureError("it holds a command in an array's index")
    return next
  }

  /** `for NAME in words`; the words are only given to the variable. */
  function loop(start: number): number {
    const name = tokens[start]
    if (name?.kind !== "word" || !/^[A-Za-z_]\w*$/.test(name.word.text)) throw new UnsureError("it holds a strange for")
    steps.push({ kind: "assign", name: name.word.text })
    let next = start + 1
    while (tokens[next]?.kind === "word") next += 1
    const end = tokens[next]
    if (end?.kind !== "operator" || (end.operator !== ";" && end.operator !== "\n"))
      throw new UnsureError("it holds a strange for")
    const first = tokens[start + 1]
    if (first?.kind === "word" && first.word.text !== "in") throw new UnsureError("it holds a strange for")
    return next
  }
}

function openedBy(operator: Redirection, path: Word): Opened | undefined {
  if (operator === "<<<") return undefined
  const isNumber = path.isLiteral && /^(\d+-?|-)$/.test(path.text)
  if ((operator === ">&" || operator === "<&") && isNumber) return undefined
  if (path.isLiteral && /^\/dev\/(null|stdin|stdout|stderr|tty|fd\/\d+)$/.test(path.text)) return undefined
  return { kind: "open", access: operator === "<" || operator === "<&" ? "read" : "write", path }
}
