import type { Project } from "../../code/project.ts"
import type { Experiment } from "../../context/prompts/experiments.ts"
import type { PromptStyle } from "../../context/prompts/family.ts"
import type { Prompts } from "../../context/prompts/prompts.ts"
import type { CommandContext } from "../context.ts"
import { libraryOf } from "./library-of.ts"
import { noteMade, recordOutcome } from "./outcomes.ts"

/** The prompts of the caller's project; how calls come out is recorded in its log. */
export async function promptsOf(context: CommandContext, { root }: Pick<Project, "root">): Promise<Prompts> {
  const [{ openPrompts }, library] = await Promise.all([
    import("../../context/prompts/open-prompts.ts"),
    libraryOf(context, root),
  ])
  return openPrompts({
    library: () => library,
    experiments: experimentsOf(context),
    project: root,
    styleOf: (model) => styleFor(model, context, root),
    async record(outcome) {
      if (outcome.outcome === "answered" || outcome.outcome === "repaired") noteMade(context, outcome)
      await recordOutcome(outcome, context)
    },
  })
}

export const experimentsOf = ({ config }: Pick<CommandContext, "config">): Experiment[] =>
  Object.entries(config().values["prompts.experiments"]).map(([name, experiment]) => ({ name, ...experiment }))

/** An alias of an alias is fine; a ring of them ends here. */
const mostSteps = 8

/** How prompts are put for the model that a name means; "" the default one. Asks nobody. */
export async function styleFor(
  model: string,
  { host, config }: Pick<CommandContext, "host" | "config">,
  root: string,
): Promise<PromptStyle> {
  const { plainStyle, styleOf } = await import("../../context/prompts/family.ts")
  if (model === "" && !host.models.hasModel(root)) return plainStyle
  const aliases = config().values["llm.aliases"]
  const status = await host.models.status(root)
  let named = model || (status.defaultModel.value ?? "")
  for (let step = 0; step < mostSteps && Object.hasOwn(aliases, named); step++) named = aliases[named] ?? ""
  const provider = status.providers.find(({ name }) => named === name || named.startsWith(`${name}/`))
  const own = provider?.name === named ? (provider.model.value ?? named) : named
  return styleOf(own, provider?.kind ?? (status.providers.length === 1 ? status.providers[0]?.kind : undefined))
}
