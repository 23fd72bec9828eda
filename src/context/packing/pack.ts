import { InvalidInputError } from "../../base/errors.ts"
import { estimateTokens } from "../../base/tokens.ts"
import type { ContextItem, Form, LeftItem, PackedItem } from "../context.ts"
import { dedupe } from "./dedupe.ts"

/** What has to go in does not fit the budget, even at its shortest. */
export class ContextTooSmallError extends InvalidInputError {
  constructor(neededTokens: number, budgetTokens: number) {
    super({
      code: "CONTEXT_TOO_SMALL",
      message: `What the task is about takes ${neededTokens} tokens, and there is room for ${budgetTokens}.`,
      hint: "Name less: a symbol or some lines instead of whole files. Or take a model with a larger context (--model).",
      details: { neededTokens, budgetTokens },
    })
  }
}

/** Around an item stand its title and why it is there, a fence and empty lines. */
const frameTokens = ({ title, why }: ContextItem): number => estimateTokens(`### ${title} (${why})`) + 8
/** What scores less says nothing. */
const leastScore = 0.02
/** Shorter forms are made of the most important ones only: each takes a look at its file. */
const mostShortened = 200

/** How much of what an item has to say each form says. */
const worth: Readonly<Record<Form, number>> = {
  whole: 1,
  excerpt: 0.6,
  outline: 0.45,
  truncated: 0.4,
  signatures: 0.35,
}

interface Option {
  readonly form: Form
  readonly text: string
  readonly tokens: number
}

/** One step from an item's form (or from its absence) to a fuller one. */
interface Step {
  readonly item: ContextItem
  readonly to: Option
  readonly moreTokens: number
  readonly gain: number
}

/**
 * Chooses which items go in and in which form, so that what they say, weighted by how much it matters, is as much as the
 * budget holds: a multiple-choice knapsack, filled by the steps that give most for their tokens (Sinha and Zoltners, 1979,
 * without the last fractional step). Pinned items go in before all others. Throws ContextTooSmallError where they alone do
 * not fit.
 */
export async function pack(
  items: readonly ContextItem[],
  budgetTokens: number,
): Promise<{ readonly items: readonly PackedItem[]; readonly left: readonly LeftItem[]; readonly tokens: number }> {
  const { kept, same } = dedupe(items)
  const wholes = new Map(kept.map((item) => [item, optionOf(item, "whole", item.text)]))
  const wholeOf = (item: ContextItem) => wholes.get(item) ?? optionOf(item, "whole", item.text)
  const fitting = kept.filter((item) => item.isPinned || item.score >= leastScore)
  const all = fitting.reduce((sum, item) => sum + wholeOf(item).tokens, 0)

  const chosen = new Map<ContextItem, Option>()
  if (all <= budgetTokens) for (const item of fitting) chosen.set(item, wholeOf(item))
  else await choose(fitting, wholeOf, budgetTokens, chosen)

  const reasonOf = (item: ContextItem) =>
    item.score < leastScore && !item.isPinned ? "it matters too little" : "there is no room for it"
  const left: LeftItem[] = [
    ...kept.filter((item) => !chosen.has(item)).map((item) => leftOf(item, wholeOf(item).tokens, reasonOf(item))),
    ...same.map(({ item, as }) => leftOf(item, estimateTokens(item.text), `${as.title} says the same`)),
  ]
  const packed = kept.flatMap((item) => {
    const option = chosen.get(item)
    return option ? [packedOf(item, option)] : []
  })
  return { items: packed, left, tokens: packed.reduce((sum, { tokens }) => sum + tokens, 0) }
}

async function choose(
  items: readonly ContextItem[],
  wholeOf: (item: ContextItem) => Option,
  budgetTokens: number,
  chosen: Map<ContextItem, Option>,
): Promise<void> {
  const options = new Map<ContextItem, readonly Option[]>()
  for (const [i, item] of items.entries()) {
    options.set(item, i < mostShortened ? await optionsOf(item, wholeOf(item)) : [wholeOf(item)])
  }
  let used = 0
  for (const item of items.filter(({ isPinned }) => isPinned)) {
    const shortest = options.get(item)?.[0] ?? wholeOf(item)
    chosen.set(item, shortest)
    used += shortest.tokens
  }
  if (used > budgetTokens) throw new ContextTooSmallError(used, budgetTokens)

  const steps = items.flatMap((item) => stepsOf(item, options.get(item) ?? []))
  // Pinned items become whole before anything else comes in.
  steps.sort((a, b) => Number(b.item.isPinned ?? false) - Number(a.item.isPinned ?? false) || b.gain - a.gain)
  for (const { item, to } of steps) {
    const now = chosen.get(item)
    const moreTokens = to.tokens - (now?.tokens ?? 0)
    if (moreTokens <= 0 || used + moreTokens > budgetTokens) continue
    chosen.set(item, to)
    used += moreTokens
  }
}

/** From the shortest to the whole; none that takes as many tokens as a fuller one. */
async function optionsOf(item: ContextItem, whole: Option): Promise<readonly Option[]> {
  const options = [whole]
  for (const { form, text } of item.shorter ?? []) {
    const option = optionOf(item, form, await text())
    if (option.tokens < (options[0]?.tokens ?? 0) && option.text.trim() !== "") options.unshift(option)
  }
  return options
}

/**
 * Steps upwards, each giving less for its tokens than the one before; a form that would give more than the step to a
 * shorter one is reached in one step. Long texts say less per token than short ones.
 */
function stepsOf(item: ContextItem, options: readonly Option[]): Step[] {
  const whole = options.at(-1)
  if (!whole) return []
  const says = ({ form }: Option) => item.score ** 2 * worth[form] * Math.sqrt(whole.tokens)
  const steps: Step[] = []
  for (const to of options) {
    for (;;) {
      const from = steps.at(-1)?.to
      const moreTokens = to.tokens - (from?.tokens ?? 0)
      const gain = (says(to) - (from ? says(from) : 0)) / moreTokens
      const last = steps.at(-1)
      if (last && gain > last.gain) {
        steps.pop()
        continue
      }
      steps.push({ item, to, moreTokens, gain })
      break
    }
  }
  return steps
}

const optionOf = (item: ContextItem, form: Form, text: string): Option => ({
  form,
  text,
  tokens: estimateTokens(text) + frameTokens(item),
})

function packedOf({ id, source, title, place, score, why }: ContextItem, { form, text, tokens }: Option): PackedItem {
  return { id, source, title, ...(place ? { place } : {}), score, why, form, text, tokens }
}

const leftOf = ({ id, source, title, score }: ContextItem, tokens: number, reason: string): LeftItem => ({
  id,
  source,
  title,
  score,
  tokens,
  reason,
})
