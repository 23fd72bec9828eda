import { assigned, baseVariant, type Experiment, variantKey } from "./experiments.ts"
import type { PromptStyle } from "./family.ts"
import type { Choosing, Entry, Library } from "./library.ts"
import type { PromptOutcome, Prompts } from "./prompts.ts"
import { render } from "./render.ts"

export interface PromptsOptions {
  /** Called when a prompt is first asked for. */
  readonly library: () => Library
  /** Experiments that run; of one prompt the first counts. */
  readonly experiments: readonly Experiment[]
  /** The project's root: people are assigned to variants in each project. */
  readonly project: string
  /** How prompts are put for a model, "" for the default one. */
  readonly styleOf: (model: string) => Promise<PromptStyle>
  /** Keeps how a call came out. */
  readonly record: (outcome: PromptOutcome) => Promise<void>
}

/** The prompts that hold in a project. */
export function openPrompts({ library, experiments, project, styleOf, record }: PromptsOptions): Prompts {
  let loaded: Library | undefined
  return {
    async render(name, { variables, context, rules, model, user }) {
      loaded ??= library()
      const style = await styleOf(model)
      const experiment = experiments.find(({ prompt }) => prompt === name)
      const variant = experiment && assigned(experiment, { user, project })
      const { entry, isVariant } = chosen(loaded, name, { family: style.family, variant })
      const template = entry.template()
      return {
        messages: render(template, { variables, context, rules }, style),
        prompt: {
          name,
          version: template.version,
          variant: experiment && variant !== undefined && isVariant ? variantKey(experiment.name, variant) : "",
          source: entry.source,
        },
      }
    },
    record,
  }
}

/** A variant whose file is gone must not stop anyone's work: then the ordinary version is taken, and counts for nothing. */
function chosen(
  library: Library,
  name: string,
  { family, variant }: Choosing,
): { readonly entry: Entry; readonly isVariant: boolean } {
  const base = () => library.choose(name, { family })
  if (variant === undefined || variant === baseVariant) return { entry: base(), isVariant: variant !== undefined }
  const isThere = library.entries.some(
    (one) => one.holds && one.name === name && one.variant === variant && [undefined, family].includes(one.family),
  )
  return isThere
    ? { entry: library.choose(name, { family, variant }), isVariant: true }
    : { entry: base(), isVariant: false }
}
