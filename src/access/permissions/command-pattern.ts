import { starMatch } from "./pattern.ts"
import type { Word } from "./shell/word.ts"

/**
 * How surely a pattern covers a program with its words. `maybe`: it depends on words that only the run will tell; enough
 * for a rule that denies to ask, never for one that allows.
 */
export type Cover = "yes" | "maybe" | "no"

/**
 * `npm run test:*` and `npm run test *` are `npm run test` with any further words; `git * main` has any words between; a
 * `*` inside a word stands for any characters of that word. Without a star the words must be exactly those. `*` alone is
 * every program. Words are compared one by one, so that no quote or space can make two of one.
 */
export function commandCover(pattern: string, words: readonly Word[], open: boolean): Cover {
  const wanted = pattern.trim().replace(/:\*$/, " *").split(/\s+/).filter(Boolean)
  const seen = new Map<number, Cover>()
  const from = (p: number, w: number): Cover => {
    const key = p * (words.length + 1) + w
    const known = seen.get(key)
    if (known !== undefined) return known
    const answer = judge(p, w)
    seen.set(key, answer)
    return answer
  }
  const judge = (p: number, w: number): Cover => {
    const part = wanted[p]
    const word = words[w]
    if (part === undefined) return word === undefined ? (open ? "maybe" : "yes") : "no"
    if (part === "*" && p === wanted.length - 1) return "yes"
    if (word === undefined) return open ? "maybe" : part === "*" ? from(p + 1, w) : "no"
    if (part === "*") return better(from(p + 1, w), from(p, w + 1))
    // A word that is not known may become none, one or several words.
    if (!word.isLiteral) return mayBegin(part, word.prefix) ? "maybe" : "no"
    return starMatch(part, word.text) ? from(p + 1, w + 1) : "no"
  }
  return wanted.length === 0 ? "no" : from(0, 0)
}

const better = (a: Cover, b: Cover): Cover =>
  a === "yes" || b === "yes" ? "yes" : a === "maybe" || b === "maybe" ? "maybe" : "no"

/** Whether a word of the pattern may match something that begins with `prefix`. */
function mayBegin(pattern: string, prefix: string): boolean {
  const plain = pattern.split("*", 1)[0] ?? ""
  return plain.length >= prefix.length ? plain.startsWith(prefix) || pattern.includes("*") : prefix.startsWith(plain)
}
