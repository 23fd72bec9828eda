import type { Remembered } from "./remembered.ts"

/** Why something was recalled: each from 0 to 1. */
export interface Why {
  /** How much it is about what was asked. */
  readonly relevance: number
  readonly recency: number
  readonly frequency: number
  readonly confidence: number
  /** The words that it shares with what was asked. */
  readonly words: readonly string[]
}

export interface Scored {
  readonly memory: Remembered
  readonly score: number
  readonly why: Why
}

/** What matters whatever is asked. */
const alwaysRelevant: Readonly<Partial<Record<Remembered["kind"], number>>> = {
  preference: 0.3,
  constraint: 0.25,
  correction: 0.2,
}
/** Long-term memories age slowly; patterns have a window of their own. */
const recencyHalfLifeMs = 90 * 86_400_000
/** Three rare words out of a hundred memories make it all but certain that a memory is meant. */
const surenessPerWord = 5

/**
 * The best first. `matches`: the words that each memory shares with the question. A word counts the more the fewer of the
 * memories have it (inverse document frequency), so that no dictionary is needed.
 */
export function ranked(
  memories: readonly Remembered[],
  matches: ReadonlyMap<Remembered, readonly string[]>,
  { nowMs, isSearch }: { readonly nowMs: number; readonly isSearch: boolean },
): Scored[] {
  const having = new Map<string, number>()
  for (const words of matches.values()) for (const word of words) having.set(word, (having.get(word) ?? 0) + 1)
  const rarity = (word: string) => Math.log(1 + memories.length / (having.get(word) ?? 1))
  return memories
    .flatMap((memory): Scored[] => {
      const words = matches.get(memory) ?? []
      const matched = 1 - Math.exp(-words.reduce((sum, word) => sum + rarity(word), 0) / surenessPerWord)
      const base = isSearch ? 0 : (alwaysRelevant[memory.kind] ?? 0)
      const relevance = base + (1 - base) * matched
      if (relevance === 0) return []
      const recency = 2 ** (-Math.max(0, nowMs - Date.parse(memory.lastAt)) / recencyHalfLifeMs)
      const frequency = memory.weight / (memory.weight + 1)
      const { confidence } = memory
      const score = relevance * (0.4 + 0.2 * recency + 0.2 * frequency + 0.2 * confidence)
      return [{ memory, score, why: { relevance, recency, frequency, confidence, words } }]
    })
    .sort((a, b) => b.score - a.score || (a.memory.id < b.memory.id ? -1 : 1))
}
