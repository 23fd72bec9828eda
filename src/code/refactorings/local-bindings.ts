/** What stands before and after a name, to the ends of its line. */
type Looks = (before: string, after: string) => boolean

const notTypes =
  /^(?:return|else|case|goto|throw|new|delete|sizeof|await|yield|in|not|and|or|do|instanceof|import|package|extends|implements)$/

const declared: Looks = (before, after) => {
  const type = /(?:^|\W)(\w+)(?:<[^<>]*>|\[\])?[\s*&]+$/.exec(before)?.[1]
  if (type !== undefined && !notTypes.test(type)) return /^\s*(?:[,;=)[:]|$)/.test(after)
  return /^\s*->/.test(after)
}

const assigned: Looks = (before, after) =>
  /^\s*(?:,\s*\w+\s*)*=(?![=~>])/.test(after) ||
  (/\|[^|]*$/.test(before) && /^[^|]*\|/.test(after)) ||
  /\bdef\s+[\w.?!]+[\s(][^)]*$/.test(before) ||
  /\b(?:local|for|in|fn)\s+$/.test(before)

/** By the index's names of languages. */
const looks: Readonly<Record<string, Looks>> = {
  go: (before, after) =>
    /^\s*(?:,\s*\w+\s*)*:=/.test(after) ||
    /\bvar\s+$/.test(before) ||
    /:=/.test(after.split(/[;{]/)[0] ?? "") ||
    (/[(,]\s*$/.test(before) && /^(?:\s*,\s*\w+)*\s+(?:[\w*[]|\.\.\.)/.test(after)),
  rust: (before, after) =>
    /\b(?:let|mut|ref|for)\s+[(&]?$/.test(before) ||
    (/[(,|]\s*&?$/.test(before) && /^\s*:(?!:)/.test(after)) ||
    (/\|[^|]*$/.test(before) && /^[^|]*\|/.test(after)) ||
    (/\blet\b[^=]*$/.test(before) && /=/.test(after)) ||
    (/[(,]\s*$/.test(before) && /^[\s,)\w]*=>/.test(after)),
  c: declared,
  cpp: declared,
  java: declared,
  csharp: declared,
}

/**
 * Whether a name looks as if it were given to something here: a variable, a parameter. By its line alone, for languages
 * whose scopes are not understood: too often rather than too seldom.
 */
export function looksBound(text: string, start: number, end: number, language: string): boolean {
  const lineEnd = text.indexOf("\n", end)
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start)
  const after = text.slice(end, lineEnd < 0 ? text.length : lineEnd)
  return (looks[language] ?? assigned)(before, after)
}

/** Whether a name stands behind an object or a module: no local is meant. */
export const isQualified = (text: string, start: number): boolean =>
  /(?:\.|->|::|@)\s*$/.test(text.slice(Math.max(0, start - 40), start))
