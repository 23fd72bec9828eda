import { ModelError } from "../errors.ts"
import type { Model, ModelEvent, ModelRequest } from "../model.ts"

/** A request with one question, and what the test adds. */
export const asking = (question: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "test-model",
  messages: [{ role: "user", parts: [{ kind: "text", text: question }] }],
  attribution: { user: "u1" },
  ...more,
})

/** All events of an answer. */
export async function eventsOf(model: Model, request: ModelRequest, signal = new AbortController().signal) {
  const events: ModelEvent[] = []
  for await (const event of model(request, signal)) events.push(event)
  return events
}

/** The events until the answer failed, and the fault; throws when it did not fail with a ModelError. */
export async function faultOf(model: Model, request: ModelRequest, signal = new AbortController().signal) {
  const events: ModelEvent[] = []
  try {
    for await (const event of model(request, signal)) events.push(event)
  } catch (error) {
    if (error instanceof ModelError) return { events, error }
    throw error
  }
  throw new Error(`The answer did not fail: ${JSON.stringify(events)}`)
}

/** The text of an answer. */
export const textIn = (events: readonly ModelEvent[]) =>
  events.map((event) => (event.kind === "text" ? event.text : "")).join("")

/** The last event, which must be the end. */
export function endIn(events: readonly ModelEvent[]) {
  const last = events.at(-1)
  if (last?.kind !== "end") throw new Error(`The answer did not end: ${JSON.stringify(last)}`)
  return last
}
