import { distance } from "fastest-levenshtein"

/**
 * The candidates that somebody who typed `word` probably meant, best first, at most three: a small edit distance for
 * the length of the word, or one that begins with it.
 */
export function suggestions(word: string, candidates: readonly string[]): string[] {
  const typed = word.toLowerCase()
  const scored = candidates.map((candidate) => {
    const name = candidate.toLowerCase()
    const starts = typed.length >= 2 && name.startsWith(typed)
    return { candidate, score: starts ? 0.5 : distance(typed, name) }
  })
  const most = Math.max(1, Math.floor(Math.max(typed.length, 3) * 0.4))
  return scored
    .filter(({ score }) => score <= most)
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** "Did you mean a, b or c?", or undefined when nothing is near. */
export function didYouMean(word: string, candidates: readonly string[], show = (name: string) => name) {
  const near = suggestions(word, candidates).map((name) => `\`${show(name)}\``)
  if (near.length === 0) return undefined
  const last = near.pop()
  return `Did you mean ${near.length > 0 ? `${near.join(", ")} or ` : ""}${last}?`
}
