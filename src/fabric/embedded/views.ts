import type { Clock } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import type { LogStore, Seen } from "../ports.ts"
import type { Projection, Views } from "../projection.ts"
import { type LiveView, liveView } from "./views-live.ts"

/** Every view of a data folder. They are fed by the store, so they are the same in both modes. */
export function openViews(options: {
  readonly folder: string
  readonly store: LogStore
  readonly clock: Clock
  readonly logger: Logger
}): Views {
  const open = new Map<string, LiveView>()
  return {
    async open(projection: Projection) {
      const { name, version } = projection
      if (!/^[a-z][a-z0-9_-]{0,60}$/.test(name)) throw new InvalidInputError({ message: `${name} can't name a view.` })
      if (!Number.isSafeInteger(version) || version < 1)
        throw new InvalidInputError({ message: `The view ${name} needs a version from 1 on.` })
      if (open.has(name)) throw new InvalidInputError({ message: `The view ${name} is open already.` })
      const view = liveView({ ...options, projection })
      open.set(name, view)
      await view.caughtUp()
      return view
    },
    list: () => [...open.values()],
    async rebuild(name) {
      const view = open.get(name)
      if (!view)
        throw new NotFoundError({
          code: "VIEW_NOT_FOUND",
          message: `There is no view ${name}.`,
          hint: `There are: ${[...open.keys()].join(", ")}.`,
        })
      await view.rebuild("it was asked for")
      await view.caughtUp()
    },
    async reached(seen: Seen, { withinMs = 2000 } = {}) {
      const waits = [...open.values()].flatMap((view) =>
        Object.entries(seen)
          .filter(([log]) => view.wants(log))
          .map(([log, pos]) => view.reached(log, pos, { withinMs })),
      )
      return (await Promise.all(waits)).every(Boolean) ? "current" : "stale"
    },
    async close() {
      await Promise.all([...open.values()].map((view) => view.close()))
      open.clear()
    },
  }
}
