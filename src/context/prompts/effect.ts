import type { Experiment } from "./experiments.ts"
import { variantKey } from "./experiments.ts"
import { difference, type Estimate, meanOf, shareOf } from "./intervals.ts"
import type { OutcomeRow } from "./view.ts"

/** What is known of a version of a prompt. Shares have Wilson's interval, means Student's. */
export interface Effect {
  readonly calls: number
  /** Of the calls, those whose first answer could be used. */
  readonly atOnce: Estimate | null
  readonly repaired: Estimate | null
  readonly failed: Estimate | null
  /** Of what people decided about. */
  readonly accepted: Estimate | null
  readonly rejected: Estimate | null
  readonly durationMs: Estimate | null
  /** Of the calls whose price is known. */
  readonly costUsd: Estimate | null
}

type Rows = readonly OutcomeRow[]

export function effectOf(rows: Rows): Effect {
  const times = (...outcomes: readonly OutcomeRow["outcome"][]) =>
    rows.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, row) => sum + row.times, 0)
  // What people do with a proposal later is no call of its own.
  const called = rows.filter(({ outcome }) => outcome !== "accepted" && outcome !== "rejected")
  const sum = (key: "times" | "ms" | "msSquared" | "priced" | "usd" | "usdSquared") =>
    called.reduce((total, row) => total + row[key], 0)
  const calls = sum("times")
  const decided = times("accepted", "rejected")
  return {
    calls,
    atOnce: shareOf(times("answered"), calls),
    repaired: shareOf(times("repaired"), calls),
    failed: shareOf(times("failed"), calls),
    accepted: shareOf(times("accepted"), decided),
    rejected: shareOf(times("rejected"), decided),
    durationMs: meanOf(sum("ms"), sum("msSquared"), calls),
    costUsd: meanOf(sum("usd"), sum("usdSquared"), sum("priced")),
  }
}

export interface VariantEffect extends Effect {
  readonly variant: string
}

export interface ExperimentEffect {
  readonly variants: readonly VariantEffect[]
  /** A plain sentence. */
  readonly verdict: string
  /** The variant that does better than every other, where that can be told. */
  readonly winner: string | null
}

/**
 * What an experiment says so far. Shares of accepted proposals are compared, or where people decide nothing, of answers
 * that could be used at once. Nothing is told before every variant has the sample that was planned: whoever looks at each
 * step and stops at the first difference finds one that is none.
 */
export function experimentEffect({ name, variants, sample, prompt }: Experiment, rows: Rows): ExperimentEffect {
  const effects = Object.entries(variants)
    .filter(([, weight]) => weight > 0)
    .map(([variant]) => ({
      variant,
      ...effectOf(rows.filter((row) => row.prompt === prompt && row.variant === variantKey(name, variant))),
    }))
  return { variants: effects, ...verdictOf(effects, sample) }
}

function verdictOf(
  effects: readonly VariantEffect[],
  sample: number,
): { readonly verdict: string; readonly winner: string | null } {
  if (effects.length < 2)
    return { verdict: "There is nothing to compare: fewer than two variants have a weight.", winner: null }
  const byPeople = effects.some(({ accepted }) => accepted !== null)
  const measure = byPeople ? "accepted" : "usable at once"
  const shares = effects.map((effect) => ({
    variant: effect.variant,
    share: byPeople ? effect.accepted : effect.atOnce,
  }))
  const fewest = Math.min(...shares.map(({ share }) => share?.n ?? 0))
  if (fewest < sample) return { verdict: `No difference can be told yet: ${fewest} of ${sample}.`, winner: null }
  const known = shares.flatMap(({ variant, share }) => (share ? [{ variant, share }] : []))
  const [best, ...others] = known.toSorted((a, b) => b.share.value - a.share.value)
  // With several rivals each interval would have to be wider; that of the strongest is told, and all must hold.
  const apart = others.map(({ share }) => (best ? difference(share, best.share) : share))
  const [nearest] = apart
  if (!best || !nearest || apart.some(({ low }) => low <= 0))
    return { verdict: `No difference in what is ${measure} can be told, after ${fewest} each.`, winner: null }
  return {
    verdict: `${best.variant} is better: ${percent(nearest.value)} points more are ${measure} (95 %: ${percent(nearest.low)} to ${percent(nearest.high)}).`,
    winner: best.variant,
  }
}

const percent = (share: number) => (share * 100).toFixed(1)
