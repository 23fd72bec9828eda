/**
 * What a text must hold for a regular expression to match in it: all of these runs, or one of several sets of them.
 * `null` says nothing is known, so that every file has to be looked at. After Russ Cox, "Regular Expression Matching with
 * a Trigram Index" (2012), kept to literal runs.
 */
export type Needed = { readonly all: readonly string[]; readonly any: readonly (readonly string[])[] } | null

const maxBranches = 16

/** Reads a JavaScript regular expression's source. What it does not understand it takes as "anything". */
export function neededBy(source: string): Needed {
  const branches = splitAlternatives(source)
  if (branches.length === 1) {
    const runs = literalRuns(branches[0] ?? "")
    return runs.length > 0 ? { all: runs, any: [] } : null
  }
  if (branches.length > maxBranches) return null
  const sets = branches.map(literalRuns)
  return sets.every((set) => set.length > 0) ? { all: [], any: sets } : null
}

/** Cuts at the bars that stand outside groups and classes. */
function splitAlternatives(source: string): string[] {
  const branches: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < source.length; at++) {
    const char = source[at]
    if (char === "\\") at++
    else if (char === "[") at = endOfClass(source, at)
    else if (char === "(") depth++
    else if (char === ")") depth--
    else if (char === "|" && depth === 0) {
      branches.push(source.slice(start, at))
      start = at + 1
    }
  }
  return [...branches, source.slice(start)]
}

/** The runs of three or more literal characters that every match of a branch holds. */
function literalRuns(branch: string): string[] {
  const runs: string[] = []
  let run = ""
  const end = () => {
    if (run.length >= 3) runs.push(run)
    run = ""
  }
  for (let at = 0; at < branch.length; ) {
    const [literal, next] = itemAt(branch, at)
    const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(branch.slice(next))
    if (quantifier) {
      const isOptional = quantifier[0].startsWith("*") || quantifier[0].startsWith("?") || quantifier[1] === "0"
      if (typeof literal === "string" && !isOptional) run += literal
      else if (Array.isArray(literal) && !isOptional) {
        end()
        runs.push(...literal)
      }
      end()
      at = next + quantifier[0].length
    } else {
      if (typeof literal === "string") run += literal
      else {
        end()
        if (literal) runs.push(...literal)
      }
      at = next
    }
  }
  end()
  return runs
}

/** One item: a literal character, the runs a group needs, "" for what matches no character, or null for anything. */
function itemAt(branch: string, at: number): [string | string[] | null, number] {
  const char = branch.charAt(at)
  if (char === "\\") {
    const escaped = branch.charAt(at + 1)
    if (escaped === "b" || escaped === "B") return ["", at + 2]
    if (/[a-zA-Z0-9]/.test(escaped)) return [null, at + 2 + extraOf(branch, at + 1)]
    return [escaped, at + 2]
  }
  if (char === "[") return [null, endOfClass(branch, at) + 1]
  if (char === "^" || char === "$") return ["", at + 1]
  if (char === ".") return [null, at + 1]
  if (char === "(") {
    const end = endOfGroup(branch, at)
    const inner = branch.slice(at + 1, end)
    const opening = /^\?(?::|<[A-Za-z_]\w*>)/.exec(inner)
    // Look-arounds match nothing of their own, or must not match.
    if (inner.startsWith("?") && !opening) return [null, end + 1]
    const needed = neededBy(inner.slice(opening?.[0].length ?? 0))
    return [needed && needed.any.length === 0 ? [...needed.all] : null, end + 1]
  }
  return [char, at + 1]
}

/** Length of what belongs to an escape beyond its letter: \x41, A, \u{41}, \p{L}, \k<name>. */
function extraOf(branch: string, at: number): number {
  const rest = /^(?:x[\da-fA-F]{2}|u\{[^}]*\}|u[\da-fA-F]{4}|[pP]\{[^}]*\}|k<[^>]*>|c[A-Za-z]|\d+)/.exec(
    branch.slice(at),
  )
  return rest ? rest[0].length - 1 : 0
}

function endOfClass(source: string, at: number): number {
  for (let end = at + 1; end < source.length; end++) {
    if (source[end] === "\\") end++
    else if (source[end] === "]" && end > at + 1) return end
  }
  return source.length
}

function endOfGroup(source: string, at: number): number {
  let depth = 0
  for (let end = at; end < source.length; end++) {
    const char = source[end]
    if (char === "\\") end++
    else if (char === "[") end = endOfClass(source, end)
    else if (char === "(") depth++
    else if (char === ")" && --depth === 0) return end
  }
  return source.length
}
