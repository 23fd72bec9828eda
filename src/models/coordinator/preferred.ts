import { hash } from "node:crypto"
import type { Clock } from "../../base/clock.ts"
import type { Models } from "../models.ts"
import type { UsageEvent } from "../usage/events.ts"

/** The event of a choice between answers. The prompt is kept as its hash alone: it may hold code. */
export function preferred(
  { attribution: { user, project }, prompt, preferred: liked, others }: Parameters<Models["prefer"]>[0],
  clock: Clock,
): UsageEvent {
  return {
    type: "comparison.preferred",
    data: {
      at: new Date(clock.now()).toISOString(),
      user,
      ...(project === undefined ? {} : { project }),
      prompt: hash("sha256", prompt),
      preferred: liked,
      others: [...others],
    },
  }
}
