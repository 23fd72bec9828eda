import { z } from "zod"
import { AnalyzeLimits } from "./analyze-limits.ts"
import { HookSettings } from "./hook-settings.ts"
import {
  BudgetSettings,
  CacheSettings,
  EmbeddingModel,
  FactsSetting,
  LimitSettings,
  ProviderSettings,
  RetrySettings,
  strategyNames,
  TimeoutSettings,
} from "./llm-settings.ts"
import { PermissionSettings } from "./permissions/rule.ts"
import { PromptExperiments } from "./prompt-settings.ts"

/** Where a setting may be written: a project that someone else wrote must not move a server or open it to a web page. */
type Reach = "anywhere" | "user only"

interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S
  readonly default: z.output<S>
  readonly description: string
  readonly reach: Reach
}

const setting = <S extends z.ZodType>(
  schema: S,
  initial: z.output<S>,
  description: string,
  reach: Reach = "user only",
): Setting<S> => ({ schema, default: initial, description, reach })

/** Every setting there is, by its dotted key. */
export const settings = {
  "server.port": setting(
    z.int().min(0).max(65_535),
    0,
    "Port on the loopback interface; 0 takes any that is free. Read when the server starts.",
  ),
  "server.idleMinutes": setting(
    z.number().min(0).max(525_600),
    30,
    "Minutes without use after which the server stops by itself; 0 means never. Read when the server starts.",
  ),
  "server.allowedOrigins": setting(
    z.array(z.url()).readonly(),
    [],
    "Origins of web pages that may speak to the server, beside its own. Read when the server starts.",
  ),
  "log.level": setting(
    z.enum(["debug", "info", "warn", "error"]),
    "info",
    "Lowest level that goes to the log file. Read when the server starts.",
  ),
  "lsp.servers": setting(
    z.record(z.string().min(1), z.array(z.string().min(1)).readonly()),
    {},
    'Language servers of your own choice by language, as words of a command: {"python": ["pylsp"]}; []: none.',
  ),
  // A project can only refuse it: what leaves the machine is the user's to say (llm.embeddings).
  "search.byMeaning": setting(
    z.boolean(),
    true,
    "Search by meaning as well, where llm.embeddings names a model; false keeps a project's code from it.",
    "anywhere",
  ),
  "search.limit": setting(z.int().min(1).max(200), 10, "How many results `duck search` shows.", "anywhere"),
  // A project may say which of your models suits it. It may not say where prompts and keys are sent.
  "llm.model": setting(
    z.string().max(300),
    "",
    "The model to ask: provider/model, a model's name or an alias; empty: that of the first provider.",
    "anywhere",
  ),
  "llm.embeddings": setting(
    EmbeddingModel,
    "",
    "The model that code is sent to for search by meaning, as provider/model; empty: none, and nothing is sent.",
  ),
  "llm.providers": setting(ProviderSettings, {}, "Where models answer; `duck llm connect` writes it."),
  "llm.aliases": setting(z.record(z.string().min(1), z.string().min(1)), {}, "Names of your own for models."),
  "llm.strategy": setting(z.enum(strategyNames), "ordered", "Which of the models that may answer is asked first."),
  "llm.failover": setting(
    z.array(z.string().min(1)).readonly(),
    [],
    "Models that are asked, in this order, when the one that was wanted fails.",
  ),
  "llm.limits": setting(LimitSettings, {}, "Requests and tokens a minute and calls at a time, by user and provider."),
  "llm.budgets": setting(BudgetSettings, {}, "US dollars a day by user and project: soft warns, hard refuses."),
  "llm.timeouts": setting(TimeoutSettings, TimeoutSettings.parse({}), "How long a model may take to say something."),
  "llm.retry": setting(RetrySettings, RetrySettings.parse({}), "How often a failed call is tried again."),
  "llm.cache": setting(CacheSettings, CacheSettings.parse({}), "Whether the same request gets the same answer again."),
  "llm.hedgeMs": setting(
    z.union([z.int().min(0).max(600_000), z.literal("p95")]),
    0,
    "After so many milliseconds without an answer a second model is asked as well; 0: never; p95: when it is slower than 19 in 20 of its last calls.",
  ),
  "llm.catalogue": setting(
    z.record(z.string().min(1), FactsSetting),
    {},
    "Context sizes and prices that win over the catalogue's, by provider/model or model.",
  ),
  // Of the user alone: a project that someone else wrote must not allow itself anything.
  permissions: setting(
    PermissionSettings,
    {},
    "What agents may do: rules under allow, ask and deny (docs/permissions.md).",
  ),
  "hooks.on": setting(HookSettings, {}, "Programs that are run on events of conversations (docs/hooks.md)."),
  "rules.dependencies": setting(
    z.boolean(),
    false,
    "Take rules that packages ship which the project uses (.ai-rules, usage-rules.md): they are others' texts.",
    "anywhere",
  ),
  "rules.flags": setting(
    z.record(z.string().min(1), z.boolean()),
    {},
    "Feature flags of rules: a rule with a flag holds where it is true (docs/rules.md).",
    "anywhere",
  ),
  "rules.disabled": setting(z.array(z.string().min(1)).readonly(), [], "Ids of rules that don't hold for you."),
  "rules.budgetTokens": setting(
    z.int().min(0).max(1_000_000),
    16_000,
    "The most tokens of rules at the beginning of a conversation.",
    "anywhere",
  ),
  "rules.claudeHome": setting(
    z.boolean(),
    true,
    "Take ~/.claude/CLAUDE.md and ~/.claude/rules as rules of yours, as skills and agents are taken from there.",
  ),
  "prompts.experiments": setting(
    PromptExperiments,
    {},
    "Versions of a prompt that are compared: by name the prompt, the weight of each variant, and the sample (docs/prompts.md).",
  ),
  "secrets.keyIn": setting(
    z.enum(["file", "keychain"]),
    "file",
    "Where the key of the encrypted secrets is held; `duck llm rotate-keys` moves it.",
  ),
  "memory.encrypt": setting(
    z.boolean(),
    false,
    "Encrypt the texts of new memories at rest, with a key among the secrets; `duck memory` finds them all the same.",
  ),
  "analyze.limits": setting(
    AnalyzeLimits,
    AnalyzeLimits.parse({}),
    "From where on a measure of code is a finding of `duck analyze` (docs/analyze.md).",
    "anywhere",
  ),
  "analyze.allowedLicences": setting(
    z.array(z.string().min(1)).readonly(),
    [],
    "SPDX ids of licences that installed packages may have; `duck analyze` reports others. Empty: all.",
    "anywhere",
  ),
} as const satisfies Record<string, Setting>

export type SettingKey = keyof typeof settings
export type Settings = { readonly [K in SettingKey]: z.output<(typeof settings)[K]["schema"]> }

export const settingKeys = Object.keys(settings) as readonly SettingKey[]

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(settings, key)

/** The environment variable of a key: `server.idleMinutes` is `DUCK_SERVER_IDLE_MINUTES`. */
export const variableOf = (key: SettingKey): string =>
  `DUCK_${key.replaceAll(".", "_").replace(/[A-Z]/g, "_$&").toUpperCase()}`

/** A value typed by a person: JSON where it is JSON, else the text itself. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
