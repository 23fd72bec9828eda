import type { Clock } from "../../base/clock.ts"
import type { Model } from "../model.ts"
import type { Place } from "./names.ts"

/** Enough for models that think before they say a word, too little to cost anything. */
const mostTokens = 200

/** One small question, to see that a model answers. Throws ModelError. */
export async function probeOf(
  call: Model,
  {
    place: { provider, model },
    clock,
    signal,
  }: { readonly place: Place; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly model: string; readonly tookMs: number }> {
  const startedAtMs = clock.now()
  const request = {
    model,
    messages: [{ role: "user", parts: [{ kind: "text", text: "Answer with the word OK." }] }],
    maxOutputTokens: mostTokens,
    attribution: { user: "owner", command: "llm.test" },
  } as const
  for await (const event of call(request, signal)) if (event.kind === "end") break
  return { model: `${provider.name}/${model}`, tookMs: clock.now() - startedAtMs }
}
