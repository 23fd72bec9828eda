import type { Embedder } from "./embedder.ts"

/** Words that mean the same to the stand-in, and share no letter pattern that a word search could see. */
const classes: readonly (readonly string[])[] = [
  ["backoff", "delay", "wait", "patience", "linger"],
  ["retry", "attempt", "again", "persist"],
  ["socket", "connection", "spaceship", "telephone"],
  ["email", "mail", "letterbox"],
]
const width = 64

/** A vector of meaning that anyone can compute: a direction for each class of words, and one for each other word. */
export function meaningOf(text: string): Float32Array {
  const vector = new Float32Array(width)
  for (const word of text.match(/[a-z]+|[A-Z][a-z]*/g) ?? []) {
    const known = classes.findIndex((words) => words.includes(word.toLowerCase()))
    let at = known
    if (known < 0) {
      at = 7
      for (const char of word.toLowerCase()) at = (at * 31 + char.charCodeAt(0)) % (width - 16)
      at += 16
    }
    vector[at] = (vector[at] ?? 0) + (known < 0 ? 0.2 : 1)
  }
  return vector
}

export interface ScriptedEmbedder extends Embedder {
  /** What it was asked, a list for each request. */
  readonly asked: { readonly texts: readonly string[]; readonly kind: "document" | "query" }[]
  /** What it throws in place of the next answer; undefined: it answers. */
  fail: ((texts: readonly string[], kind: "document" | "query") => Error | undefined) | undefined
}

/** An embedder that keeps what it was asked. */
export function scriptedEmbedder(id = "scripted/one", vectorOf = meaningOf): ScriptedEmbedder {
  const embedder: ScriptedEmbedder = {
    id,
    asked: [],
    fail: undefined,
    async embed(texts, kind, signal) {
      signal.throwIfAborted()
      embedder.asked.push({ texts: [...texts], kind })
      const error = embedder.fail?.(texts, kind)
      if (error) throw error
      return texts.map(vectorOf)
    },
  }
  return embedder
}

/** All texts that were embedded as documents, in order. */
export const documentsOf = ({ asked }: ScriptedEmbedder): string[] =>
  asked.filter(({ kind }) => kind === "document").flatMap(({ texts }) => texts)
