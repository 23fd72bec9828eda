import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { costOf } from "../catalogue/cost.ts"
import { noUsage } from "../model.ts"
import type { Embeddings, EmbedRequest } from "../provider.ts"
import type { Reservation } from "../usage/budgets.ts"
import type { UsageBook } from "../usage/open-usage.ts"
import { promptTokens } from "./estimate.ts"
import type { Site } from "./site.ts"

/** Embeddings of one provider, within the budgets and booked as any call. Another model's vectors would be no use. */
export async function embedding({
  request,
  asked,
  site,
  usage,
  clock,
  signal,
}: {
  readonly request: EmbedRequest
  readonly asked: string
  readonly site: Site
  readonly usage: UsageBook
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<Embeddings> {
  const { attribution, model } = request
  const { name, kind } = site.configured
  const { price } = site.target(model).facts
  const used = (inputTokens: number) => ({ ...noUsage, inputTokens })
  const startedAtMs = clock.now()
  let reservation: Reservation | undefined
  const book = (
    inputTokens: number,
    outcome: { outcome: "done" } | { outcome: "cancelled" } | { outcome: "failed"; code: string },
  ) => {
    const costUsd = outcome.outcome === "done" ? costOf(used(inputTokens), price) : 0
    reservation?.settle(costUsd)
    const { user, ...rest } = attribution
    const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    usage.note({
      type: "model.called",
      data: {
        at: new Date(startedAtMs).toISOString(),
        user,
        ...named,
        asked,
        provider: name,
        model,
        ...outcome,
        ...used(inputTokens),
        sections: { embeddings: inputTokens },
        cacheMiss: null,
        firstTokenMs: null,
        durationMs: clock.now() - startedAtMs,
        costUsd,
        attempts: 1,
      },
    })
  }
  const release = site.hold()
  try {
    const most = usage.budgets.isLimited(attribution) ? costOf(used(promptTokens(request, kind, model)), price) : null
    reservation = usage.budgets.reserve(attribution, most)
    const embeddings = await site.embed(request, signal)
    book(embeddings.inputTokens, { outcome: "done" })
    return embeddings
  } catch (thrown) {
    const { code } = asDuckError(thrown)
    book(0, signal.aborted ? { outcome: "cancelled" } : { outcome: "failed", code })
    throw thrown
  } finally {
    release()
  }
}
