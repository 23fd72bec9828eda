import { type EndEvent, type ModelRequest, noUsage, type Usage } from "../model.ts"
import { addedCost, addedUsage } from "../usage-sum.ts"

export interface BillOptions {
  /** Tokens of a prompt, for attempts of which nobody says what they took. */
  readonly countTokens: (request: ModelRequest) => number | Promise<number>
  /** US dollars of a usage; null: the price is unknown. */
  readonly costOf: (provider: string, model: string, usage: Usage) => number | null
}

interface Who {
  readonly provider: string
  readonly model: string
}

/** What attempts took that never came to their `end`: providers charge for them and say nothing. */
export interface Bill {
  /** Books the prompt and so many characters of an answer, estimated. */
  add(who: Who, request: ModelRequest, outputChars: number): Promise<void>
  /** The end of the answer that was heard, with everything that was booked. */
  onto(end: EndEvent, who: Who): EndEvent
}

const charsInToken = 4

export function bill({ countTokens, costOf }: BillOptions): Bill {
  let usage = noUsage
  let costUsd: number | null = 0
  return {
    async add({ provider, model }, request, outputChars) {
      const inputTokens = await countTokens(request)
      const outputTokens = Math.ceil(outputChars / charsInToken)
      const one = { ...noUsage, inputTokens, outputTokens, isEstimated: true }
      usage = addedUsage(usage, one)
      costUsd = addedCost(costUsd, costOf(provider, model, one))
    },
    onto(end, { provider, model }) {
      if (usage === noUsage) return end
      const own = end.costUsd === undefined ? costOf(provider, model, end.usage) : end.costUsd
      return { ...end, usage: addedUsage(usage, end.usage), costUsd: addedCost(costUsd, own) }
    },
  }
}
