import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { Clock } from "../base/clock.ts"
import type { Activity } from "./activity.ts"

/** After so much quiet: once when the work is done, and once more when what it left running has ended as well. */
const trimAfterMs = [5_000, 15_000] as const
const lookMs = 2_500

/**
 * Gives memory back once nobody has asked for anything for a while. V8 keeps what a burst of work made it take until
 * the next one; a server that sits in the background of a laptop should not.
 */
export async function trimWhenQuiet({
  activity,
  clock,
  signal,
  trim,
}: {
  readonly activity: Activity
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly trim: () => void
}): Promise<void> {
  let uses = -1
  let trims = 0
  for (;;) {
    const now = activity.uses()
    if (now !== uses) trims = 0
    uses = now
    const afterMs = trimAfterMs[trims]
    if (afterMs !== undefined && activity.idleForMs() >= afterMs) {
      trims += 1
      trim()
    }
    try {
      await clock.sleep(lookMs, signal)
    } catch {
      return
    }
  }
}

let collect: ((how: { readonly type: "major"; readonly flavor: "last-resort" }) => void) | undefined

/** Collects all garbage now. V8 has no call for it unless it is told to; the flag adds one to contexts made from then on. */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc")
    collect = runInNewContext("gc") as typeof collect
    setFlagsFromString("--no-expose-gc")
  }
  // Several collections in a row, as before running out of memory: the first alone gives back next to nothing.
  collect?.({ type: "major", flavor: "last-resort" })
}
