import { type Clock, systemClock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { type CallSpan, histogram, startSpan } from "../../observe/trace.ts"
import type { EndEvent, Layer, ModelRequest, ProviderKind, StartEvent } from "../model.ts"
import { type Events, lazily, over, read, watched } from "./stream.ts"

export interface TraceOptions {
  /** The name in the settings. */
  readonly provider: string
  readonly kind: ProviderKind
  readonly clock?: Clock
}

/** As the conventions name them; a server that only speaks a protocol is called what its user called it. */
const wellKnown: Partial<Record<ProviderKind, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  gemini: "gcp.gemini",
}

/**
 * A span and the metrics of each call to a provider, by OpenTelemetry's GenAI semantic conventions
 * (https://github.com/open-telemetry/semantic-conventions-genai). Nothing of what was asked or answered goes into them.
 */
export function trace({ provider, kind, clock = systemClock }: TraceOptions): Layer {
  const duration = histogram("gen_ai.client.operation.duration")
  const firstChunk = histogram("gen_ai.client.operation.time_to_first_chunk")
  const tokens = histogram("gen_ai.client.token.usage", "{token}")

  return (next) => (request, signal) => {
    const common = {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": wellKnown[kind] ?? provider,
      "gen_ai.request.model": request.model,
    }
    return lazily(() => {
      const span = startSpan(`chat ${request.model}`, { ...common, ...settingsOf(request) })
      const startedAt = clock.now()
      const seconds = () => (clock.now() - startedAt) / 1000
      let hasSpoken = false
      let started: StartEvent | undefined
      let end: EndEvent | undefined
      return watched(beginsIn(span, read(next(request, signal))), {
        event(event) {
          if (event.kind === "start") started = event
          else if (!hasSpoken) {
            hasSpoken = true
            firstChunk.record(seconds(), common)
            span.set({ "gen_ai.response.time_to_first_chunk": seconds() })
          }
          if (event.kind === "end") end = event
          return event
        },
        closed(closing) {
          const measured = {
            ...common,
            ...(started && { "gen_ai.response.model": started.model }),
            ...(closing.how === "failed" && { "error.type": asDuckError(closing.error).code }),
          }
          duration.record(seconds(), measured)
          if (end) {
            tokens.record(end.usage.inputTokens, { ...measured, "gen_ai.token.type": "input" })
            tokens.record(end.usage.outputTokens, { ...measured, "gen_ai.token.type": "output" })
          }
          span.set(answerOf(started, end))
          span.end(closing.how === "failed" ? closing.error : undefined)
        },
      })
    })
  }
}

/** The provider is asked by the first `next`; what that begins belongs to the span. */
function beginsIn(span: CallSpan, inner: Events): Events {
  let hasBegun = false
  const first = () => {
    hasBegun = true
    return span.within(() => inner.next())
  }
  return {
    next: () => (hasBegun ? inner.next() : first()),
    return: () => (inner.return ? inner.return() : Promise.resolve(over)),
  }
}

const settingsOf = (request: ModelRequest) =>
  defined({
    "gen_ai.request.max_tokens": request.maxOutputTokens,
    "gen_ai.request.temperature": request.temperature,
    "gen_ai.request.top_p": request.topP,
    "gen_ai.request.seed": request.seed,
    "gen_ai.output.type": request.output ? "json" : undefined,
    "gen_ai.conversation.id": request.attribution.session,
  })

const answerOf = (started: StartEvent | undefined, end: EndEvent | undefined) =>
  defined({
    "gen_ai.response.id": started?.id,
    "gen_ai.response.model": started?.model,
    "gen_ai.response.finish_reasons": end && [end.finish],
    "gen_ai.usage.input_tokens": end?.usage.inputTokens,
    "gen_ai.usage.output_tokens": end?.usage.outputTokens,
    "gen_ai.usage.cache_read.input_tokens": end?.usage.cachedInputTokens,
    "gen_ai.usage.cache_creation.input_tokens": end?.usage.cacheWriteTokens,
  })

const defined = <T>(fields: Readonly<Record<string, T | undefined>>): Record<string, T> => {
  const kept: Record<string, T> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value
  return kept
}
