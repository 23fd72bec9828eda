import { abortReason } from "../base/signal.ts"
import { type Model, type ModelEvent, type ModelRequest, noUsage, type Usage } from "./model.ts"

/** One step of a scripted answer: an event, a fault that is thrown, or something to wait for. */
export type Step = ModelEvent | Error | (() => Promise<void>)

export interface Scripted {
  readonly model: Model
  /** What was asked, in order; a call counts from when its stream is first read. */
  readonly requests: ModelRequest[]
  /** Calls that neither ended nor were left. */
  running(): number
}

/**
 * A model that follows a script: the answer of the nth call, the last one also for all further calls. It ends at once
 * when its signal fires, as providers do.
 */
export function scripted(...answers: readonly (readonly Step[])[]): Scripted {
  const requests: ModelRequest[] = []
  let running = 0
  const model: Model = async function* answer(request, signal) {
    const steps = answers[Math.min(requests.length, answers.length - 1)] ?? []
    requests.push(request)
    running++
    try {
      for (const step of steps) {
        if (signal.aborted) throw abortReason(signal)
        if (step instanceof Error) throw step
        if (typeof step !== "function") yield step
        else await orAborted(step(), signal)
      }
    } finally {
      running--
    }
  }
  return { model, requests, running: () => running }
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => reject(abortReason(signal))
    if (signal.aborted) cancelled()
    else signal.addEventListener("abort", cancelled, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", cancelled))
  })
}

export const start = (provider = "p", model = "m"): ModelEvent => ({ kind: "start", provider, model })
export const text = (words: string): ModelEvent => ({ kind: "text", text: words })
export const end = (usage: Partial<Usage> = {}, finish: "stop" | "tool-calls" | "refused" = "stop"): ModelEvent => ({
  kind: "end",
  finish,
  usage: { ...noUsage, ...usage },
})
export const toolCall = (index: number, name: string): ModelEvent => ({
  kind: "tool-call",
  index,
  id: `call-${index}`,
  name,
  arguments: "{}",
})

/** A whole answer of these words. */
export const saying = (...words: readonly string[]): Step[] => [start(), ...words.map(text), end()]

export const ask = (content = "hello", more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "m",
  messages: [{ role: "user", parts: [{ kind: "text", text: content }] }],
  attribution: { user: "ada" },
  ...more,
})

export async function eventsOf(stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

/** Events until the stream ended or failed, and what it failed with. */
export async function heardOf(
  stream: AsyncIterable<ModelEvent>,
): Promise<{ readonly events: ModelEvent[]; readonly error: unknown }> {
  const events: ModelEvent[] = []
  try {
    for await (const event of stream) events.push(event)
    return { events, error: undefined }
  } catch (error) {
    return { events, error }
  }
}

export const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.kind === "text" ? event.text : "")).join("")

export const never = (): AbortSignal => new AbortController().signal

/** Lets everything run that waits for nothing but promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
