import { asDuckError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { type EndEvent, type Finish, type ModelEvent, noUsage } from "../../models/model.ts"
import { event } from "../conversation/decide.ts"
import type { AssistantPart } from "../conversation/parts.ts"
import type { TurnOptions } from "./options.ts"

export interface Spoken {
  readonly finish: Finish
  /** Tools it called. */
  readonly calls: number
}

/**
 * Asks the model for the next answer and stores it whole. Of one that is interrupted the text so far is stored; a prompt
 * that proves too long is made shorter once.
 */
export async function speak(
  options: TurnOptions,
  { turn, signal }: { readonly turn: string; readonly signal: AbortSignal },
): Promise<Spoken> {
  try {
    return await answer(options, { turn, signal, isTooLong: false })
  } catch (error) {
    if (signal.aborted || asDuckError(error).code !== "CONTEXT_TOO_LONG") throw error
    return answer(options, { turn, signal, isTooLong: true })
  }
}

async function answer(
  options: TurnOptions,
  { turn, signal, isTooLong }: { readonly turn: string; readonly signal: AbortSignal; readonly isTooLong: boolean },
): Promise<Spoken> {
  const { conversation, actor, hear } = options
  const request = await options.prompt({ isTooLong, signal })
  const parts = partsWriter(usedIds(options))
  let model = request.model
  let end: EndEvent | undefined
  const store = (finish: Finish | "interrupted", costUsd: number | null) => {
    const { inputTokens, cachedInputTokens, outputTokens } = end?.usage ?? noUsage
    const usage = { inputTokens, cachedInputTokens, outputTokens, costUsd }
    const message = newId()
    return conversation.record(
      [event("assistant.spoke", { message, turn, parts: parts.whole(finish), model, usage, finish })],
      actor,
    )
  }
  try {
    for await (const event of options.model(request, signal)) {
      parts.take(event)
      switch (event.kind) {
        case "start":
          model = `${event.provider}/${event.model}`
          break
        case "text":
        case "reasoning":
          hear({ kind: event.kind, text: event.text })
          break
        case "tool-delta":
          hear({ kind: "tool-writing", index: event.index, name: event.name, text: event.text })
          break
        case "restart":
          model = `${event.provider}/${event.model}`
          hear({ kind: "restart", why: event.why })
          break
        case "end":
          end = event
          break
      }
    }
  } catch (error) {
    // What a person has read stays; after a crash or a stop it is asked for anew.
    const isInterrupted = signal.aborted && !options.stopping.aborted && !conversation.lost.aborted
    if (isInterrupted && parts.hasText()) await store("interrupted", null)
    throw error
  }
  const finish = end?.finish ?? "stop"
  await store(finish, end?.costUsd ?? null)
  return { finish, calls: parts.whole(finish).filter(({ kind }) => kind === "tool-call").length }
}

/** Calls are told apart by their ids through a whole conversation; some servers count from nought in each answer. */
const usedIds = ({ conversation }: TurnOptions): Set<string> =>
  new Set(
    conversation.window.flatMap((entry) =>
      entry.kind === "assistant" ? entry.parts.flatMap((part) => (part.kind === "tool-call" ? [part.id] : [])) : [],
    ),
  )

/** Puts the events of an answer together. */
function partsWriter(used: Set<string>) {
  const parts: AssistantPart[] = []
  let thought = ""
  return {
    take(event: ModelEvent) {
      const last = parts.at(-1)
      switch (event.kind) {
        case "text":
          if (last?.kind === "text") parts[parts.length - 1] = { kind: "text", text: last.text + event.text }
          else parts.push({ kind: "text", text: event.text })
          break
        case "reasoning":
          thought += event.text
          break
        case "reasoning-end":
          parts.push({
            kind: "reasoning",
            text: thought,
            ...(event.proof ? { proof: { from: event.proof.from, data: { ...event.proof.data } } } : {}),
          })
          thought = ""
          break
        case "tool-call": {
          const id = event.id !== "" && !used.has(event.id) ? event.id : `call_${newId()}`
          used.add(id)
          const { name, arguments: args, proof } = event
          const data = proof ? { proof: { from: proof.from, data: { ...proof.data } } } : {}
          parts.push({ kind: "tool-call", id, name, arguments: args, ...data })
          break
        }
        case "restart":
          thought = ""
          break
      }
    },
    hasText: () => parts.some(({ kind }) => kind === "text"),
    /** Calls of an answer that was interrupted were never meant to be acted on alone. */
    whole: (finish: Finish | "interrupted"): AssistantPart[] =>
      finish === "interrupted" ? parts.filter(({ kind }) => kind === "text") : parts,
  }
}
