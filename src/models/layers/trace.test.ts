import {
  type Attributes,
  type Context,
  context,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanStatus,
  trace as tracing,
} from "@opentelemetry/api"
import { afterEach, expect, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { ModelError } from "../errors.ts"
import type { Model } from "../model.ts"
import { ask, end, heardOf, never, type Step, scripted, start, text } from "../scripted.testing.ts"
import { trace } from "./trace.ts"

interface Told {
  readonly name: string
  readonly attributes: Attributes
  status?: SpanStatus
  isEnded?: boolean
}

/** An SDK that keeps what it is told. */
function listening() {
  const spans: Told[] = []
  const records: { name: string; value: number; attributes: Attributes }[] = []
  tracing.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan(name, { attributes = {} } = {}) {
        const told: Told = { name, attributes: { ...attributes } }
        spans.push(told)
        const span: Span = Object.assign(
          Object.create(tracing.wrapSpanContext({ traceId: "1", spanId: "1", traceFlags: 1 })),
          {
            setAttribute: (key: string, value: string) => Object.assign(told.attributes, { [key]: value }) && span,
            setAttributes: (more: Attributes) => Object.assign(told.attributes, more) && span,
            setStatus: (status: SpanStatus) => Object.assign(told, { status }) && span,
            end: () => void Object.assign(told, { isEnded: true }),
          },
        )
        return span
      },
      startActiveSpan: () => {
        throw new Error("not used")
      },
    }),
  })
  const meter = metrics.getMeter("nothing")
  metrics.setGlobalMeterProvider({
    getMeter: () =>
      Object.assign(Object.create(meter), {
        createHistogram: (name: string) => ({
          record: (value: number, attributes: Attributes) => records.push({ name, value, attributes }),
        }),
      }),
  })
  return { spans, records }
}

afterEach(() => {
  tracing.disable()
  metrics.disable()
  context.disable()
})

const secret = "a question that is nobody's business"

async function traced(...steps: Step[]) {
  const { spans, records } = listening()
  const clock = manualClock()
  const { model } = scripted(
    steps.map((step) => (step === wait ? () => clock.sleep(0).then(() => clock.advance(250)) : step)),
  )
  const call = trace({ provider: "my-gemini", kind: "gemini", clock })(model)
  await heardOf(call(ask(secret, { temperature: 0.5, attribution: { user: "ada", session: "s1" } }), never()))
  return { spans, records }
}
const wait = () => Promise.resolve()

test("a call is a span and metrics by the GenAI conventions", async () => {
  const usage = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3 }
  const { spans, records } = await traced(start("my-gemini", "m-001"), wait, text("hi"), wait, end(usage))
  expect(spans).toEqual([
    {
      name: "chat m",
      isEnded: true,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.conversation.id": "s1",
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.response.model": "m-001",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 0,
      },
    },
  ])
  expect(records.map(({ name, value }) => [name, value])).toEqual([
    ["gen_ai.client.operation.time_to_first_chunk", 0.25],
    ["gen_ai.client.operation.duration", 0.5],
    ["gen_ai.client.token.usage", 10],
    ["gen_ai.client.token.usage", 3],
  ])
  expect(records.slice(2).map(({ attributes }) => attributes["gen_ai.token.type"])).toEqual(["input", "output"])
})

test("a failure is told by its code, and nothing of what was asked or answered stands anywhere", async () => {
  const error = new ModelError({ fault: "CONTENT_REFUSED", message: `It does not answer ${secret}.` })
  const { spans, records } = await traced(start(), text(secret), error)
  expect(spans[0]).toMatchObject({ status: { message: "CONTENT_REFUSED" }, isEnded: true })
  expect(spans[0]?.attributes["error.type"]).toBe("CONTENT_REFUSED")
  expect(records.at(-1)).toMatchObject({ attributes: { "error.type": "CONTENT_REFUSED" } })
  expect(JSON.stringify([spans, records])).not.toContain("nobody's business")
})

test("a call that the reader leaves is a span that ends", async () => {
  const { spans } = listening()
  const { model } = scripted([start(), text("a"), text("b")])
  const call = trace({ provider: "p", kind: "openai-chat" })(model)
  for await (const event of call(ask(), never())) if (event.kind === "text") break
  expect(spans).toMatchObject([{ isEnded: true, attributes: { "gen_ai.provider.name": "p" } }])
  expect(spans[0]?.status).toBeUndefined()
})

test("what the call begins itself belongs to its span", async () => {
  listening()
  let active: Context = ROOT_CONTEXT
  context.setGlobalContextManager({
    active: () => active,
    with(inside, work, self, ...given) {
      const outside = active
      active = inside
      try {
        return work.call(self, ...given)
      } finally {
        active = outside
      }
    },
    bind: (_, target) => target,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  const spans: unknown[] = []
  const model: Model = async function* () {
    spans.push(tracing.getActiveSpan()?.spanContext().spanId)
    yield end()
  }
  await heardOf(trace({ provider: "p", kind: "openai" })(model)(ask(), never()))
  expect(spans).toEqual(["1"])
  expect(tracing.getActiveSpan()).toBeUndefined()
})
