import { dayOf, type ModelCalled } from "./events.ts"

/** Rows that are added up under their key before they go to a table: many calls of one kind are one row of it. */
export interface Sums {
  add(key: readonly string[], numbers: readonly number[]): void
  rows(): Iterable<readonly (string | number)[]>
}

export function sums(): Sums {
  const byKey = new Map<string, { readonly key: readonly string[]; readonly numbers: number[] }>()
  return {
    add(key, numbers) {
      // No name has this sign in it.
      const id = key.join("\u0000")
      const known = byKey.get(id)
      if (!known) byKey.set(id, { key, numbers: [...numbers] })
      else for (const [at, n] of numbers.entries()) known.numbers[at] = (known.numbers[at] ?? 0) + n
    },
    *rows() {
      for (const { key, numbers } of byKey.values()) yield [...key, ...numbers]
    },
  }
}

/** Adds a call to the rows of `used` and `part`, in the order of their columns. */
export function addCall({ used, parts }: { readonly used: Sums; readonly parts: Sums }, call: ModelCalled): void {
  const day = dayOf(call.at)
  for (const [section, tokens] of Object.entries(call.sections)) parts.add([day, "section", section], [1, tokens])
  if (call.cacheMiss) {
    const { cause, section } = call.cacheMiss
    const name = section === undefined ? cause : `${cause}: ${section}`
    parts.add([day, "miss", name], [1, Math.max(0, call.inputTokens - call.cachedInputTokens)])
  }
  // What was kept is there at once: it would make providers look quicker than they are.
  const isReused = call.outcome === "cached" || call.outcome === "shared"
  const firstTokenMs = isReused ? null : call.firstTokenMs
  used.add(
    [day, call.user, call.project ?? "", call.command ?? "", call.provider, call.model],
    [
      1,
      call.outcome === "failed" ? 1 : 0,
      call.outcome === "cancelled" ? 1 : 0,
      call.inputTokens,
      call.cachedInputTokens,
      call.cacheWriteTokens,
      call.outputTokens,
      call.reasoningTokens,
      call.costUsd ?? 0,
      call.costUsd === null ? 1 : 0,
      firstTokenMs ?? 0,
      firstTokenMs === null ? 0 : 1,
      isReused ? 0 : call.durationMs,
      isReused ? 1 : 0,
      call.savedTokens ?? 0,
      call.savedUsd ?? 0,
    ],
  )
}
