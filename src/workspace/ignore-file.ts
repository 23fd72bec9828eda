import { type Glob, literalOf, nameGlob, pathGlob } from "./glob.ts"

/** The rules of one ignore file, for what lies in or under the folder it stands in. */
export interface IgnoreFile {
  /**
   * What the last matching rule says of an entry: true ignored, false explicitly not ignored, undefined nothing.
   * `path` is posix and relative to the file's folder, `name` its last part.
   */
  decide(path: string, name: string, isFolder: boolean): boolean | undefined
}

interface Rule {
  readonly isNegated: boolean
  readonly foldersOnly: boolean
  readonly onName: boolean
  /** The whole pattern, when it is a plain name. */
  readonly literal: string | undefined
  readonly glob: Glob
}

/**
 * Parses text in the syntax of gitignore(5). Says nothing of parents: a walker that does not enter ignored folders gets
 * git's rule that nothing under an ignored folder can be brought back.
 */
export function parseIgnoreFile(text: string): IgnoreFile {
  // The last match wins. Most rules are plain names and are looked up; only the others are tried one after another.
  const named = new Map<string, { rule: Rule; order: number }[]>()
  const others: { rule: Rule; order: number }[] = []
  text
    .replace(/^\ufeff/, "")
    .split("\n")
    .forEach((line, order) => {
      const rule = ruleOf(line)
      if (!rule) return
      if (rule.literal === undefined) others.unshift({ rule, order })
      else named.set(rule.literal, [{ rule, order }, ...(named.get(rule.literal) ?? [])])
    })
  return {
    decide(path, name, isFolder) {
      const best = named.get(name)?.find(({ rule }) => isFolder || !rule.foldersOnly)
      for (const { rule, order } of others) {
        if (best && order < best.order) break
        if ((isFolder || !rule.foldersOnly) && rule.glob(rule.onName ? name : path)) return !rule.isNegated
      }
      return best && !best.rule.isNegated
    },
  }
}

function ruleOf(line: string): Rule | undefined {
  if (line.startsWith("#")) return undefined
  let pattern = trimTrailingSpaces(line.endsWith("\r") ? line.slice(0, -1) : line)
  const isNegated = pattern.startsWith("!")
  if (isNegated) pattern = pattern.slice(1)
  const foldersOnly = pattern.endsWith("/")
  if (foldersOnly) pattern = pattern.slice(0, -1)
  if (pattern === "") return undefined
  const onName = !pattern.includes("/")
  if (pattern.startsWith("/")) pattern = pattern.slice(1)
  const glob = onName ? nameGlob(pattern) : pathGlob(pattern)
  return glob && { isNegated, foldersOnly, onName, literal: onName ? literalOf(pattern) : undefined, glob }
}

/** Trailing spaces count only when escaped; nothing else is trimmed, as in git. */
function trimTrailingSpaces(line: string): string {
  let keep = 0
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\\") keep = Math.min(line.length, ++i + 1)
    else if (line[i] !== " ") keep = i + 1
  }
  return line.slice(0, keep)
}
