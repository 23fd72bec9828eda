import { NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import { builtInFolder, partialsIn, templatesIn } from "./library.ts"
import type { PromptOutcome, Prompts } from "./prompts.ts"
import { render } from "./render.ts"
import type { Template } from "./template.ts"

export interface PromptsOptions {
  /** Keeps how a call came out. */
  readonly record: (outcome: PromptOutcome) => Promise<void>
}

/** The prompts that hold: compiled once, when the first is asked for. */
export function openPrompts({ record }: PromptsOptions): Prompts {
  let templates: ReadonlyMap<string, Template> | undefined
  const load = () => {
    if (builtInFolder === undefined) throw new Error("The built-in prompts are not where they should be.")
    templates ??= templatesIn(builtInFolder, () => "built in", partialsIn(builtInFolder))
    return templates
  }
  return {
    async render(name, { variables, context, rules }) {
      const template = load().get(name)
      if (!template) {
        throw new NotFoundError({
          code: "NO_PROMPT",
          message: `There is no prompt ${name}.${didYouMean(name, [...load().keys()])}`,
          hint: "`duck prompt list` names them.",
        })
      }
      const { version, source } = template
      return {
        messages: render(template, { variables, context, rules }),
        prompt: { name, version, variant: "", source },
      }
    },
    record,
  }
}
