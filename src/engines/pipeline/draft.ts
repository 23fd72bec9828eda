import { z } from "zod"
import { DuckError } from "../../base/errors.ts"
import { maskedPart } from "../../models/masked-part.ts"
import type { Finish, Message, Model, ModelRequest } from "../../models/model.ts"
import type { Models } from "../../models/models.ts"
import type { SecretMasker } from "../../workspace/secrets/mask.ts"
import { revealed } from "../../workspace/secrets/reveal.ts"
import type { Engine, EngineTools } from "./engine.ts"

/** What the model wrote can't be made a result. The message goes back to the model, so it says what to do better. */
export class DraftRefusedError extends DuckError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super({
      code: "DRAFT_REFUSED",
      message,
      hint: "Ask again, or ask a stronger model (--model).",
      status: 502,
      ...options,
    })
  }
}

/** What one call of a model gave. */
export interface Answer {
  readonly text: string
  /** "provider/model". */
  readonly model: string
  /** "length": it was cut off. */
  readonly finish: Finish
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number | null
}

/** Asks for a draft; secrets are masked on the way out. `said` hears pieces of text. Throws ModelError. */
export async function ask(
  { output, maxOutputTokens }: Pick<Engine<never, unknown, unknown>, "output" | "maxOutputTokens">,
  messages: readonly Message[],
  model: string,
  {
    models,
    masker,
    attribution,
    signal,
    said,
  }: Pick<EngineTools, "masker" | "attribution" | "signal" | "said"> & { readonly models: Pick<Models, "call"> },
): Promise<Answer> {
  const request: ModelRequest = {
    model,
    messages: messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => maskedPart(part, masker.mask)),
    })),
    attribution,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(output === "text" ? {} : { output: { name: output.name, schema: z.toJSONSchema(output.schema) } }),
  }
  return listen(models.call(request, signal), output === "text" ? said : async () => {})
}

/** The draft in an answer, with its secrets put back. Throws DraftRefusedError where it is cut off or of another form. */
export function draftIn<Draft>(
  output: Engine<never, Draft, unknown>["output"],
  { text, finish, model }: Answer,
  masker: SecretMasker,
): Draft {
  if (finish === "length") {
    throw new DraftRefusedError("The answer was cut off at its longest. Answer with less: only what is needed.")
  }
  if (text.trim() === "") throw new DraftRefusedError(`${model} said nothing.`)
  // An engine that writes text has text as its draft: that is what an output of "text" says.
  if (output === "text") return revealed(text.trim(), masker) as Draft
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new DraftRefusedError("The answer is not JSON. Answer with the JSON alone.", { cause: error })
  }
  const checked = output.schema.safeParse(revealedValue(value, masker))
  if (checked.success) return checked.data
  throw new DraftRefusedError(`The answer does not fit its schema:\n${z.prettifyError(checked.error)}`, {
    cause: checked.error,
  })
}

async function listen(events: ReturnType<Model>, said: (piece: string) => Promise<void>): Promise<Answer> {
  const pieces: string[] = []
  const heard: Omit<Mutable<Answer>, "text"> = {
    model: "",
    finish: "stop",
    inputTokens: 0,
    outputTokens: 0,
    costUsd: null,
  }
  for await (const event of events) {
    if (event.kind === "start" || event.kind === "restart") heard.model = `${event.provider}/${event.model}`
    if (event.kind === "text") {
      pieces.push(event.text)
      await said(event.text)
    }
    if (event.kind === "end") {
      heard.finish = event.finish
      heard.inputTokens = event.usage.inputTokens
      heard.outputTokens = event.usage.outputTokens
      heard.costUsd = event.costUsd ?? null
    }
  }
  return { ...heard, text: pieces.join("") }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

function revealedValue(value: unknown, masker: SecretMasker): unknown {
  if (typeof value === "string") return revealed(value, masker)
  if (Array.isArray(value)) return value.map((one) => revealedValue(one, masker))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revealedValue(one, masker)]))
}
