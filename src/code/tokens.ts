/** A piece of source text that means something by itself. */
export interface Token {
  readonly text: string
  readonly start: number
  readonly kind: "name" | "number" | "string" | "mark" | "line" | "comment"
  /** White space stands before it. */
  readonly isSpaced: boolean
}

/** The end of one or more lines. */
export const lineEnd = "\n"

const names = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`
const numbers = String.raw`\d[\w.]*`
const marks = String.raw`=>|\?\.|\?\?=?|\.\.\.|===|!==|\*\*|&&=?|\|\|=?|->|::|:=|<-|[-+*/%=!<>]=|\+\+|--|[^\s]`
const doubled = String.raw`"(?:[^"\\\n]|\\.)*"?`
const single = String.raw`'(?:[^'\\\n]|\\.)*'?`
const ticked = "`(?:[^`\\\\]|\\\\[^])*`?"

const slashed = String.raw`\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)`
const hashed = String.raw`#[^\n]*`
const tripled = `"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)`
const dashed = String.raw`--[^\n]*`

/** How comments and strings look, by the index's names of languages; the rest is as in C. */
const hashedLanguages = new Set(["python", "ruby", "bash", "yaml", "toml", "elixir"])

const patterns = new Map<string, RegExp>()

function patternOf(language: string): RegExp {
  const known = patterns.get(language)
  if (known) return known
  const isHashed = hashedLanguages.has(language)
  const comments = isHashed
    ? hashed
    : language === "lua"
      ? dashed
      : language === "php"
        ? `${slashed}|${hashed}`
        : slashed
  // In Rust a single quote begins a lifetime as well: what is no character is a mark.
  const quotes = language === "rust" ? String.raw`'(?:[^'\\\n]|\\.)'` : single
  const strings = [...(isHashed ? [tripled] : []), doubled, quotes, ticked].join("|")
  const pattern = new RegExp(
    String.raw`(?<space>[^\S\n]+)|(?<line>\n\s*)|(?<comment>${comments})|(?<string>${strings})|(?<name>${names})|(?<number>${numbers})|(?:${marks})`,
    "gu",
  )
  patterns.set(language, pattern)
  return pattern
}

/** Tokens of a text, its comments among them. Never fails: what it does not know is a mark of one character. */
export function* tokensOf(text: string, language: string): Generator<Token> {
  let isSpaced = false
  let last: Token["kind"] = "line"
  for (const { 0: piece, index: start, groups = {} } of text.matchAll(patternOf(language))) {
    if (groups.space !== undefined) {
      isSpaced = true
      continue
    }
    const kind = kindOf(groups)
    // Empty lines say no more than the end of one.
    if (kind === "line" && last === "line") continue
    yield { text: kind === "line" ? lineEnd : piece, start, kind, isSpaced }
    isSpaced = kind === "line" || kind === "comment"
    last = kind
  }
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): Token["kind"] {
  if (groups.name !== undefined) return "name"
  if (groups.line !== undefined) return "line"
  if (groups.comment !== undefined) return "comment"
  if (groups.number !== undefined) return "number"
  return groups.string !== undefined ? "string" : "mark"
}

export const isName = (text: string): boolean => /^[\p{L}_$]/u.test(text)

/** Words of one or another language that are never names of somebody's own. */
const keywords = new Set(
  (
    "abstract and as assert async await bool boolean break case catch char class const continue def default defer del do " +
    "double elif else end enum except export extends false finally float fn for from func function global go if impl " +
    "implements import in instanceof int interface is lambda let long match mod mut namespace new nil None not null number " +
    "of or package pass private protected pub public raise readonly require return self Self short static string struct " +
    "super switch this throw throws trait true True False try type typeof undefined use var void when where while with yield"
  ).split(" "),
)

export const isKeyword = (text: string): boolean => keywords.has(text)

/** What begins a comment to the end of the line; undefined where a language has none that is known. */
export function commentMark(language: string): string | undefined {
  if (hashedLanguages.has(language)) return "#"
  if (language === "lua") return "--"
  return /^(?:html|css|markdown|json|text)$/.test(language) ? undefined : "//"
}
