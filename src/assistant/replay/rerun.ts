import { systemClock } from "../../base/clock.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { Message, Model, ModelRequest } from "../../models/model.ts"
import { silentLogger } from "../../observe/log.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import { runTurn } from "../loop/loop.ts"
import { composer } from "../prompt/compose.ts"
import { toolbox } from "../tools/toolbox.ts"
import { inMemoryConversation } from "./in-memory.ts"
import { type Difference, firstDifference, namesBetween, renamed } from "./normal.ts"
import { replayOf } from "./recording.ts"

interface Rerun {
  readonly events: readonly ConversationEvent[]
  /** From the recorded run; null where it went the same way. */
  readonly difference: Difference | null
}

/** What a turn does; all else came from outside, and comes again at its place. */
const ofTurns: ReadonlySet<ConversationEvent["type"]> = new Set([
  "turn.started",
  "turn.ended",
  "assistant.spoke",
  "permission.asked",
  "tool.intended",
  "tool.finished",
])
const isOfTurn = ({ type, data }: ConversationEvent) =>
  ofTurns.has(type) || (type === "ledger.changed" && "call" in data && data.call !== undefined)

/**
 * Runs a session again through the loop as it is today, without a model and without any effect: model and tools answer as
 * recorded, people say and allow what they did. `fork`: from an event on another model is asked; its calls are answered
 * from the recording where the same was asked, and are told that nothing is recorded where not.
 */
export async function rerun(
  recorded: readonly ConversationEvent[],
  {
    fork,
    mask = (text) => text,
    signal,
  }: {
    /** `system`: what the conversation's prompts begin with. */
    readonly fork?: {
      readonly at: number
      readonly model: Model
      readonly name: string
      readonly system: readonly Message[]
    }
    /** Takes secrets out of what another model is shown. */
    readonly mask?: (text: string) => string
    readonly signal: AbortSignal
  },
): Promise<Rerun> {
  const conversation = inMemoryConversation("replay")
  const names = new Map<string, string>()
  let at = 0
  /** The runs went different ways: nothing more comes from outside. */
  let isApart = false
  let interruption = new AbortController()
  const interrupt = () => {
    interruption.abort()
    wake()
  }
  let turn = ""
  const waiting: (() => void)[] = []
  const wake = () => {
    for (const go of waiting.splice(0)) go()
  }
  const ended = recorded.flatMap(({ type, data }) => (type === "tool.finished" ? [data.call] : []))
  /** What ran side by side ended in some order: in the same one now. */
  const inOrder = async (call: string) => {
    const earlier = new Set(ended.slice(0, Math.max(0, ended.indexOf(call))))
    const isAhead = () => conversation.state.openCalls.some(({ id }) => id !== call && earlier.has(id))
    while (!isApart && !interruption.signal.aborted && !signal.aborted && isAhead()) {
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const given = fork ? recorded.slice(0, fork.at) : recorded
  const isAnswer = ({ type }: ConversationEvent) => type === "assistant.spoke"

  const outside = (next: ConversationEvent) =>
    // What it is called in this run; its shape stays.
    ({ ...next, data: renamed(next.data, names) }) as ConversationEvent
  const tell = () => {
    const next = given[at]
    if (isApart || !next || isOfTurn(next) || isHeardWhileAnswering(given, at)) return
    void conversation.record([outside(next)], "replay")
  }
  const stopListening = conversation.subscribe((events) => {
    for (const event of events) {
      const expected = given[at]
      if (expected && expected.type !== event.type) isApart = true
      if (expected && !isApart) for (const [from, to] of namesBetween(expected, event)) names.set(from, to)
      at++
    }
    const last = events.at(-1)
    const waits = last?.type === "permission.asked" && given[at]?.type !== "permission.answered"
    if (
      waits &&
      (isApart || at >= given.length || !given.slice(at).some(({ type }) => type === "permission.answered"))
    ) {
      interrupt()
    }
    tell()
    wake()
  })
  const recording = replayOf(given, {
    toolbox,
    interrupt,
    turn: () => turn,
    inOrder,
    beforeAnswer() {
      while (!isApart && given[at] && !isOfTurn(given[at] as ConversationEvent)) {
        void conversation.record([outside(given[at] as ConversationEvent)], "replay")
      }
    },
    ...(fork && { fork: { from: given.filter(isAnswer).length, model: fork.model } }),
  })
  const prompt = composer({
    conversation,
    actor: "replay",
    command: "replay",
    tools: recording.tools,
    // Only another model reads it: what was recorded is said again, whatever it is asked.
    system: fork?.system ?? [],
    pictures: async () => "",
    mask,
    model: recording.model,
    contextTokens: Number.MAX_SAFE_INTEGER,
    strategy: "truncation",
  })
  try {
    while (at < given.length || conversation.state.turn || conversation.state.queued.length > 0) {
      throwIfAborted(signal)
      const before = at
      if (conversation.state.queued.length > 0 || conversation.state.turn) {
        interruption = new AbortController()
        const begin = given.slice(at).find(({ type }) => type === "turn.started")
        if (begin?.type === "turn.started") turn = begin.data.turn
        const end = given.slice(at).find(({ type }) => type === "turn.ended")
        const over = end?.type === "turn.ended" ? end.data : undefined
        const isLimited = () => over?.how === "limit" && (conversation.state.turn?.steps ?? 0) >= over.steps
        const tree = over?.receipts?.tree
        await runTurn(
          {
            conversation,
            actor: begin?.type === "turn.started" ? begin.data.by : "replay",
            ...recording,
            services: {},
            async prompt(how): Promise<ModelRequest> {
              const request = await prompt.prompt(how)
              return fork && at >= given.length ? { ...request, model: fork.name } : request
            },
            limits: {
              get maxSteps() {
                return isLimited() && over?.why.includes("steps were made") ? over.steps : 1000
              },
              get maxCostUsd() {
                return isLimited() && over?.why.startsWith("$") ? 0 : Number.POSITIVE_INFINITY
              },
            },
            ...(over?.receipts && {
              treeNow: async () => {
                if (tree === null || tree === undefined) throw new Error("No tree was recorded.")
                return tree
              },
            }),
            hear: () => {},
            stopping: new AbortController().signal,
            clock: systemClock,
            logger: silentLogger,
          },
          AbortSignal.any([signal, interruption.signal]),
        )
      } else {
        const next = given[at]
        if (next && isOfTurn(next)) break
        if (next) await conversation.record([outside(next)], "replay")
      }
      if (at === before) break
    }
  } finally {
    stopListening()
  }
  return { events: conversation.events, difference: firstDifference(recorded, conversation.events) }
}

/**
 * Whether something was said while the model spoke, and not before it was asked: the log has both before its answer, but
 * only what was said meanwhile made the turn go on after an answer without calls.
 */
function isHeardWhileAnswering(events: readonly ConversationEvent[], at: number): boolean {
  const answer = events.slice(at).findIndex(isOfTurn)
  const spoken = events[at + answer]
  if (answer < 0 || events[at]?.type !== "user.spoke" || spoken?.type !== "assistant.spoke") return false
  const hasCalls = spoken.data.parts.some(({ kind }) => kind === "tool-call")
  return !hasCalls && events[at + answer + 1]?.type !== "turn.ended"
}
