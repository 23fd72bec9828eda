/** How a language marks comments, as far as the weight of a word needs it. */
interface Marks {
  /** Starts a comment to the end of the line. */
  readonly line: readonly string[]
  readonly block?: readonly [string, string]
}

const slashes: Marks = { line: ["//"], block: ["/*", "*/"] }
const hash: Marks = { line: ["#"] }
const byLanguage: Readonly<Record<string, Marks>> = {
  typescript: slashes,
  tsx: slashes,
  javascript: slashes,
  jsx: slashes,
  go: slashes,
  rust: slashes,
  java: slashes,
  c: slashes,
  cpp: slashes,
  csharp: slashes,
  "c-sharp": slashes,
  css: { line: [], block: ["/*", "*/"] },
  php: { line: ["//", "#"], block: ["/*", "*/"] },
  python: hash,
  ruby: hash,
  bash: hash,
  elixir: hash,
  yaml: hash,
  toml: hash,
  lua: { line: ["--"], block: ["--[[", "]]"] },
  html: { line: [], block: ["<!--", "-->"] },
}

/** Languages that are prose or data: no keyword of theirs is grammar. */
const proseLanguages: ReadonlySet<string> = new Set(["markdown", "text", "html", "json", "yaml", "toml", "css"])
export const isProse = (language: string): boolean => proseLanguages.has(language)

/**
 * Offsets of the comments in a text, as pairs of start and end, found line by line without a grammar: a comment mark at a
 * line's start, or after white space and before it (so that the `//` of an address in a string is none). A word's weight
 * hangs on it, nothing else.
 */
export function commentRanges(text: string, language: string): number[] {
  const marks = byLanguage[language]
  if (!marks) return []
  const ranges: number[] = []
  const firsts = new Uint8Array(128)
  for (const mark of [...marks.line, ...(marks.block ? [marks.block[0]] : [])]) firsts[mark.charCodeAt(0)] = 1
  let atLineStart = true
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 10) {
      atLineStart = true
      continue
    }
    if (unit === 32 || unit === 9 || unit === 13) continue
    if (firsts[unit] === 1) {
      const end = commentEnd(text, at, marks, atLineStart)
      if (end > at) {
        ranges.push(at, end)
        at = end - 1
        continue
      }
    }
    atLineStart = false
  }
  return ranges
}

function commentEnd(text: string, at: number, marks: Marks, atLineStart: boolean): number {
  const isApart = atLineStart || text.charCodeAt(at - 1) <= 32
  if (!isApart) return at
  if (marks.block && text.startsWith(marks.block[0], at)) {
    const end = text.indexOf(marks.block[1], at + marks.block[0].length)
    return end < 0 ? text.length : end + marks.block[1].length
  }
  for (const mark of marks.line) {
    if (!text.startsWith(mark, at)) continue
    const next = text.charCodeAt(at + mark.length)
    if (!atLineStart && next > 32) continue
    const end = text.indexOf("\n", at)
    return end < 0 ? text.length : end
  }
  return at
}
