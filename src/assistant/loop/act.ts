import { z } from "zod"
import { asDuckError, InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { event } from "../conversation/decide.ts"
import type { ConversationEvent } from "../conversation/events.ts"
import type { ToolContent } from "../conversation/parts.ts"
import type { OpenCall } from "../conversation/state.ts"
import type { Tool, ToolCall, ToolOutcome } from "../tools/tool.ts"
import type { Answers } from "./answers.ts"
import type { CallGuard } from "./guard.ts"
import type { TurnOptions } from "./options.ts"

interface Acting {
  readonly turn: { readonly id: string }
  readonly answers: Answers
  readonly guard: CallGuard
  /** Fires for an interruption and for a stop. */
  readonly signal: AbortSignal
}

/**
 * Gives every open call its outcome. Calls that only read run side by side, the others alone and in their order. What
 * was intended before a crash is not blindly done again: see `mayRepeat`.
 */
export async function actOn(options: TurnOptions, acting: Acting): Promise<void> {
  for (;;) {
    const calls = options.conversation.state.openCalls
    if (calls.length === 0) return
    const readings = calls.findIndex((call) => !isReading(options, call))
    const group = calls.slice(0, readings < 0 ? calls.length : Math.max(1, readings))
    await Promise.all(group.map((call) => settle(call, options, acting)))
    throwIfAborted(acting.signal)
  }
}

const isReading = ({ tools }: TurnOptions, { name }: OpenCall) => tools.get(name)?.effect === "reads"

async function settle(call: OpenCall, options: TurnOptions, acting: Acting): Promise<void> {
  const { conversation, tools, clock } = options
  const startedAtMs = clock.now()
  const finish = async (outcome: Outcome, result: ToolOutcome) => {
    const note = acting.guard.note(call.name, call.arguments, result.content)
    const content: ToolContent[] = [...result.content, ...(note ? [{ kind: "text" as const, text: note }] : [])]
    const details = result.details === undefined ? {} : { details: json(result.details) }
    const finished = event("tool.finished", {
      call: call.id,
      outcome,
      content,
      ...details,
      tookMs: Math.max(0, clock.now() - startedAtMs),
      ...(result.costUsd === undefined ? {} : { costUsd: result.costUsd }),
    })
    const learned = result.ledger?.length
      ? [event("ledger.changed", { changes: [...result.ledger], call: call.id })]
      : ([] as const)
    await conversation.record([finished, ...learned], options.actor)
  }
  try {
    const tool = tools.get(call.name)
    if (!tool) return await finish("failed", said(unknownTool(call.name, tools)))
    // What is stored has the placeholder; only what writes files is given the secret itself.
    const given = inputOf(tool, call.arguments)
    const input = tool.effect === "writes" && options.reveal ? inputOf(tool, options.reveal(call.arguments)) : given
    if (tool.effect === "asks") return await question(tool, input)
    if (call.state === "intended" && !(await mayRepeat(call, tool, input))) return
    if (call.state !== "intended") {
      const refusal = await permission(call, tool, input)
      if (refusal !== undefined) return await finish("denied", said(refusal))
    }
    await run(tool, input, given)
  } catch (thrown) {
    // A turn that is ended or suspended has its own word on what is open.
    if (acting.signal.aborted) throw thrown
    const { message, hint } = asDuckError(thrown)
    await finish("failed", { ...said(hint === undefined ? message : `${message}\n${hint}`), isError: true })
  }

  /** Undefined when it may be done, else why not. */
  async function permission(call: OpenCall, tool: Tool, input: z.output<z.ZodObject>): Promise<string | undefined> {
    if (call.state === "called") {
      const gated = { id: call.id, tool, input, touches: tool.touches(input) }
      const { decision, why } = await options.gate(gated, acting.signal)
      if (decision === "allow") return undefined
      if (decision === "deny") return `Not allowed: ${why}`
      await ask(questionOf(tool, call), why)
    }
    return answered()
  }

  /** What the model wants to know of the person is asked as a permission is; the answer is the note. */
  async function question(tool: Tool, input: z.output<z.ZodObject>) {
    if (call.state === "called") {
      const { decision, why } = await options.gate({ id: call.id, tool, input, touches: [] }, acting.signal)
      if (decision === "deny") return finish("denied", said(why))
      await ask(tool.question?.(input) ?? questionOf(tool, call), "The assistant asks.")
    }
    await acting.answers.of(call.id, acting.signal)
    const now = conversation.state.openCalls.find(({ id }) => id === call.id)
    const plain = now?.state === "allowed" ? "Yes." : "The user did not answer."
    await finish("done", said(now?.note === undefined ? plain : `The user answered: ${now.note}`))
  }

  async function ask(question: string, why: string) {
    await conversation.record([event("permission.asked", { call: call.id, question, why })], options.actor)
  }

  async function answered(): Promise<string | undefined> {
    await acting.answers.of(call.id, acting.signal)
    const now = conversation.state.openCalls.find(({ id }) => id === call.id)
    if (now?.state === "allowed") return undefined
    return now?.note === undefined ? "The user said no." : `The answer was no: ${now.note}`
  }

  /**
   * A call that was intended when the process died. True: do it (again). False: it has its outcome now: it had happened,
   * or a person said to leave it.
   */
  async function mayRepeat(call: OpenCall, tool: Tool, input: z.output<z.ZodObject>): Promise<boolean> {
    if (tool.recovery === "repeat") return true
    const happened = tool.recovery === "check" ? await tool.happened?.(input, toolCall(tool)) : null
    if (happened === false) return true
    if (happened === true) {
      await finish("done", said("This had been done before the server stopped; it was not done again."))
      return false
    }
    const why = "The server stopped while this ran. It may have happened, in whole or in part."
    await ask(`Do it again? ${questionOf(tool, call)}`, why)
    const refusal = await answered()
    if (refusal === undefined) return true
    await finish("unknown", said(`${why} It was not repeated. ${refusal}`))
    return false
  }

  async function run(tool: Tool, input: z.output<z.ZodObject>, given: z.output<z.ZodObject>) {
    if (tool.effect !== "reads") {
      if (options.checkpoint && !conversation.state.turn?.isProtected) {
        const { id: checkpoint, uncovered } = await options.checkpoint(acting.turn.id, "start")
        const taken = { turn: acting.turn.id, checkpoint, when: "before", ...(uncovered && { uncovered }) } as const
        await conversation.record([event("checkpoint.taken", taken)], options.actor)
      }
      const { id, name } = call
      const data = { call: id, turn: acting.turn.id, name, arguments: json(given), effect: tool.effect }
      await conversation.record([event("tool.intended", data)], options.actor)
    }
    options.hear({ kind: "tool-running", call: call.id, name: call.name })
    const result = await tool.run(input, toolCall(tool))
    await finish(result.isError ? "failed" : "done", result)
  }

  function toolCall(tool: Tool): ToolCall {
    return {
      id: call.id,
      signal: acting.signal,
      services: options.services,
      judge: (touches, input) => options.gate({ id: call.id, tool, input, touches }, acting.signal),
      progress: (text) => options.hear({ kind: "tool-progress", call: call.id, text }),
    }
  }
}

type Outcome = Extract<ConversationEvent, { type: "tool.finished" }>["data"]["outcome"]

const said = (text: string): ToolOutcome => ({ content: [{ kind: "text", text }] })

/** What goes into the log is JSON: undefined fields are left out. */
const json = (value: unknown): z.core.util.JSONType => z.json().parse(JSON.parse(JSON.stringify(value ?? null)))

function inputOf(tool: Tool, text: string): z.output<z.ZodObject> {
  let value: unknown
  try {
    value = text.trim() === "" ? {} : JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError({
      message: `The arguments of ${tool.name} are not JSON: ${(cause as Error).message}.`,
      hint: "Call it again with one whole JSON object.",
      cause,
    })
  }
  const parsed = tool.input.safeParse(value)
  if (parsed.success) return parsed.data
  throw new InvalidInputError({
    message: `The arguments of ${tool.name} are not what it takes:\n${z.prettifyError(parsed.error)}`,
    hint: "Call it again with arguments of its schema.",
  })
}

const unknownTool = (name: string, tools: ReadonlyMap<string, Tool>) =>
  `There is no tool named ${name}. There are: ${[...tools.keys()].join(", ")}.`

const questionOf = ({ name }: Tool, call: OpenCall) => `${name} ${call.arguments}`
