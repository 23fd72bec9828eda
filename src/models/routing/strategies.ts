import type { strategyNames } from "../../access/llm-settings.ts"
import { ModelError } from "../errors.ts"
import type { ModelRequest } from "../model.ts"
import type { Target } from "../target.ts"
import { fits } from "./abilities.ts"
import type { Measured } from "./measures.ts"

export type StrategyName = (typeof strategyNames)[number]

/** What a choice is made by. */
export interface Circumstances {
  readonly measured: (target: Target) => Measured
  /** Of the request; an estimate. */
  readonly promptTokens: number
  /** Counts the choices; for `round-robin`. */
  readonly turn: number
  /** How well a target does what is asked, the more the better; for `quality`. Default: all alike. */
  readonly score?: (request: ModelRequest, target: Target) => number
}

/** The same targets in the order in which they are to be asked; targets that are alike keep theirs. */
export type Strategy = (
  request: ModelRequest,
  targets: readonly Target[],
  circumstances: Circumstances,
) => readonly Target[]

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  ordered: (_, targets) => targets,
  "local-first": (_, targets) => by(targets, ({ isLocal }) => (isLocal ? 0 : 1)),
  cheapest: (request, targets, { promptTokens }) => by(targets, (target) => expectedUsd(request, target, promptTokens)),
  fastest: (request, targets, { measured }) => by(targets, (target) => expectedMs(request, measured(target))),
  "round-robin": (_, targets, { turn }) => {
    const first = targets.length === 0 ? 0 : turn % targets.length
    return [...targets.slice(first), ...targets.slice(0, first)]
  },
  "least-loaded": (_, targets, { measured }) => by(targets, (target) => measured(target).running),
  // Those of which not everything is known come after those that are known to fit.
  capability: (request, targets, { promptTokens }) =>
    by(fits(request, targets, promptTokens), ({ isSure }) => (isSure ? 0 : 1)).map(({ target }) => target),
  quality: (request, targets, { score }) => (score ? by(targets, (target) => -score(request, target)) : targets),
}

/**
 * The targets that may take the request, in the order of the strategy. Under every strategy those that are known not to
 * take it are left out. Throws NO_MODEL, with what each one lacks, when none is left.
 */
export function chosen(
  strategy: StrategyName,
  request: ModelRequest,
  targets: readonly Target[],
  circumstances: Circumstances,
): readonly Target[] {
  const all = fits(request, targets, circumstances.promptTokens)
  const fitting = all.filter(({ lacks }) => lacks.length === 0).map(({ target }) => target)
  if (fitting.length > 0 || all.length === 0) return strategies[strategy](request, fitting, circumstances)
  const reasons = all.map(({ target, lacks }) => `${target.provider}/${target.model} (${lacks.join(", ")})`)
  throw new ModelError({
    fault: "NO_MODEL",
    message: `No model that is set up can take this request. Not taken by: ${reasons.join("; ")}.`,
    hint: "Connect a model that takes it, or correct what is known of one in the setting llm.catalogue.",
  })
}

/** Of an answer of which nothing is known. */
const usualAnswerTokens = 1_000

const answerTokens = ({ maxOutputTokens }: ModelRequest) =>
  Math.min(maxOutputTokens ?? usualAnswerTokens, usualAnswerTokens)

/** Local models cost nothing unless a price is set; unknown prices come last. */
function expectedUsd(request: ModelRequest, { facts: { price }, isLocal }: Target, promptTokens: number): number {
  if (!price) return isLocal ? 0 : Number.POSITIVE_INFINITY
  return promptTokens * price.inputUsd + answerTokens(request) * price.outputUsd
}

/** What was not measured lately comes first: one call tells how quick it is. */
function expectedMs(request: ModelRequest, { calls, failures, firstTokenMs, tokensPerSecond }: Measured): number {
  if (calls > 0 && failures === calls) return Number.POSITIVE_INFINITY
  if (firstTokenMs === null) return 0
  return firstTokenMs + (tokensPerSecond === null ? 0 : (answerTokens(request) / tokensPerSecond) * 1000)
}

/** Sorted by a number that is asked for once; equal ones (infinite ones too) keep their order. */
function by<T>(items: readonly T[], rank: (item: T) => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank))
    .map(({ item }) => item)
}
