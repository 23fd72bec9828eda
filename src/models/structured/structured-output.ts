import { truncate } from "../../base/text.ts"
import { ModelError } from "../errors.ts"
import type { EndEvent, Layer, Message, Model, ModelEvent, ModelRequest, OutputSchema } from "../model.ts"
import { addedCost, addedUsage } from "../usage-sum.ts"
import { jsonTexts } from "./json-text.ts"
import type { SchemaSupport } from "./schema-support.ts"
import type { Validator } from "./validator.ts"

export interface StructuredOutputOptions {
  /** Where the schema of this request goes (schemaSupport). */
  readonly support: (request: ModelRequest) => SchemaSupport
}

/**
 * Answers of requests with an output schema are checked against it. One that does not fit goes back to the model once,
 * with what is wrong; then it is MODEL_ANSWER_INVALID, with the errors in its details.
 *
 * The text is held back until it is known to fit, and given as one event: the JSON alone, without the prose or the fence
 * around it. An answer that ends otherwise (cut off by its limit, refused, calling tools) is given as it is; its `finish`
 * says so. Thoughts and tool calls are given as they come. The usage is that of both rounds.
 */
export function structuredOutput({ support }: StructuredOutputOptions): Layer {
  return (next) => (request, signal) =>
    request.output ? structured(next, request, request.output, support(request), signal) : next(request, signal)
}

async function* structured(
  next: Model,
  request: ModelRequest,
  output: OutputSchema,
  support: SchemaSupport,
  signal: AbortSignal,
): AsyncIterable<ModelEvent> {
  // Ajv is loaded by the first who needs it.
  const { validatorOf } = await import("./validator.ts")
  const validate = validatorOf(output.schema, output.name)
  const asked = support === "provider" ? request : prompted(request, output, support === "both")
  const first = yield* round(next(asked, signal), true)
  if (!first) return
  if (first.end.finish !== "stop") return yield* given(first.text, first.end)
  const checked = check(first.text, validate)
  if ("json" in checked) return yield* given(checked.json, first.end)

  const second = yield* round(next(repairing(asked, first.text, checked.errors), signal), false)
  if (!second) return
  const end = both(first.end, second.end)
  if (second.end.finish !== "stop") return yield* given(second.text, end)
  const repaired = check(second.text, validate)
  if ("json" in repaired) return yield* given(repaired.json, end)
  throw new ModelError({
    fault: "MODEL_ANSWER_INVALID",
    message: `The model did not keep to the output schema "${output.name}", asked twice: ${repaired.errors.join("; ")}.`,
    hint: "Ask again, or ask a model that keeps to output schemas; small ones often don't.",
    provider: second.from?.provider,
    model: second.from?.model ?? request.model,
    details: { errors: repaired.errors, answer: truncate(second.text, 2000) },
  })
}

interface Round {
  readonly text: string
  readonly end: EndEvent
  readonly from: { readonly provider: string; readonly model: string } | undefined
}

/** Hands on all but text and end. Nothing comes back from a stream that ended without its end. */
async function* round(
  stream: AsyncIterable<ModelEvent>,
  isFirst: boolean,
): AsyncGenerator<ModelEvent, Round | undefined> {
  const texts: string[] = []
  let from: Round["from"]
  for await (const event of stream) {
    if (event.kind === "end") return { text: texts.join(""), end: event, from }
    if (event.kind === "start" || event.kind === "restart") from = event
    if (event.kind === "text") texts.push(event.text)
    else if (isFirst || event.kind !== "start") yield event
  }
  return undefined
}

function* given(text: string, end: EndEvent): Iterable<ModelEvent> {
  if (text !== "") yield { kind: "text", text }
  yield end
}

/** The JSON in the answer that fits; or what is wrong with the likeliest. */
function check(
  answer: string,
  validate: Validator,
): { readonly json: string } | { readonly errors: readonly string[] } {
  let errors: readonly string[] | undefined
  for (const { text, value } of jsonTexts(answer)) {
    const wrong = validate(value)
    if (wrong.length === 0) return { json: text }
    errors ??= wrong
  }
  return { errors: errors ?? [answer.trim() === "" ? "the answer is empty" : "the answer is not JSON"] }
}

/** The schema goes to the end, so that what stands before it stays the same for the provider's cache. */
function prompted(request: ModelRequest, output: OutputSchema, isKept: boolean): ModelRequest {
  const wish =
    "Answer with JSON alone: no other words, no code fence. " +
    `It must be valid against this JSON Schema:\n${JSON.stringify(output.schema)}`
  return { ...request, messages: said(request.messages, wish), output: isKept ? output : undefined }
}

function repairing(asked: ModelRequest, answer: string, errors: readonly string[]): ModelRequest {
  const spoken: readonly Message[] =
    answer.trim() === "" ? [] : [{ role: "assistant", parts: [{ kind: "text", text: answer }] }]
  const wish =
    `That does not fit the JSON Schema: ${errors.join("; ")}. ` +
    "Answer again with the whole corrected JSON alone: no other words, no code fence."
  return {
    ...asked,
    messages: said([...asked.messages, ...spoken], wish),
    // Tools were there for finding the answer; what is wanted now is its form.
    ...(asked.tools?.length ? { toolChoice: "none" as const } : {}),
  }
}

/** Said by the user, in their last message where that is the last. */
function said(messages: readonly Message[], text: string): readonly Message[] {
  const last = messages.at(-1)
  if (last?.role !== "user") return [...messages, { role: "user", parts: [{ kind: "text", text }] }]
  return [...messages.slice(0, -1), { ...last, parts: [...last.parts, { kind: "text", text }] }]
}

function both(first: EndEvent, second: EndEvent): EndEvent {
  const costUsd =
    first.costUsd === undefined || second.costUsd === undefined ? undefined : addedCost(first.costUsd, second.costUsd)
  return { ...second, usage: addedUsage(first.usage, second.usage), ...(costUsd === undefined ? {} : { costUsd }) }
}
