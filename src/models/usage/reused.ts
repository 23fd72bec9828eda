import type { Clock } from "../../base/clock.ts"
import { isDeterministic } from "../layers/request-key.ts"
import { lazily, read, watched } from "../layers/stream.ts"
import { type EndEvent, type Layer, noUsage, type StartEvent } from "../model.ts"
import { defined, outcomeOf } from "./bookkeeping.ts"
import type { CallStates } from "./call-state.ts"
import type { ModelCalled } from "./events.ts"

/**
 * Books the calls that never come as far as `bookkeeping`, because a kept answer or another call that runs answers them:
 * nothing was used, and what was saved is told. Stands around the layers that answer so.
 */
export function reused({
  clock,
  states,
  noted,
}: {
  readonly clock: Clock
  readonly states: Pick<CallStates, "of" | "hasBegun">
  readonly noted: (call: ModelCalled) => void
}): Layer {
  return (next) => (request, signal) =>
    // Only such are ever answered so; the others need not be watched.
    isDeterministic(request)
      ? lazily(() => {
          const startedAtMs = clock.now()
          let start: StartEvent | undefined
          let end: EndEvent | undefined
          let firstTokenMs: number | null = null
          return watched(read(next(request, signal)), {
            event(event) {
              if (event.kind === "start") start = event
              else firstTokenMs ??= clock.now() - startedAtMs
              if (event.kind === "end") end = event
              return event
            },
            closed(closing) {
              if (states.hasBegun(request)) return
              const { user, project, session, turn, command, tool } = request.attribution
              const { usage, costUsd } = end?.saved ?? { usage: end?.usage ?? noUsage, costUsd: end?.costUsd ?? null }
              noted({
                at: new Date(startedAtMs).toISOString(),
                user,
                ...defined({ project, session, turn, command, tool }),
                asked: states.of(request).asked,
                provider: start?.provider ?? "",
                model: start?.model ?? "",
                ...(end ? { outcome: start?.from === "cache" ? "cached" : "shared" } : outcomeOf(closing, signal)),
                ...noUsage,
                sections: {},
                cacheMiss: null,
                firstTokenMs,
                durationMs: clock.now() - startedAtMs,
                costUsd: 0,
                ...(end ? { savedTokens: usage.inputTokens + usage.outputTokens, savedUsd: costUsd } : {}),
                attempts: 0,
              })
            },
          })
        })
      : next(request, signal)
}
