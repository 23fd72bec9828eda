import { z } from "zod"
import { asDuckError } from "../../base/errors.ts"
import type { PromptCase } from "../../context/prompts/cases.ts"
import { plainStyle } from "../../context/prompts/family.ts"
import type { Entry, Library } from "../../context/prompts/library.ts"
import type { CommandContext } from "../context.ts"
import { workspaceAt } from "../workspace-of.ts"
import { entryNamed } from "./chosen.ts"
import { tokensOf } from "./messages.ts"
import { styleFor } from "./prompts-of.ts"

export const Trial = z.object({
  /** "explain/symbol@short". */
  prompt: z.string(),
  version: z.string(),
  source: z.string(),
  case: z.string(),
  /** As it was asked for; null where none was. */
  model: z.string().nullable(),
  isGood: z.boolean(),
  /** What is not as the case expects, or why it could not be tried. */
  faults: z.array(z.string()),
  /** Of the prompt. */
  tokens: z.int(),
  outputTokens: z.int().nullable(),
  tookMs: z.number().nullable(),
  costUsd: z.number().nullable(),
  answer: z.string().nullable(),
})
export type Trial = z.infer<typeof Trial>

export interface Try {
  /** As it was named: "explain/symbol@short". */
  readonly prompt: string
  readonly entry: Entry
  readonly one: PromptCase
  /** Null: no model is asked. */
  readonly model: string | null
}

/** So many calls to models at a time. */
const atOnce = 4

/** Tries all, several at a time where models are asked; in the order of `tries`. */
export async function tryAll(
  tries: readonly Try[],
  { library, root }: { readonly library: Library; readonly root: string },
  context: CommandContext,
): Promise<Trial[]> {
  const trials: Trial[] = []
  let next = 0
  let done = 0
  const worker = async () => {
    for (let at = next++; at < tries.length; at = next++) {
      const one = tries[at]
      if (!one) return
      trials[at] = await tried(one, { library, root }, context)
      done += 1
      context.progress({ phase: "prompts", done, total: tries.length, message: `${one.prompt}: ${one.one.name}` })
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, tries.length) }, worker))
  return trials
}

async function tried(
  { prompt, entry, one, model }: Try,
  { library, root }: { readonly library: Library; readonly root: string },
  context: CommandContext,
): Promise<Trial> {
  const { faultsOfAnswer, faultsOfPrompt, fillingOf } = await import("../../context/prompts/cases.ts")
  const { render } = await import("../../context/prompts/render.ts")
  const trial = {
    ...{ prompt, version: "", source: entry.source, case: one.name, model, tokens: 0 },
    ...{ outputTokens: null, tookMs: null, costUsd: null, answer: null },
  }
  try {
    const style = model === null ? plainStyle : await styleFor(model, context, root)
    const family = one.family ?? (model === null ? entry.family : style.family)
    const chosen = family === entry.family ? entry : await entryNamed(library, prompt, { family })
    const template = chosen.template()
    const messages = render(template, fillingOf(one), { ...style, family: family ?? style.family })
    const tokens = await tokensOf(messages, model ?? "", context)
    const faults = faultsOfPrompt(messages, tokens, one)
    const made = { ...trial, version: template.version, source: chosen.source, tokens }
    if (model === null) return { ...made, faults, isGood: faults.length === 0 }
    const startedAt = performance.now()
    const { ask } = await import("../../engines/pipeline/draft.ts")
    const { maskerOf } = await import("../../workspace/secrets/project-masker.ts")
    const answer = await ask({ output: "text" }, messages, model, {
      models: { call: context.host.models.only },
      masker: await maskerOf(await workspaceAt(root, context), context.logger),
      attribution: { user: context.actor.id, project: root, command: "prompt.test" },
      signal: context.signal,
      said: async () => {},
    })
    const all = [...faults, ...faultsOfAnswer(answer.text, answer.outputTokens, one)]
    return {
      ...made,
      ...{ faults: all, isGood: all.length === 0, answer: answer.text, outputTokens: answer.outputTokens },
      ...{ costUsd: answer.costUsd, tookMs: performance.now() - startedAt },
    }
  } catch (thrown) {
    if (context.signal.aborted) throw thrown
    return { ...trial, isGood: false, faults: [asDuckError(thrown).message] }
  }
}
