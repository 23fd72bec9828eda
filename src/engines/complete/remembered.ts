import type { CompletionPlace } from "./cursor.ts"

/** What a model wrote lately. Whoever types what was suggested keeps the rest of it, and nobody is asked again. */
export interface Remembered {
  /** What is left of what was written at a place from which the text was typed on. `key`: for whom, by which model. */
  recall(key: string, place: CompletionPlace): readonly string[] | undefined
  keep(key: string, place: CompletionPlace, texts: readonly string[]): void
}

interface Entry {
  readonly key: string
  readonly path: string
  readonly head: string
  readonly tail: string
  readonly texts: readonly string[]
}

const mostKept = 50

export function remembering(): Remembered {
  let entries: Entry[] = []
  return {
    recall(key, { path, text, offset }) {
      const head = text.slice(0, offset)
      const tail = text.slice(offset)
      for (const entry of entries) {
        if (entry.key !== key || entry.path !== path || entry.tail !== tail || !head.startsWith(entry.head)) continue
        const typed = head.slice(entry.head.length)
        const left = entry.texts.flatMap((one) =>
          one.startsWith(typed) && one.length > typed.length ? [one.slice(typed.length)] : [],
        )
        if (left.length > 0) return left
      }
      return undefined
    },
    keep(key, { path, text, offset }, texts) {
      if (texts.length === 0) return
      entries = [{ key, path, head: text.slice(0, offset), tail: text.slice(offset), texts }, ...entries].slice(
        0,
        mostKept,
      )
    },
  }
}
