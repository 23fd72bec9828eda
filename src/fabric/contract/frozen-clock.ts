import { setImmediate } from "node:timers/promises"
import type { Clock, ManualClock } from "../../base/clock.ts"

/** A clock whose sleepers wake only while it is not frozen, as in a process that was stopped; time itself goes on. */
export interface FreezableClock extends Clock {
  freeze(): void
  thaw(): void
}

export function freezable(clock: Clock): FreezableClock {
  let thawed: PromiseWithResolvers<void> | undefined
  return {
    now: () => clock.now(),
    async sleep(ms, signal) {
      await clock.sleep(ms, signal)
      while (thawed) await thawed.promise
    },
    freeze() {
      thawed ??= Promise.withResolvers<void>()
    },
    thaw() {
      thawed?.resolve()
      thawed = undefined
    },
  }
}

/** Moves a manual clock on in small steps, letting everything that woke run before the next. */
export async function passTime(clock: ManualClock, ms: number, stepMs = 500): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left))
    await setImmediate()
  }
}
