import { type Attributes, context, metrics, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import { asDuckError } from "../base/errors.ts"
import { version } from "../base/version.ts"

// The OpenTelemetry API alone: without an SDK registered these cost a few no-op calls.
const tracer = () => trace.getTracer("rubberduck", version)
const meter = () => metrics.getMeter("rubberduck", version)

/** Runs `work` in a span; an error is recorded on it and thrown on. */
export function inSpan<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (thrown) {
      const error = asDuckError(thrown)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
      span.setAttribute("error.type", error.code)
      throw thrown
    } finally {
      span.end()
    }
  })
}

/** The span of a call to something outside, for work that is not one promise. */
export interface CallSpan {
  set(attributes: Attributes): void
  /** Spans that `work` begins are within this one. */
  within<T>(work: () => T): T
  /** With what it failed of, if it did. */
  end(thrown?: unknown): void
}

export function startSpan(name: string, attributes: Attributes): CallSpan {
  const span = tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes })
  const inside = trace.setSpan(context.active(), span)
  return {
    set: (more) => void span.setAttributes(more),
    within: (work) => context.with(inside, work),
    end(thrown) {
      if (thrown !== undefined) {
        // What the other side said may quote what it was asked: its code alone.
        const { code } = asDuckError(thrown)
        span.setStatus({ code: SpanStatusCode.ERROR, message: code })
        span.setAttribute("error.type", code)
      }
      span.end()
    },
  }
}

/** The W3C `traceparent` of the active span, where there is one. */
export function traceparent(): string | undefined {
  const context = trace.getActiveSpan()?.spanContext()
  if (!context) return undefined
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, "0")}`
}

export const counter = (name: string, unit = "1") => meter().createCounter(name, { unit })
export const histogram = (name: string, unit = "s") => meter().createHistogram(name, { unit })
