import { ModelError } from "../errors.ts"
import { type Events, lazily, type Next, over, read } from "../layers/stream.ts"
import { type Model, type ModelEvent, type ModelRequest, noUsage } from "../model.ts"
import type { Target } from "../target.ts"
import { type BillOptions, bill } from "./bill.ts"
import { continuation } from "./continuation.ts"
import { type Seam, seam } from "./seam.ts"
import { type Failed, goesOn, verdict } from "./verdict.ts"

export interface FailoverOptions extends BillOptions {
  /** Whom to ask, in this order. May throw, for example NO_MODEL. */
  readonly targets: (request: ModelRequest) => readonly Target[] | Promise<readonly Target[]>
  /** How often one that broke off half-way is itself asked to continue when there is no other left. Default 1. */
  readonly resumes?: number
  readonly onFault?: (fault: Failed & { readonly request: ModelRequest; readonly next: Target | undefined }) => void
}

/**
 * A model that asks one target after the other until one has answered.
 *
 * Before anything was shown, the next one is simply asked. After that it is asked to continue the text, and `restart`
 * tells the reader; what it repeats of the text is dropped. Whole tool calls are never asked for again: where the stream
 * broke after one, the turn ends with it. JSON (`request.output`) of which a part was shown can't be continued, and fails.
 * What broken attempts took is in the usage and the cost of the `end`, estimated. See docs/decisions/083-failover.md.
 */
export function failover(options: FailoverOptions): Model {
  return (request, signal) => lazily(async () => chain(await options.targets(request), { ...options, request, signal }))
}

interface Chain extends FailoverOptions {
  readonly request: ModelRequest
  readonly signal: AbortSignal
}

interface Attempt {
  readonly target: Target
  readonly request: ModelRequest
  readonly events: Events
  /** Who answers: a target may choose. Undefined: nothing has come yet. */
  start: (ModelEvent & { kind: "start" }) | undefined
  outputChars: number
  hasSpoken: boolean
}

function chain(targets: readonly Target[], { request, signal, onFault, ...options }: Chain): Events {
  const waiting = [...targets]
  const failures: Failed[] = []
  let resumes = options.resumes ?? 1
  let shown = ""
  let hasToolCall = false
  let hasAnnounced = false
  const lost = bill(options)
  /** To be given before anything else of the stream that is read. */
  const ready: ModelEvent[] = []
  let joint: Seam | undefined
  let attempt: Attempt | undefined
  /** The last one that said something before it broke off. */
  let heard: Target | undefined
  /** Of the attempt that gave its `end`: it has nothing more to say, but may have something to put away. */
  let rest: Events | undefined
  let isOver = false

  const ask = (target: Target): Attempt => {
    const asked = { ...continuation(request, shown), model: target.model }
    joint = shown === "" ? undefined : seam(shown)
    return {
      target,
      request: asked,
      events: read(target.call(asked, signal)),
      start: undefined,
      outputChars: 0,
      hasSpoken: false,
    }
  }

  /** Gives an event of the attempt, and before its first one who answers. */
  const give = (now: Attempt, event: ModelEvent, result?: Next): Next => {
    if (now.hasSpoken) return result ?? { done: false, value: event }
    now.hasSpoken = true
    ready.push(event)
    return { done: false, value: announcement(now) }
  }
  const announcement = ({ start, target: { provider, model } }: Attempt): ModelEvent => {
    const last = failures.at(-1)
    if (hasAnnounced && last)
      return {
        kind: "restart",
        provider: start?.provider ?? provider,
        model: start?.model ?? model,
        why: last.error.fault,
      }
    hasAnnounced = true
    return start ?? { kind: "start", provider, model }
  }

  const given = (result: Next): Next | Promise<Next> => {
    const now = attempt
    if (!now) return over
    if (result.done) return failed(brokenOff())
    const event = result.value
    switch (event.kind) {
      case "start":
        now.start = event
        return next()
      case "text": {
        now.outputChars += event.text.length
        if (!joint) {
          shown += event.text
          return give(now, event, result)
        }
        const text = joint.push(event.text)
        shown += text
        return text === "" ? next() : give(now, { kind: "text", text })
      }
      case "end":
        rest = now.events
        attempt = undefined
        return afterSeam(now, lost.onto(event, now.start ?? now.target))
      case "tool-call":
        hasToolCall = true
        return afterSeam(now, event, result)
      case "tool-delta":
        now.outputChars += event.text.length
        return afterSeam(now, event, result)
      case "restart":
        return give(now, event, result)
      case "reasoning":
        now.outputChars += event.text.length
        return give(now, event, result)
      case "reasoning-end":
        return give(now, event, result)
    }
  }

  /** Text that was held back goes first. */
  const afterSeam = (now: Attempt, event: ModelEvent, result?: Next): Next => {
    const text = joint?.finish() ?? ""
    joint = undefined
    if (text === "") return give(now, event, result)
    shown += text
    const first = give(now, { kind: "text", text })
    ready.push(event)
    return first
  }

  const failed = async (error: unknown): Promise<Next> => {
    const broken = attempt
    attempt = undefined
    if (!broken || signal.aborted || !(error instanceof ModelError)) {
      isOver = true
      throw error
    }
    const { provider, model } = broken.start ?? broken.target
    const failure = { provider, model, error }
    failures.push(failure)
    // One that was refused before it began took nothing; of one that was silent too long nobody knows.
    if (broken.start || error.fault === "MODEL_TIMEOUT")
      await lost.add({ provider, model }, broken.request, broken.outputChars)
    if (hasToolCall) {
      onFault?.({ ...failure, request, next: undefined })
      isOver = true
      const end = { kind: "end", finish: "tool-calls", usage: noUsage, costUsd: 0 } as const
      return { done: false, value: lost.onto(end, failure) }
    }
    const following = nextTarget(broken, error)
    onFault?.({ ...failure, request, next: following })
    if (!following) {
      isOver = true
      throw verdict(failures)
    }
    attempt = ask(following)
    return next()
  }

  const nextTarget = (broken: Attempt, error: ModelError): Target | undefined => {
    if (!goesOn(error) || (request.output && shown !== "")) return undefined
    if (broken.hasSpoken && error.isPassing) heard = broken.target
    const other = waiting.shift()
    if (other || !heard || resumes === 0) return other
    resumes--
    return heard
  }

  const next = (): Promise<Next> => {
    const event = ready.shift()
    if (event) return Promise.resolve({ done: false, value: event })
    if (attempt) return attempt.events.next().then(given, failed)
    if (rest) return rest.next()
    if (isOver) return Promise.resolve(over)
    const target = waiting.shift()
    if (!target) {
      isOver = true
      return Promise.reject(verdict([]))
    }
    attempt = ask(target)
    return next()
  }

  return {
    next,
    async return() {
      isOver = true
      ready.length = 0
      const events = attempt?.events ?? rest
      attempt = undefined
      await events?.return?.()
      return over
    },
  }
}

const brokenOff = () => new ModelError({ fault: "MODEL_STREAM_BROKEN", message: "The answer stopped before its end." })
