import { asDuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { event } from "../conversation/decide.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import { receiptsOf } from "../receipts/receipts.ts"
import { actOn } from "./act.ts"
import { answersOf } from "./answers.ts"
import { callGuard } from "./guard.ts"
import type { TurnEnd, TurnOptions } from "./options.ts"
import { speak } from "./speak.ts"

/**
 * One turn: what was said is answered, the tools that the answer calls are run, their results are answered, until an
 * answer calls none. Everything is in the log before it counts, so a turn that was cut off (a crash, a stop of the server)
 * is simply run again: calls that have an outcome keep it, those that may have happened are looked into, and a model's
 * answer that was not stored is asked for anew.
 *
 * `signal`: a person interrupts, and the turn ends. `stopping`: the process goes; the turn stays as it is, for the next.
 */
export async function runTurn(options: TurnOptions, signal: AbortSignal): Promise<TurnEnd> {
  const { conversation, actor, limits, stopping } = options
  const turn = await begin(options)
  if (turn === undefined) return { how: "done", why: "Nothing was said." }
  const either = AbortSignal.any([signal, stopping, conversation.lost])
  const answers = answersOf(conversation)
  const guard = callGuard()
  try {
    throwIfAborted(either)
    const refusal = conversation.state.turn?.steps === 0 ? await refused(options, either) : undefined
    if (refusal !== undefined) return await end("failed", refusal)
    for (;;) {
      throwIfAborted(either)
      await actOn(options, { turn, answers, guard, signal: either })
      const steps = conversation.state.turn?.steps ?? 0
      if (guard.isStuck()) return await end("limit", "The same call was made again and again, with the same result.")
      if (steps >= limits.maxSteps)
        return await end("limit", `${steps} steps were made, the most that a turn may take.`)
      const { usage, turn: now } = conversation.state
      const spentUsd = usage.costUsd - (now?.costBeforeUsd ?? 0)
      if (spentUsd >= limits.maxCostUsd)
        return await end("limit", `$${spentUsd.toFixed(2)} were spent, the most allowed.`)
      const heard = conversation.window.length
      const answer = await speak(options, { turn: turn.id, signal: either })
      if (answer.calls > 0) continue
      // What a person said meanwhile is answered in this turn.
      if (conversation.window.slice(heard).some(({ kind }) => kind === "user")) continue
      const more = answer.finish === "stop" ? await options.beforeEnd?.(either) : undefined
      if (more === undefined) return await end("done", whyOf(answer.finish), await proven(options, either))
      await conversation.handle({ kind: "say", message: newId(), parts: [{ kind: "text", text: more }] }, "hook")
    }
  } catch (thrown) {
    // Whoever comes next goes on from what is stored.
    if (stopping.aborted || conversation.lost.aborted) return { how: "suspended", why: "The server stopped." }
    if (signal.aborted) return await end("interrupted", "Interrupted.")
    const error = asDuckError(thrown)
    options.logger.warn("a turn failed", { conversation: conversation.id, error })
    return await end("failed", error.hint === undefined ? error.message : `${error.message} ${error.hint}`, { error })
  } finally {
    answers.close()
  }

  async function end(
    how: "done" | "interrupted" | "failed" | "limit",
    why: string,
    { error, receipts }: Pick<TurnEnd, "error" | "receipts"> = {},
  ): Promise<TurnEnd> {
    const { openCalls, turn: at } = conversation.state
    const cancelled = openCalls.map(({ id, state }): ConversationEvent => {
      const outcome = state === "intended" ? "unknown" : "cancelled"
      return event("tool.finished", {
        call: id,
        outcome,
        content: [{ kind: "text", text: notDone[outcome] }],
        tookMs: 0,
      })
    })
    if (turn) await options.endPrograms?.(turn.id)
    const after = at?.isProtected ? await lastCheckpoint(options, turn?.id ?? "") : []
    const ended = event("turn.ended", {
      turn: turn?.id ?? "",
      how,
      why,
      steps: at?.steps ?? 0,
      ...(receipts && { receipts }),
    })
    const [first = ended, ...rest] = [...cancelled, ...after, ended]
    await conversation.record([first, ...rest], actor)
    return { how, why, ...(error ? { error } : {}), ...(receipts && { receipts }) }
  }
}

/** A turn that can't be recorded at its end can still be taken back as a whole: its start is. */
async function lastCheckpoint({ checkpoint, logger }: TurnOptions, turn: string): Promise<ConversationEvent[]> {
  try {
    const taken = await checkpoint?.(turn, "end")
    return taken ? [event("checkpoint.taken", { turn, checkpoint: taken.id, when: "after" })] : []
  } catch (error) {
    logger.warn("the end of a turn could not be recorded", { turn, error })
    return []
  }
}

const notDone = {
  cancelled: "This was not done: the turn was ended before it began.",
  unknown: "The turn was ended while this ran. It may have happened in part: look before you do it again.",
} as const

/** Why hooks refuse what was said; what they add to it is said after it. */
async function refused(
  { conversation, actor, beforeTurn }: TurnOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const message = conversation.state.turn?.message
  if (message === undefined) return undefined
  const { refusal, context } = (await beforeTurn?.(message, signal)) ?? { refusal: undefined, context: "" }
  if (refusal !== undefined) {
    await conversation.record([event("message.withheld", { message, why: refusal })], actor)
    return refusal
  }
  if (context !== "") {
    const parts = [{ kind: "text", text: context }] as const
    await conversation.handle({ kind: "say", message: newId(), parts }, "hook")
  }
  return undefined
}

/** What is proved of the tree as it is; nothing where there is no tree. */
async function proven(
  { conversation, treeNow, logger }: TurnOptions,
  signal: AbortSignal,
): Promise<Pick<TurnEnd, "receipts">> {
  if (!treeNow) return {}
  // Without a command there is nothing that the tree could prove or make stale, and telling it is a look at every file.
  const hasCommands = conversation.state.ledger.commands.length > 0
  const tree = !hasCommands
    ? null
    : await treeNow(signal).catch((error: unknown) => {
        throwIfAborted(signal)
        logger.warn("the tree could not be told at the end of a turn", { conversation: conversation.id, error })
        return null
      })
  const { ledger, root } = conversation.state
  const last = conversation.window.findLast(({ kind }) => kind === "assistant")
  const answer = last?.kind === "assistant" ? last.parts.map((part) => (part.kind === "text" ? part.text : "")) : []
  return { receipts: receiptsOf({ commands: ledger.commands, tree, root, answer: answer.join("") }) }
}

/** The turn that was cut off, else one for the message that waits longest; undefined when none does. */
async function begin({ conversation, actor }: TurnOptions): Promise<{ id: string } | undefined> {
  const { turn, queued } = conversation.state
  if (turn) return turn
  const [message] = queued
  if (message === undefined) return undefined
  const id = newId()
  await conversation.record([event("turn.started", { turn: id, message, by: actor })], actor)
  return { id }
}

const whyOf = (finish: string): string =>
  finish === "length"
    ? "The answer reached the longest that the model gives."
    : finish === "refused"
      ? "The model refused to go on."
      : "Answered."
