import { z } from "zod"
import { projectRootOf } from "../access/config-reader.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { noProviderBlocks } from "./llm/no-provider.ts"
import { spokenMs, spokenUsd } from "./llm/spoken.ts"

const Sourced = <T extends z.ZodType>(value: T) => z.object({ value, source: z.string() })

const Provider = z.object({
  name: z.string(),
  kind: z.string(),
  url: Sourced(z.string()),
  key: Sourced(z.enum(["set", "missing", "not needed"])),
  model: Sourced(z.string().nullable()),
  isLocal: z.boolean(),
  health: z.enum(["unknown", "healthy", "degraded", "resting"]),
  calls: z.int(),
  failures: z.int(),
  firstTokenMs: z.number().nullable(),
  lastError: z.object({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  restsUntil: z.string().nullable(),
})

const Budget = z.object({
  scope: z.enum(["user", "project", "total"]),
  who: z.string(),
  spentUsd: z.number(),
  reservedUsd: z.number(),
  softUsd: z.number().nullable(),
  hardUsd: z.number().nullable(),
  state: z.enum(["within", "warned", "exhausted"]),
  until: z.string(),
})

export const llmStatus = defineCommand({
  name: "llm.status",
  summary: "Show which models are connected, where each value comes from, and how they do",
  description:
    "Nothing is asked of any provider. Variables of the environment count as they were when the server started. The " +
    "exit code is 1 when no model is connected.",
  examples: [
    { line: "duck llm status", says: "providers, keys (never shown), health and budgets" },
    { line: "duck llm status --json", says: "the same for a script" },
  ],
  input: z.object({}),
  output: z.object({
    /** "provider/model"; null without one. */
    defaultModel: Sourced(z.string().nullable()),
    strategy: Sourced(z.string()),
    providers: z.array(Provider),
    budgets: z.array(Budget),
    warnings: z.array(z.object({ message: z.string(), where: z.string() })),
  }),
  permission: "read",
  async run(_input, context) {
    const { providers, budgets, ...rest } = await context.host.models.status(projectRootOf(context.folder))
    const warnings = context.config().warnings.filter(({ message }) => /\b(llm|secrets)\./.test(message))
    return { ...rest, providers: [...providers], budgets: [...budgets], warnings: [...warnings] }
  },
  present: ({ defaultModel, strategy, providers, budgets, warnings }) => [
    ...warnings.map(
      ({ message, where }): Block => ({ kind: "paragraph", text: literal(`${where}: ${message}`), tone: "warning" }),
    ),
    ...(providers.length === 0
      ? noProviderBlocks
      : [
          {
            kind: "fields",
            entries: [
              ["default model", `**${literal(defaultModel.value ?? "none")}** (${literal(defaultModel.source)})`],
              ["strategy", `${strategy.value} (${literal(strategy.source)})`],
            ],
          } as const,
          providerTable(providers),
          ...errorBlocks(providers),
          ...budgetBlocks(budgets),
        ]),
  ],
  exitCode: ({ providers }) => (providers.length === 0 ? 1 : 0),
})

type ProviderRow = z.output<typeof Provider>

const providerTable = (providers: readonly ProviderRow[]): Block => ({
  kind: "table",
  columns: [{ title: "provider" }, { title: "model" }, { title: "address" }, { title: "key" }, { title: "health" }],
  rows: providers.map(({ name, kind, isLocal, model, url, key, ...health }) => [
    `**${literal(name)}**\n${kind}${isLocal ? ", local" : ""}`,
    `${literal(model.value ?? "its first")}\n${literal(model.source)}`,
    `${literal(url.value || "(a file)")}\n${literal(url.source)}`,
    key.value === "not needed"
      ? "not needed"
      : `${key.value === "missing" ? "**missing**" : "set"}\n${literal(key.source)}`,
    healthText(health),
  ]),
})

function healthText({
  health,
  calls,
  failures,
  firstTokenMs,
  restsUntil,
}: Pick<ProviderRow, "health" | "calls" | "failures" | "firstTokenMs" | "restsUntil">): string {
  const facts = [
    ...(calls > 0 ? [`${calls} calls`] : []),
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(firstTokenMs === null ? [] : [`first token ${spokenMs(firstTokenMs)}`]),
    ...(restsUntil === null ? [] : [`rests until ${restsUntil.slice(11, 19)} UTC`]),
  ]
  const state = health === "unknown" ? "not asked yet" : health
  return [health === "resting" || health === "degraded" ? `**${state}**` : state, ...facts].join("\n")
}

const errorBlocks = (providers: readonly ProviderRow[]): Block[] =>
  providers.flatMap(({ name, lastError }) =>
    lastError === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `${literal(name)}, last error (${lastError.at.slice(0, 19).replace("T", " ")}): ${literal(lastError.message)}`,
            tone: "quiet",
          } as const,
        ],
  )

function budgetBlocks(budgets: readonly z.output<typeof Budget>[]): Block[] {
  if (budgets.length === 0) return []
  return [
    { kind: "heading", text: "Budgets of today (UTC)", level: 2 },
    {
      kind: "table",
      columns: [
        { title: "of" },
        { title: "spent", align: "right" },
        { title: "warns at", align: "right" },
        { title: "most", align: "right" },
        { title: "" },
      ],
      rows: budgets.map(({ scope, who, spentUsd, reservedUsd, softUsd, hardUsd, state }) => [
        scope === "total" ? "all together" : `${scope} ${literal(who)}`,
        `${spokenUsd(spentUsd)}${reservedUsd > 0 ? ` + ${spokenUsd(reservedUsd)} held` : ""}`,
        softUsd === null ? "" : spokenUsd(softUsd),
        hardUsd === null ? "" : spokenUsd(hardUsd),
        state === "within" ? "" : `**${state}**`,
      ]),
    },
  ]
}
