import { ModelError, type ModelFault } from "../errors.ts"
import { type Scripted, type Step, scripted } from "../scripted.testing.ts"
import type { Target } from "../target.ts"

export const fault = (fault: ModelFault, retryAfterMs?: number): ModelError =>
  new ModelError({ fault, message: `It said ${fault}.`, retryAfterMs })

const unknownFacts: Target["facts"] = {
  contextTokens: null,
  maxOutputTokens: null,
  price: null,
  supports: { tools: null, images: null, reasoning: null, outputSchema: null },
}

type Facts = Omit<Partial<Target["facts"]>, "supports"> & { readonly supports?: Partial<Target["facts"]["supports"]> }

export function target(
  provider: string,
  { facts, ...rest }: Partial<Omit<Target, "facts">> & { readonly facts?: Facts } = {},
): Target {
  return {
    provider,
    model: "m",
    isLocal: false,
    call: scripted([]).model,
    ...rest,
    facts: { ...unknownFacts, ...facts, supports: { ...unknownFacts.supports, ...facts?.supports } },
  }
}

/** A target whose model follows a script, and what it was asked. */
export function following(
  provider: string,
  ...answers: readonly (readonly Step[])[]
): { readonly target: Target; readonly requests: Scripted["requests"]; readonly running: Scripted["running"] } {
  const { model, requests, running } = scripted(...answers)
  return { target: target(provider, { call: model }), requests, running }
}
