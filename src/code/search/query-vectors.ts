import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import type { Embedder } from "./embedder.ts"
import { type Quantised, quantised } from "./quantised.ts"
import { soon } from "./soon.ts"

/** A search waits so long for the vector of its question, then goes on without. */
export const queryWithinMs = 500
/** After a failure nobody is asked for so long: every search would wait. */
const restMs = 15_000
/** Questions whose vectors are remembered. */
const remembered = 100
/** So many questions wait for the model at most. */
const mostAsked = 4

type QueryVector = Quantised | { readonly why: string }

export interface QueryVectors {
  /** Never rejects, and never takes longer than `queryWithinMs`. */
  vector(embedder: Embedder, text: string): Promise<QueryVector>
  /** Resolves when nobody is asked any more, which the signal brings about. */
  closed(): Promise<void>
}

/**
 * Vectors of questions. One that came too late is there for the next time: local models take seconds to load when they
 * are first asked, and `duck ask` searches for the same words more than once.
 */
export function queryVectors({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): QueryVectors {
  const known = new Map<string, Quantised>()
  const asked = new Map<string, Promise<QueryVector>>()
  let resting = { model: "", untilMs: 0, why: "" }

  const ask = async (embedder: Embedder, text: string, key: string): Promise<QueryVector> => {
    try {
      const [vector] = await embedder.embed([text], "query", signal)
      const found = vector && quantised(vector)
      if (!found) return { why: "the model gave no vector for this question" }
      known.set(key, found)
      const oldest = known.keys().next()
      if (known.size > remembered && !oldest.done) known.delete(oldest.value)
      return found
    } catch (thrown) {
      const why = `the model could not be asked: ${asDuckError(thrown).message}`
      resting = { model: embedder.id, untilMs: clock.now() + restMs, why }
      return { why }
    }
  }
  const answered = (embedder: Embedder, text: string, key: string): Promise<QueryVector> => {
    const running = asked.get(key)
    if (running) return running
    const fresh = ask(embedder, text, key).finally(() => asked.delete(key))
    asked.set(key, fresh)
    return fresh
  }

  return {
    async vector(embedder, text) {
      if (text.trim() === "") return { why: "there are no words to ask for" }
      const key = `${embedder.id}\n${text}`
      const found = known.get(key)
      if (found) return found
      if (resting.model === embedder.id && clock.now() < resting.untilMs) return { why: resting.why }
      if (asked.size >= mostAsked && !asked.has(key)) return { why: "the model is busy with earlier questions" }
      const answer = await soon(answered(embedder, text, key), { ms: queryWithinMs, clock, signal })
      return answer ?? { why: `the model did not answer within ${queryWithinMs} ms` }
    },
    async closed() {
      await Promise.allSettled(asked.values())
    },
  }
}
