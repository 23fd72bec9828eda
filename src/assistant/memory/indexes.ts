import type { Remembered } from "./remembered.ts"
import { type WordIndex, wordIndex, wordsOf } from "./word-index.ts"

/** The words of places, by which their memories are found. */
export interface PlaceIndexes {
  /** The words of the question that each of the memories has. */
  matches(query: string, groups: readonly Group[]): Map<Remembered, readonly string[]>
  close(): void
}

export interface Group {
  /** Null: patterns, whose texts change: they are indexed for the one question. */
  readonly place: string | null
  readonly memories: readonly Remembered[]
}

/** Places whose index is kept in memory; each server has one of each project and user that is active. */
const mostKept = 64

export function placeIndexes(): PlaceIndexes {
  const kept = new Map<string, WordIndex>()

  const indexOf = (place: string) => {
    const index = kept.get(place) ?? wordIndex()
    kept.delete(place)
    kept.set(place, index)
    const oldest = kept.entries().next()
    if (kept.size > mostKept && !oldest.done) {
      const [name, unused] = oldest.value
      unused.close()
      kept.delete(name)
    }
    return index
  }

  return {
    matches(query, groups) {
      const words = wordsOf(query)
      const found = new Map<Remembered, string[]>()
      for (const { place, memories } of words.length === 0 ? [] : groups) {
        const index = place === null ? wordIndex() : indexOf(place)
        const byId = new Map(memories.map((memory) => [memory.id, memory]))
        // The text of an id never changes, so what is in the index stays right.
        for (const { id, text } of memories) if (text !== null && !index.has(id)) index.add(id, text)
        for (const word of words) {
          for (const id of index.having(word)) {
            const memory = byId.get(id)
            if (memory) found.set(memory, [...(found.get(memory) ?? []), word])
          }
        }
        if (place === null) index.close()
      }
      return found
    },
    close() {
      for (const index of kept.values()) index.close()
      kept.clear()
    },
  }
}
