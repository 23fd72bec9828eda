import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { changeProvider, providersOf, unknownProvider } from "./llm/provider-setting.ts"

export const llmSetModel = defineCommand({
  name: "llm.set-model",
  summary: "Choose the model that is asked at a provider",
  examples: [{ line: "duck llm set-model ollama qwen3:8b", says: "when ollama is asked and no model is named" }],
  input: z.object({
    provider: z.string().describe("The provider's name"),
    model: z.string().min(1).max(300).describe("The model, by the provider's own name for it"),
    dryRun: z.boolean().default(false).describe("Show what would change, and change nothing"),
  }),
  output: z.object({
    provider: z.string(),
    model: z.string(),
    before: z.string().nullable(),
    path: z.string(),
    isDryRun: z.boolean(),
  }),
  positionals: ["provider", "model"],
  permission: "admin",
  runsIn: "process",
  audited: ({ provider, model }) => ({ provider, model }),
  async run({ provider, model, dryRun }, context) {
    const { providersIn } = await import("../models/coordinator/environment.ts")
    const settings = providersOf(context.host)
    const environment = providersIn(context.host.env)
    const kept = settings[provider]
    const found = kept ?? environment.find(({ name }) => name === provider)
    const names = [...new Set([...Object.keys(settings), ...environment.map(({ name }) => name)])]
    if (!found) throw unknownProvider(provider, names)
    // One that only the environment names gets an entry, which goes together with the variables.
    const { path } = kept
      ? await changeProvider(context, [provider, "model"], model, dryRun)
      : await changeProvider(context, [provider], { kind: found.kind, model }, dryRun)
    return { provider, model, before: kept?.model ?? null, path, isDryRun: dryRun }
  },
  present: ({ provider, model, before, path, isDryRun }) => [
    {
      kind: "paragraph",
      text:
        `${isDryRun ? "Would ask" : "From now on"} **${provider}** ${isDryRun ? "for" : "is asked for"} ` +
        `${literal(model)}${before === null || before === model ? "" : ` in place of ${literal(before)}`} (${literal(path)}).`,
    },
  ],
})
