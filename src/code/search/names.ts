import { distance } from "fastest-levenshtein"
import type { View } from "../index/view.ts"
import { partsOf } from "../index/words.ts"

/** The names that are defined in a tree, for searches by part of a name and for near misses. */
export interface NameIndex {
  /** Names that match what was typed, best first: whole, by its beginning, by its humps (`gUN` for getUserName), inside. */
  match(typed: string, limit: number): { readonly name: string; readonly score: number; readonly how: string }[]
  /** Names close to one of the words: a slip of the keyboard away, or sharing most of it. */
  nearest(words: readonly string[], limit: number): string[]
}

/** Reads the names of contents when first asked, and again only those of contents that came or went. */
export function nameIndex(view: View): NameIndex {
  const counts = new Map<string, number>()
  const known = new Set<number>()
  let version = -1

  const count = (content: number, step: 1 | -1) => {
    const defs = view.links(content)?.defs ?? []
    for (let at = 0; at < defs.length; at += 4) {
      const name = String(defs[at])
      const now = (counts.get(name) ?? 0) + step
      if (now > 0) counts.set(name, now)
      else counts.delete(name)
    }
  }
  const sync = () => {
    if (version === view.tree.version) return
    version = view.tree.version
    const live = new Set<number>()
    for (const { content } of view.tree.files()) if (content !== 0) live.add(content)
    if ([...known].some((content) => !live.has(content) && !view.contents.get(content))) {
      // The names of a content that was dropped can't be read any more.
      counts.clear()
      known.clear()
    }
    for (const content of known) {
      if (live.has(content)) continue
      known.delete(content)
      count(content, -1)
    }
    for (const content of live) {
      if (known.has(content)) continue
      known.add(content)
      count(content, 1)
    }
  }

  return {
    match(typed, limit) {
      sync()
      const last =
        typed
          .trim()
          .split(/[.#:\s/]+/)
          .at(-1) ?? ""
      if (last === "") return []
      const folded = last.toLowerCase()
      const found: { name: string; score: number; how: string }[] = []
      for (const name of counts.keys()) {
        const [score, how] = likeness(name, last, folded)
        if (score > 0) found.push({ name, score: score - Math.min(0.05, name.length / 2000), how })
      }
      return found.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)).slice(0, limit)
    },
    nearest(words, limit) {
      sync()
      const best = new Map<string, number>()
      for (const word of words.slice(0, 6)) {
        const folded = word.toLowerCase()
        if (folded.length < 3) continue
        const most = Math.max(1, Math.floor(folded.length / 3))
        for (const name of counts.keys()) {
          const other = name.toLowerCase()
          let away = Number.POSITIVE_INFINITY
          if (Math.abs(other.length - folded.length) <= most) away = distance(folded, other)
          else if (folded.length >= 4 && (other.includes(folded) || (other.length >= 4 && folded.includes(other))))
            away = most + Math.abs(other.length - folded.length) / 20
          if (away <= most + 1)
            best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, away / folded.length))
        }
      }
      return [...best]
        .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, limit)
        .map(([name]) => name)
    },
  }
}

function likeness(name: string, typed: string, folded: string): [number, string] {
  if (name === typed) return [1, "the name, exactly"]
  const other = name.toLowerCase()
  if (other === folded) return [0.95, "the name, in other case"]
  if (other.startsWith(folded)) return [0.8, "begins the name"]
  if (other.includes(folded)) return [0.6, "stands in the name"]
  if (typed.length >= 2 && beginsParts(name, typed)) return [0.5, "begins the parts of the name"]
  return [0, ""]
}

/** Whether the typed humps begin successive parts of the name: `getUN` and `gun` both for getUserName. */
function beginsParts(name: string, typed: string): boolean {
  const parts = partsOf(name)
  if (parts.length < 2) return false
  const letters = typed.toLowerCase()
  const from = (part: number, at: number): boolean => {
    if (at === letters.length) return true
    const here = parts[part]
    if (here === undefined) return false
    let common = 0
    while (common < here.length && here[common] === letters[at + common]) common++
    for (let taken = common; taken > 0; taken--) if (from(part + 1, at + taken)) return true
    return part > 0 && from(part + 1, at)
  }
  return parts.length <= 12 && from(0, 0)
}
