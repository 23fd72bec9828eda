import { z } from "zod"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { noProviderBlocks } from "./llm/no-provider.ts"
import { unknownProvider } from "./llm/provider-setting.ts"
import { spokenTokens, spokenUsd } from "./llm/spoken.ts"

const Model = z.object({
  id: z.string(),
  /** What it makes: answers, vectors for search by meaning, or something else. */
  kind: z.enum(["chat", "embedding", "other"]),
  contextTokens: z.int().nullable(),
  maxOutputTokens: z.int().nullable(),
  /** US dollars for a million tokens; null: unknown. */
  inputUsd: z.number().nullable(),
  outputUsd: z.number().nullable(),
  isDefault: z.boolean(),
})

export const llmListModels = defineCommand({
  name: "llm.list-models",
  summary: "List the models that can be asked, with context sizes and prices",
  description: "What a provider says is kept for ten minutes. The exit code is 1 when a provider does not answer.",
  examples: [
    { line: "duck llm list-models", says: "of all connected providers" },
    { line: "duck llm list-models ollama --refresh", says: "of one, asked again" },
  ],
  input: z.object({
    provider: z.string().optional().describe("Only this provider's"),
    refresh: z.boolean().default(false).describe("Ask again, even if it was asked just now"),
  }),
  output: z.object({
    providers: z.array(
      z.object({
        provider: z.string(),
        models: z.array(Model),
        error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
      }),
    ),
  }),
  positionals: ["provider"],
  permission: "read",
  async run({ provider, refresh }, { host, signal, progress }) {
    const { providers } = await host.models.status()
    const names = providers.map(({ name }) => name)
    if (provider !== undefined && !names.includes(provider)) throw unknownProvider(provider, names)
    progress({ phase: "list", message: `Asking ${provider ?? names.join(", ")}` })
    const listings = await host.models.list({ ...(provider === undefined ? {} : { provider }), refresh, signal })
    return {
      providers: listings.map(({ provider, models, error }) => ({
        provider,
        models: [...models],
        ...(error ? { error } : {}),
      })),
    }
  },
  present: ({ providers }) =>
    providers.length === 0
      ? noProviderBlocks
      : providers.flatMap(({ provider, models, error }): Block[] => [
          { kind: "heading", text: provider, level: 2 },
          ...(error ? errorBlocks(error) : []),
          ...(models.length === 0 && !error
            ? [{ kind: "paragraph", text: "It lists none.", tone: "quiet" } as const]
            : []),
          ...(models.length > 0 ? [modelTable(models)] : []),
        ]),
  exitCode: ({ providers }) => (providers.length === 0 || providers.some(({ error }) => error) ? 1 : 0),
})

const errorBlocks = ({ message, hint }: { message: string; hint?: string | undefined }): Block[] => [
  { kind: "paragraph", text: literal(message), tone: "bad" },
  ...(hint ? [{ kind: "paragraph", text: literal(hint) } as const] : []),
]

const modelTable = (models: readonly z.output<typeof Model>[]): Block => ({
  kind: "table",
  columns: [
    { title: "model" },
    { title: "context", align: "right" },
    { title: "answer", align: "right" },
    { title: "in, $/M", align: "right" },
    { title: "out, $/M", align: "right" },
  ],
  rows: models.map(({ id, kind, contextTokens, maxOutputTokens, inputUsd, outputUsd, isDefault }) => [
    isDefault ? `**${literal(id)}** (default)` : `${literal(id)}${kind === "chat" ? "" : ` (${kind})`}`,
    contextTokens === null ? "?" : spokenTokens(contextTokens),
    maxOutputTokens === null ? "?" : spokenTokens(maxOutputTokens),
    inputUsd === null ? "?" : spokenUsd(inputUsd),
    outputUsd === null ? "?" : spokenUsd(outputUsd),
  ]),
})
