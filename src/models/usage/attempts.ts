import type { Attribution } from "../attribution.ts"
import type { Layer, ModelRequest } from "../model.ts"

/** Counts the calls of providers that one call of the user leads to: retries, failovers, hedges. */
export interface Attempts {
  /** The request as it goes on from here, and how many attempts were made of it. */
  begin(request: ModelRequest): { readonly request: ModelRequest; readonly count: () => number }
  /** Stands next to a provider. */
  readonly counted: Layer
}

/** Layers between change the request but hand the attribution on as it is; a copy of it is the call's own mark. */
export function attempts(): Attempts {
  const counts = new WeakMap<Attribution, number>()
  return {
    begin(request) {
      const attribution = { ...request.attribution }
      return { request: { ...request, attribution }, count: () => counts.get(attribution) ?? 0 }
    },
    counted: (next) => (request, signal) => {
      counts.set(request.attribution, (counts.get(request.attribution) ?? 0) + 1)
      return next(request, signal)
    },
  }
}
