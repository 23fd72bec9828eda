import { ModelError } from "../errors.ts"
import { lazily, read, spoken } from "../layers/stream.ts"
import type { Model } from "../model.ts"
import type { CallStates } from "../usage/call-state.ts"
import { noModel } from "./names.ts"

/** Asks the first target, and the next one where it fails before it says anything. */
export function routed(states: Pick<CallStates, "of">): Model {
  return (request, signal) =>
    lazily(async () => {
      const { targets } = states.of(request)
      let failure: unknown = noModel()
      for (const { model, call } of targets) {
        try {
          return await spoken(read(call({ ...request, model }, signal)))
        } catch (error) {
          failure = error
          if (signal.aborted || !(error instanceof ModelError) || !error.isElsewhere) throw error
        }
      }
      throw failure
    })
}
