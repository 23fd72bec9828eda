import type { Entry } from "../conversation/entries.ts"

/**
 * Where a window may be cut: each number is the index of an entry that may be the first one kept. Never between a call and
 * its result, which providers refuse.
 */
export function cutsOf(window: readonly Entry[]): number[] {
  const open = new Set<string>()
  const cuts: number[] = []
  window.forEach((entry, at) => {
    if (at > 0 && open.size === 0 && entry.kind !== "tool") cuts.push(at)
    if (entry.kind === "tool") open.delete(entry.id)
    if (entry.kind === "assistant") for (const part of entry.parts) if (part.kind === "tool-call") open.add(part.id)
  })
  return cuts
}

/**
 * The cut that leaves at most `keepTokens` at the end; the latest one where not even that is enough, undefined where there
 * is none at all.
 */
export function cutAt(
  window: readonly Entry[],
  tokensOf: (entry: Entry) => number,
  keepTokens: number,
): number | undefined {
  const cuts = cutsOf(window)
  let kept = 0
  let best: number | undefined = cuts.at(-1)
  for (let at = window.length - 1; at > 0; at--) {
    const entry = window[at]
    if (entry) kept += tokensOf(entry)
    if (kept > keepTokens) break
    if (cuts.includes(at)) best = at
  }
  return best
}
