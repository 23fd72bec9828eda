/**
 * Git's wildmatch, compiled: `*`, `?`, `[...]` with classes and ranges, `\` escapes, and `**` between slashes.
 * Matching never backtracks past the last star, so that a pattern from a strange repository can't hang the process, as a
 * regular expression made from it could: time is at most the product of the two lengths.
 * Source: git's wildmatch.c and gitignore(5).
 */
export type Glob = (text: string) => boolean

type Part = { readonly kind: "char"; readonly char: string } | { readonly kind: "any" | "star" } | Bracket
interface Bracket {
  readonly kind: "bracket"
  readonly isNegated: boolean
  readonly has: (char: string) => boolean
}

/** A pattern for one name (no slashes). Undefined: the pattern is malformed and matches nothing. */
export function nameGlob(pattern: string): Glob | undefined {
  const literal = literalOf(pattern)
  if (literal !== undefined) return (text) => text === literal
  // The two commonest shapes, `*.ext` and `prefix*`, need no machine.
  const suffix = pattern.startsWith("*") ? literalOf(pattern.slice(1)) : undefined
  if (suffix !== undefined) return (text) => text.endsWith(suffix)
  const prefix = pattern.endsWith("*") ? literalOf(pattern.slice(0, -1)) : undefined
  if (prefix !== undefined) return (text) => text.startsWith(prefix)
  const parts = partsOf(pattern)
  return parts && ((text) => matchName(parts, Array.from(text)))
}

/** A pattern for a whole path, with `**`. */
export function pathGlob(pattern: string): Glob | undefined {
  // Git compares the plain beginning of a pattern first and matches the rest by itself, so that `a**/b` is `a` and `**/b`.
  const split = /^([^*?[\\]*[^*?[\\/])(\*\*+(?:\/.*)?)$/s.exec(pattern)
  if (split) {
    const [, start = "", rest = ""] = split
    const glob = pathGlob(rest)
    return glob && ((text) => text.startsWith(start) && glob(text.slice(start.length)))
  }
  const globs: (Glob | "**")[] = []
  const names = splitPattern(pattern)
  if (!names) return undefined
  for (const name of names) {
    if (/^\*\*+$/.test(name)) {
      if (globs.at(-1) !== "**") globs.push("**")
      continue
    }
    const glob = nameGlob(name)
    if (!glob) return undefined
    globs.push(glob)
  }
  if (!globs.includes("**")) {
    return (text) => {
      const names = text.split("/")
      return names.length === globs.length && globs.every((glob, i) => (glob as Glob)(names[i] as string))
    }
  }
  return (text) => matchPath(globs, text.split("/"))
}

/** The pattern's text when it has no wildcards. */
export function literalOf(pattern: string): string | undefined {
  return /[*?[\\]/.test(pattern) ? undefined : pattern
}

/** Splits at slashes, but not at those in brackets; an escaped slash is a slash too. Undefined when a bracket never closes. */
function splitPattern(pattern: string): string[] | undefined {
  const chars = Array.from(pattern)
  const names: string[] = []
  let name = ""
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string
    if (char === "\\" && chars[i + 1] === "/") continue
    if (char === "\\") name += char + (chars[++i] ?? "")
    else if (char === "[") {
      const end = bracketAt(chars, i)?.end
      if (end === undefined) return undefined
      name += chars.slice(i, end + 1).join("")
      i = end
    } else if (char === "/") {
      names.push(name)
      name = ""
    } else name += char
  }
  return [...names, name]
}

/** `**` as a name: any number of names, but at the end at least one. A table, so that many `**` cost no more. */
function matchPath(globs: readonly (Glob | "**")[], names: readonly string[]): boolean {
  let reached = new Set([0])
  globs.forEach((glob, g) => {
    const next = new Set<number>()
    if (glob === "**") {
      const from = Math.min(...reached) + (g === globs.length - 1 ? 1 : 0)
      for (let n = from; n <= names.length; n++) next.add(n)
    } else for (const n of reached) if (n < names.length && glob(names[n] as string)) next.add(n + 1)
    reached = next
  })
  return reached.has(names.length)
}

function matchName(parts: readonly Part[], text: readonly string[]): boolean {
  let p = 0
  let t = 0
  let starAt = -1
  let resumeAt = 0
  while (t < text.length) {
    const part = parts[p]
    if (part?.kind === "star") {
      starAt = p++
      resumeAt = t
    } else if (part && matchesChar(part, text[t] as string)) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++resumeAt
    } else return false
  }
  while (parts[p]?.kind === "star") p++
  return p === parts.length
}

function matchesChar(part: Part, char: string): boolean {
  if (part.kind === "char") return part.char === char
  if (part.kind === "bracket") return part.has(char) !== part.isNegated
  return part.kind === "any"
}

function partsOf(pattern: string): Part[] | undefined {
  const chars = Array.from(pattern)
  const parts: Part[] = []
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string
    if (char === "*") {
      if (parts.at(-1)?.kind !== "star") parts.push({ kind: "star" })
    } else if (char === "?") parts.push({ kind: "any" })
    else if (char === "\\") {
      const next = chars[++i]
      if (next === undefined) return undefined
      parts.push({ kind: "char", char: next })
    } else if (char === "[") {
      const read = bracketAt(chars, i)
      if (!read) return undefined
      parts.push(read.bracket)
      i = read.end
    } else parts.push({ kind: "char", char })
  }
  return parts
}

const classes: Record<string, RegExp> = {
  alnum: /[a-z0-9]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-f]/i,
}

/** The bracket expression that opens at `start`, and where it closes; undefined when it is malformed. */
function bracketAt(chars: readonly string[], start: number): { bracket: Bracket; end: number } | undefined {
  let i = start + 1
  const isNegated = chars[i] === "!" || chars[i] === "^"
  if (isNegated) i++
  const tests: ((char: string) => boolean)[] = []
  let previous: string | undefined
  for (let isFirst = true; isFirst || chars[i] !== "]"; isFirst = false, i++) {
    let char = chars[i]
    if (char === undefined) return undefined
    if (char === "-" && previous !== undefined && chars[i + 1] !== undefined && chars[i + 1] !== "]") {
      let last = chars[++i]
      if (last === "\\") last = chars[++i]
      if (last === undefined) return undefined
      const [from, to] = [previous, last]
      tests.push((c) => c >= from && c <= to)
      previous = undefined
      continue
    }
    if (char === "[" && chars[i + 1] === ":") {
      const close = chars.indexOf("]", i + 2)
      if (close < 0) return undefined
      if (chars[close - 1] === ":" && close - 1 > i + 1) {
        const name = chars.slice(i + 2, close - 1).join("")
        const known = Object.hasOwn(classes, name) ? classes[name] : undefined
        if (!known) return undefined
        tests.push((c) => known.test(c))
        previous = undefined
        i = close
        continue
      }
    }
    if (char === "\\") char = chars[++i]
    if (char === undefined) return undefined
    const only = char
    tests.push((c) => c === only)
    previous = char
  }
  return { bracket: { kind: "bracket", isNegated, has: (c) => tests.some((test) => test(c)) }, end: i }
}
