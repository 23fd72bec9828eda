import type { Clock } from "../../base/clock.ts"
import type { Model } from "../model.ts"

/** Enough for models that think before they say a word, too little to cost anything. */
const mostTokens = 200

/** One small question, to see that a provider's model answers. Throws ModelError. */
export async function probeOf(
  only: Model,
  { provider, clock, signal }: { readonly provider: string; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly model: string; readonly tookMs: number }> {
  const startedAtMs = clock.now()
  let answered = ""
  const request = {
    model: provider,
    messages: [{ role: "user", parts: [{ kind: "text", text: "Answer with the word OK." }] }],
    maxOutputTokens: mostTokens,
    attribution: { user: "owner", command: "llm.test" },
  } as const
  for await (const event of only(request, signal))
    if (event.kind === "start") answered = `${event.provider}/${event.model}`
  return { model: answered, tookMs: clock.now() - startedAtMs }
}
