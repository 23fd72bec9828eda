import { DuckError } from "../base/errors.ts"
import type { Committed, Event, Events } from "./ports.ts"

/** Turns the data of version v into that of v + 1. Pure. */
export type Upcast = (data: unknown) => unknown

/** Events as they would be written today. */
export interface Upcasting {
  event(event: Event): Event
  commit(commit: Committed): Committed
}

/**
 * Reads old versions of events as the newest: `{ "note.added": [oneToTwo, twoToThree] }` makes 3 the newest version of
 * `note.added`. Types that are not named are taken as they are. What is stored never changes. Throws DuckError
 * EVENT_TOO_NEW for a version that is newer than any known here.
 */
export function upcasting(steps: Readonly<Record<string, readonly Upcast[]>>): Upcasting {
  const byType = new Map(Object.entries(steps))

  function event(event: Event): Event {
    const known = byType.get(event.type)
    if (!known || event.v === known.length + 1) return event
    if (event.v > known.length + 1)
      throw new DuckError({
        code: "EVENT_TOO_NEW",
        message: `An event ${event.type} of version ${event.v} was written by a newer version of RubberDuck.`,
        hint: "Bring this node to the version of the others.",
        details: { type: event.type, version: event.v, newestKnown: known.length + 1 },
      })
    const data = known.slice(event.v - 1).reduce((older, step) => step(older), event.data)
    return { type: event.type, v: known.length + 1, data }
  }

  return {
    event,
    commit(commit) {
      if (commit.events.every(({ type, v }) => v === (byType.get(type)?.length ?? v - 1) + 1)) return commit
      const [first, ...rest] = commit.events
      const events: Events = [event(first), ...rest.map(event)]
      return { ...commit, events }
    },
  }
}

/** Takes every event as it is. */
export const noUpcasting: Upcasting = upcasting({})
