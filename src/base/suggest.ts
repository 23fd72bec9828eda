import { distance } from "fastest-levenshtein"

/**
 * The candidates that somebody who typed `word` probably meant, best first, at most three: a small edit distance for
 * the length of the word, one that begins with it, or one of whose dotted parts it is.
 */
export function suggestions(word: string, candidates: readonly string[]): string[] {
  const typed = word.toLowerCase()
  if (typed === "") return []
  const most = Math.max(1, Math.floor(Math.max(typed.length, 3) * 0.4))
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(typed, candidate.toLowerCase()) }))
    .filter(({ score }) => score <= most + 0.1)
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** "Did you mean a, b or c?", or undefined when nothing is near. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  show = (name: string) => name,
): string | undefined {
  const near = suggestions(word, candidates).map((name) => `\`${show(name)}\``)
  const last = near.pop()
  if (last === undefined) return undefined
  return `Did you mean ${near.length > 0 ? `${near.join(", ")} or ` : ""}${last}?`
}

function scoreOf(typed: string, name: string): number {
  const parts = name.split(".")
  if (typed.length >= 2 && (name.startsWith(typed) || parts.includes(typed))) return 0.5
  return Math.min(apart(typed, name), ...parts.slice(1).map((part) => apart(typed, part) + 0.1))
}

/** Levenshtein's distance, with two letters that changed places as one mistake: the most common of all. */
function apart(typed: string, name: string): number {
  const edits = distance(typed, name)
  return edits === 2 && sortedLetters(typed) === sortedLetters(name) ? 1 : edits
}

const sortedLetters = (word: string) => [...word].sort().join("")
