import type { Layer, Usage } from "../model.ts"
import { lazily, read, watched } from "./stream.ts"

export interface CostOptions {
  /** US dollars of a call of the model that this layer stands around; null: its price is unknown. */
  readonly costOf: (usage: Usage) => number | null
}

/** Puts what the call cost into its `end`, where nobody has yet. */
export function cost({ costOf }: CostOptions): Layer {
  return (next) => (request, signal) =>
    lazily(() =>
      watched(read(next(request, signal)), {
        event: (event) =>
          event.kind === "end" && event.costUsd === undefined ? { ...event, costUsd: costOf(event.usage) } : event,
      }),
    )
}
