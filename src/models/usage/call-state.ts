import type { Attribution } from "../attribution.ts"
import type { Layer, ModelRequest } from "../model.ts"
import type { StrategyName } from "../routing/strategies.ts"
import type { Target } from "../target.ts"

/** What the layers of one call know of it beside the request. */
export interface CallState {
  /** The model's name as it was asked for. */
  readonly asked: string
  /** Who may answer, the one that was wanted first. */
  readonly targets: readonly Target[]
  readonly strategy: StrategyName
  /** Those who run the call keep what it needs until `over`. */
  readonly hold: () => () => void
}

interface Entry {
  readonly state: CallState
  attempts: number
  hasBegun: boolean
}

/** Layers change the request but hand its attribution on as it is: a copy of that is the mark by which a call is known. */
export interface CallStates {
  open(request: ModelRequest, state: CallState): ModelRequest
  /** Throws where the request was not opened: a mistake of the program. */
  of(request: ModelRequest): CallState
  /** False as long as `begin` was not asked for it: another call answers, or an answer that is kept. */
  hasBegun(request: ModelRequest): boolean
  /** Counts the attempts of this call from here on; `over` once it is. */
  begin(request: ModelRequest): {
    readonly request: ModelRequest
    readonly asked: string
    readonly attempts: () => number
    readonly over: () => void
  }
  /** Stands next to a provider: what passes is an attempt (the first, a retry, a failover, a hedge). */
  readonly counted: Layer
}

export function callStates(): CallStates {
  const entries = new WeakMap<Attribution, Entry>()
  const entryOf = ({ attribution }: ModelRequest): Entry => {
    const entry = entries.get(attribution)
    if (!entry) throw new Error("A layer has changed the attribution of a call.")
    return entry
  }
  const mark = (request: ModelRequest, state: CallState) => {
    const attribution = { ...request.attribution }
    const entry: Entry = { state, attempts: 0, hasBegun: false }
    entries.set(attribution, entry)
    return { request: { ...request, attribution }, entry }
  }
  return {
    open: (request, state) => mark(request, state).request,
    of: (request) => entryOf(request).state,
    hasBegun: (request) => entryOf(request).hasBegun,
    begin(asking) {
      const asked = entryOf(asking)
      asked.hasBegun = true
      const { state } = asked
      const { request, entry } = mark(asking, state)
      return { request, asked: state.asked, attempts: () => entry.attempts, over: state.hold() }
    },
    counted: (next) => (request, signal) => {
      entryOf(request).attempts += 1
      return next(request, signal)
    },
  }
}
