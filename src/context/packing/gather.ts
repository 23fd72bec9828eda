import { asDuckError, TimeoutError } from "../../base/errors.ts"
import { throwIfAborted, withTimeout } from "../../base/signal.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { ContextItem, ContextNeed, ContextSource, Gather, PackedItem } from "../context.ts"
import { pack } from "./pack.ts"

const quickMs = 5_000
/** Type checkers take as long as the project is large. */
const diagnosticsMs = 30_000

/** How long an engine waits for its sources; what has not come by then is left out, and said. */
export const gatherWithinMs = ({ wantsDiagnostics = false }: Pick<ContextNeed, "wantsDiagnostics">): number =>
  wantsDiagnostics ? diagnosticsMs : quickMs

/**
 * Asks all sources at once, within the time, and packs what they give. A source that fails or is late is left out and
 * said; one that is late is also told to stop.
 */
export function gatherer(sources: readonly ContextSource[]): Gather {
  const rank = new Map(sources.map(({ name }, i) => [name, i]))
  const stable = (a: PackedItem, b: PackedItem) =>
    (rank.get(a.source) ?? 0) - (rank.get(b.source) ?? 0) || b.score - a.score || (a.id < b.id ? -1 : 1)

  return async (need, { budgetTokens, withinMs, signal }) => {
    const startedAt = performance.now()
    const asked = sources.filter(({ name }) => need.sources?.includes(name) ?? true)
    const answers = await Promise.all(asked.map((source) => answerOf(source, need, withinMs, signal)))
    throwIfAborted(signal)
    const { under } = need
    const all = answers.flatMap(({ items }) => items)
    const wanted = under ? all.filter(({ place }) => place === undefined || liesIn(place.path, under)) : all
    const packed = await pack(wanted, budgetTokens)
    return {
      ...packed,
      items: [...packed.items].sort(stable),
      budgetTokens,
      sources: answers.map(({ items, ...told }) => ({ ...told, items: items.length })),
      tookMs: performance.now() - startedAt,
    }
  }
}

interface SourceAnswer {
  readonly name: string
  readonly items: readonly ContextItem[]
  readonly tookMs: number
  readonly problem?: string
}

async function answerOf(
  { name, gather }: ContextSource,
  need: ContextNeed,
  withinMs: number,
  signal: AbortSignal,
): Promise<SourceAnswer> {
  const startedAt = performance.now()
  const told = (items: readonly ContextItem[], problem?: string): SourceAnswer => ({
    name,
    items,
    tookMs: performance.now() - startedAt,
    ...(problem === undefined ? {} : { problem }),
  })
  try {
    return told(await withTimeout(`The source ${name}`, withinMs, signal, (within) => gather(need, within)))
  } catch (thrown) {
    return told([], thrown instanceof TimeoutError ? "it was not ready in time" : asDuckError(thrown).message)
  }
}
