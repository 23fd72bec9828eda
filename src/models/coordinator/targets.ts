import { ModelError } from "../errors.ts"
import { lazily, read } from "../layers/stream.ts"
import type { Target } from "../target.ts"
import { type NameBook, type Place, placeOf } from "./names.ts"

/** Of a model that is not known yet. */
const unknownFacts = {
  contextTokens: null,
  maxOutputTokens: null,
  price: null,
  supports: { tools: null, images: null, reasoning: null, outputSchema: null },
} as const

/**
 * Who may answer: the wanted model first, then those of the failover list. Only for the wanted one somebody may have to be
 * asked what a name means; one that can't be asked now is a target that fails, so that the next one takes over. Throws
 * ModelError where the wanted name is no model's.
 */
export async function targetsFor(
  {
    name,
    failover,
    book,
    targetOf,
  }: {
    readonly name: string
    readonly failover: readonly string[]
    readonly book: NameBook
    readonly targetOf: (place: Place) => Target
  },
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const targets = [await wanted()]
  for (const other of failover) targets.push(await later(other))
  return targets.filter((target, at) => targets.findIndex((one) => isOne(one, target)) === at)

  async function wanted(): Promise<Target> {
    try {
      return targetOf(await placeOf(name, book, signal))
    } catch (error) {
      const isName = error instanceof ModelError && (error.fault === "MODEL_UNKNOWN" || error.fault === "NO_MODEL")
      if (failover.length === 0 || signal.aborted || isName) throw error
      return unresolved(name, async () => {
        throw error
      })
    }
  }

  /** Where its provider would have to be asked first, that is done when its turn comes. */
  async function later(other: string): Promise<Target> {
    try {
      return targetOf(await placeOf(other, { ...book, list: nobodyIsAsked }, signal))
    } catch {
      return unresolved(other, async (within) => targetOf(await placeOf(other, book, within)))
    }
  }

  function unresolved(what: string, resolve: (signal: AbortSignal) => Promise<Target>): Target {
    const provider = what.split("/")[0] ?? what
    return {
      provider: provider === "" ? (book.providers[0]?.name ?? "") : provider,
      model: what,
      isLocal: false,
      facts: unknownFacts,
      call: (request, within) =>
        lazily(async () => {
          const target = await resolve(within)
          return read(target.call({ ...request, model: target.model }, within))
        }),
    }
  }
}

const isOne = (a: Target, b: Target) => a.provider === b.provider && a.model === b.model

/** In the place of asking a provider for its list. */
export const nobodyIsAsked = async (): Promise<never> => {
  throw new Error("Nobody is asked now.")
}
