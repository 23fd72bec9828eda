import { z } from "zod"
import { changeConfig } from "../access/config-write.ts"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"

export const llmSetDefault = defineCommand({
  name: "llm.set-default",
  summary: "Choose the model that is asked when none is named",
  examples: [
    { line: "duck llm set-default anthropic/claude-sonnet-5-5", says: "for you, everywhere" },
    { line: "duck llm set-default fast --scope project", says: "an alias, for everyone who works on this project" },
    { line: "duck llm set-default --unset", says: "back to the first provider's" },
  ],
  input: z.object({
    model: z.string().min(1).max(300).optional().describe("provider/model, a model's name, an alias or a provider"),
    scope: z
      .enum(["user", "project", "local"])
      .default("user")
      .describe("user: your own settings; project: .duck/config.json; local: .duck/config.local.json, not for others"),
    unset: z.boolean().default(false).describe("Take the choice back"),
    dryRun: z.boolean().default(false).describe("Show what would change, and change nothing"),
  }),
  output: z.object({
    model: z.string().nullable(),
    path: z.string(),
    isDryRun: z.boolean(),
    /** What holds now, when another place wins over the file. */
    overriddenBy: z.string().nullable(),
    /** No provider of yours is called so; it may be a model's own name. */
    isProviderUnknown: z.boolean(),
  }),
  positionals: ["model"],
  permission: "write",
  runsIn: "process",
  audited: ({ model = "", scope }) => ({ model, scope }),
  async run({ model, scope, unset, dryRun }, context) {
    if (unset === (model !== undefined)) {
      throw new InvalidInputError({
        message: unset ? "A model and --unset don't go together." : "Name a model, or give --unset to take it back.",
        hint: "`duck llm list-models` shows what there is.",
      })
    }
    const { host, folder } = context
    const path = host.config.paths(folder).find(({ source }) => source === scope)?.path
    if (path === undefined) throw new InvalidInputError({ message: `There is no ${scope} settings file here.` })
    await changeConfig({ path, source: scope, key: "llm.model", value: model, isDryRun: dryRun })
    const holds = context.config().entries.find(({ key }) => key === "llm.model")
    const isOverridden = !dryRun && model !== undefined && holds !== undefined && holds.source !== scope
    const { providersIn } = await import("../models/coordinator/environment.ts")
    const { values } = context.config()
    const known = [...Object.keys(values["llm.providers"]), ...providersIn(host.env).map(({ name }) => name)]
    const head = model?.includes("/") ? model.slice(0, model.indexOf("/")) : undefined
    return {
      model: model ?? null,
      path,
      isDryRun: dryRun,
      overriddenBy: isOverridden ? `${holds.source} ${holds.where}`.trim() : null,
      isProviderUnknown:
        head !== undefined && !known.includes(head) && !Object.hasOwn(values["llm.aliases"], model ?? ""),
    }
  },
  present: ({ model, path, isDryRun, overriddenBy, isProviderUnknown }) => [
    {
      kind: "paragraph",
      text:
        model === null
          ? `${isDryRun ? "Would take" : "Took"} the choice out of ${literal(path)}.`
          : `${isDryRun ? "Would ask" : "From now on"} ${literal(model)} ${isDryRun ? "" : "is asked "}when no model is named (${literal(path)}).`,
    },
    ...(overriddenBy === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `What holds here is another value, from ${literal(overriddenBy)}.`,
            tone: "warning",
          } as const,
        ]),
    ...(isProviderUnknown
      ? [
          {
            kind: "paragraph",
            text: "No provider of yours has the name before the slash. `duck llm status` shows yours.",
            tone: "warning",
          } as const,
        ]
      : []),
  ],
})
