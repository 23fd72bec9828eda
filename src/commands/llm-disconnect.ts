import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { changeProvider, providersOf, secretsOf, unknownProvider } from "./llm/provider-setting.ts"

export const llmDisconnect = defineCommand({
  name: "llm.disconnect",
  summary: "Forget a provider and its key",
  examples: [{ line: "duck llm disconnect openai", says: "its settings and its key are gone" }],
  input: z.object({
    provider: z.string().describe("The provider's name, as `duck llm status` shows it"),
    dryRun: z.boolean().default(false).describe("Show what would be forgotten, and forget nothing"),
  }),
  output: z.object({
    provider: z.string(),
    path: z.string(),
    wasConfigured: z.boolean(),
    hadKey: z.boolean(),
    isDryRun: z.boolean(),
    /** A variable that makes the provider exist all the same. */
    variable: z.string().nullable(),
  }),
  positionals: ["provider"],
  permission: "admin",
  runsIn: "process",
  audited: ({ provider }) => ({ provider }),
  async run({ provider, dryRun }, context) {
    const { host } = context
    const [{ secretOf }, { providersIn }] = await Promise.all([
      import("../models/coordinator/configured.ts"),
      import("../models/coordinator/environment.ts"),
    ])
    const settings = providersOf(host)
    const secrets = secretsOf(host)
    const wasConfigured = Object.hasOwn(settings, provider)
    const hadKey = secrets.names().includes(secretOf(provider))
    const environment = providersIn(host.env)
    const variables = environment.find(({ name }) => name === provider)
    const variable = variables?.key?.variable ?? variables?.url?.variable ?? null
    if (!wasConfigured && !hadKey && variable === null) throw unknownProvider(provider, Object.keys(settings))
    if (hadKey && !dryRun) secrets.remove(secretOf(provider))
    const { path } = await changeProvider(context, [provider], undefined, dryRun)
    return { provider, path, wasConfigured, hadKey, isDryRun: dryRun, variable }
  },
  present: ({ provider, path, wasConfigured, hadKey, isDryRun, variable }) => {
    const what = [...(wasConfigured ? ["its settings"] : []), ...(hadKey ? ["its key"] : [])].join(" and ")
    const verb = isDryRun ? "Would forget" : "Forgot"
    return [
      {
        kind: "paragraph",
        text:
          what === "" ? `Nothing of **${provider}** is kept.` : `${verb} **${provider}**: ${what} (${literal(path)}).`,
      },
      ...(variable === null
        ? []
        : [
            {
              kind: "paragraph",
              text: `It is still there as long as \`${variable}\` is set, and for a running server until \`duck stop\`.`,
              tone: "warning",
            } as const,
          ]),
    ]
  },
})
