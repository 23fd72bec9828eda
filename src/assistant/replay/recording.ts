import { isDeepStrictEqual } from "node:util"
import { z } from "zod"
import { CancelledError, DuckError } from "../../base/errors.ts"
import { type Model, type ModelEvent, noUsage } from "../../models/model.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import type { Gate } from "../loop/options.ts"
import type { Tool, ToolOutcome } from "../tools/tool.ts"

type DataOf<T extends ConversationEvent["type"]> = Extract<ConversationEvent, { type: T }>["data"]
type Spoken = DataOf<"assistant.spoke">
type Finished = DataOf<"tool.finished">

/** What a session's model and tools said, to say it again without either. */
interface Recording {
  /** Says what was said at that place; undefined: nothing was. */
  readonly model: Model
  /** The recorded tools by name, with what is known of them for what is not recorded. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly gate: Gate
}

/**
 * The model and tools of a session, from its events. `interrupt` is called where the session was interrupted; `fallback`
 * answers model calls from the place on where the recording is left.
 */
export function replayOf(
  events: readonly ConversationEvent[],
  {
    toolbox,
    interrupt,
    turn,
    inOrder = async () => {},
    beforeAnswer = () => {},
    fork,
  }: {
    readonly toolbox: ReadonlyMap<string, Tool>
    interrupt(): void
    /** Id of the recorded turn that is run again now. */
    turn(): string
    /** Resolves when the calls that ended before this one have ended. */
    inOrder?(call: string): Promise<void>
    /** Called while the nth answer is given, from 0. */
    beforeAnswer?(n: number): void
    /** From this answer on, counted from 0, another model is asked. */
    readonly fork?: { readonly from: number; readonly model: Model }
  },
): Recording {
  const spoken = events.flatMap(({ type, data }) => (type === "assistant.spoke" ? [data] : []))
  const finished = new Map(events.flatMap(({ type, data }) => (type === "tool.finished" ? [[data.call, data]] : [])))
  const asked = new Map(events.flatMap(({ type, data }) => (type === "permission.asked" ? [[data.call, data]] : [])))
  const intended = new Set(events.flatMap(({ type, data }) => (type === "tool.intended" ? [data.call] : [])))
  const learned = new Map(
    events.flatMap(({ type, data }) =>
      type === "ledger.changed" && data.call !== undefined ? [[data.call, data.changes] as const] : [],
    ),
  )
  const calls = new Map(
    spoken.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === "tool-call" ? [[part.id, part]] : []))),
  )
  const ends = events.flatMap(({ type, data }) => (type === "turn.ended" ? [data] : []))
  let answered = 0

  const model: Model = (request, signal) => {
    if (fork && answered >= fork.from) return fork.model(request, signal)
    return recorded()
  }
  async function* recorded(): AsyncGenerator<ModelEvent> {
    const said = spoken[answered]
    const isOver = said === undefined || said.turn !== turn()
    if (isOver) {
      const now = turn()
      const end = ends.find((one) => one.turn === now)
      if (end?.how === "failed") throw new DuckError({ code: "RECORDED", message: end.why, status: 500 })
      interrupt()
      throw new CancelledError("The session was interrupted here.")
    }
    beforeAnswer(answered)
    answered++
    yield* eventsOf(said)
    if (said.finish === "interrupted") {
      interrupt()
      throw new CancelledError("The session was interrupted here.")
    }
  }
  /** By its id; in a run that went another way, by what was asked. */
  const outcomeOf = (id: string, name: string, input: unknown): Finished | undefined => {
    const exact = finished.get(id)
    if (exact) return exact
    for (const [call, part] of calls) {
      if (part.name === name && sameJson(part.arguments, input)) return finished.get(call)
    }
    return undefined
  }

  const answering = (tool: Tool): Tool => ({
    ...tool,
    async run(input, { id }) {
      await inOrder(id)
      const found = outcomeOf(id, tool.name, input)
      if (!found)
        return {
          content: [{ kind: "text", text: "This was not recorded, and nothing is done in a replay." }],
          isError: true,
        }
      if (found.outcome === "unknown" || found.outcome === "cancelled") {
        interrupt()
        throw new CancelledError("The session was interrupted here.")
      }
      return outcome(found, learned.get(found.call) ?? [])
    },
  })
  const names = new Set([...toolbox.keys(), ...[...calls.values()].map(({ name }) => name)])
  const isUnknown = (name: string) => {
    const call = [...calls.values()].find((one) => one.name === name)
    const text = call && finished.get(call.id)?.content[0]
    return text?.kind === "text" && text.text.startsWith("There is no tool named")
  }
  return {
    model,
    tools: new Map(
      [...names].flatMap((name) => {
        const tool = toolbox.get(name)
        return tool ? [[name, answering(tool)]] : isUnknown(name) ? [] : [[name, answering(anyTool(name))]]
      }),
    ),
    async gate({ id }) {
      const question = asked.get(id)
      if (question) return { decision: "ask", why: question.why }
      const found = finished.get(id)
      const text = found?.content[0]?.kind === "text" ? found.content[0].text : ""
      if (found?.outcome === "denied") return { decision: "deny", why: text.replace(/^Not allowed: /, "") }
      if (found?.outcome === "cancelled" && !intended.has(id)) {
        interrupt()
        throw new CancelledError("The session was interrupted here.")
      }
      return { decision: "allow", why: "" }
    },
  }
}

const outcome = (found: Finished, ledger: NonNullable<ToolOutcome["ledger"]>): ToolOutcome => ({
  // The loop says again by itself what it had said about calls that are repeated.
  content: found.content.filter((part) => part.kind !== "text" || !part.text.startsWith(repeatedNote)),
  isError: found.outcome !== "done",
  ...(found.details === undefined ? {} : { details: found.details }),
  ...(found.costUsd === undefined ? {} : { costUsd: found.costUsd }),
  ...(ledger.length > 0 && { ledger }),
})

const repeatedNote = "This very call has now given this very result"

/** A tool that was there when it was recorded, and is no more. */
const anyTool = (name: string): Tool => ({
  name,
  description: "A recorded tool.",
  input: z.looseObject({}),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  run: async () => ({ content: [] }),
})

function* eventsOf({ parts, model, usage, finish }: Spoken): Generator<ModelEvent> {
  const at = model.indexOf("/")
  yield { kind: "start", provider: model.slice(0, Math.max(0, at)), model: model.slice(at + 1) }
  let index = 0
  for (const part of parts) {
    if (part.kind === "text") yield part
    else if (part.kind === "tool-call") yield { ...part, index: index++ }
    else {
      yield { kind: "reasoning", text: part.text }
      yield { kind: "reasoning-end", ...(part.proof && { proof: part.proof }) }
    }
  }
  if (finish === "interrupted") return
  const { costUsd, ...counts } = usage
  yield { kind: "end", finish, usage: { ...noUsage, ...counts }, costUsd }
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), value)
  } catch {
    return false
  }
}
