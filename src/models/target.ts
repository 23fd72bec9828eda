import type { ModelFacts } from "./catalogue/facts.ts"
import type { Model } from "./model.ts"

/** A model at a provider: what a router chooses from. */
export interface Target {
  readonly provider: string
  /** The provider's own name of the model. */
  readonly model: string
  readonly isLocal: boolean
  readonly facts: ModelFacts
  /** Takes requests whose `model` is this one's; with its breaker, limits and retries around it. */
  readonly call: Model
}
