import { z } from "zod"

// The shapes of the settings that begin with `llm.`; what they do is in docs/models.md.

/** The same as `providerKinds` of models/model.ts, which stands on a lower floor; a test there compares them. */
export const providerKindNames = [
  "openai",
  "openai-chat",
  "anthropic",
  "gemini",
  "ollama",
  "lmstudio",
  "llama-cpp",
] as const

const perMinute = z.int().min(1).max(1_000_000_000)
const ms = z.int().min(1).max(86_400_000)

/** Also a part of "provider/model", and of the name of its secret. */
export const providerNamePattern = /^[a-z][a-z0-9-]{0,39}$/

/** Named in full: an alias or a bare name could mean another provider tomorrow, and the code would go there. */
export const EmbeddingModel = z
  .string()
  .max(300)
  .regex(/^$|^[a-z][a-z0-9-]{0,39}\/\S+$/, "is no provider/model, such as ollama/nomic-embed-text")

const Address = z
  .url({ protocol: /^https?$/, error: "is no http or https address" })
  .refine(
    (url) => !/^https?:\/\/[^/]*@/.test(url),
    "has a user name or a password in it, which would stand in a file in clear",
  )

/** Headers that carry a key: those belong into `duck llm connect`, where they are encrypted. */
const secretHeader = /^(authorization|proxy-authorization|cookie|x-api-key|api-key|x-goog-api-key)$/i

const Headers = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is no name of a header"),
    z.string().regex(/^[\t\x20-\x7e]*$/),
  )
  .refine(
    (headers) => !Object.keys(headers).some((name) => secretHeader.test(name)),
    "a header with a key would stand in a file in clear; give the key to `duck llm connect`",
  )

const Rates = z.strictObject({ requestsPerMinute: perMinute.optional(), tokensPerMinute: perMinute.optional() })

const Limits = Rates.extend({
  /** Calls at a time; more of them wait in turn. */
  concurrency: z.int().min(1).max(10_000).optional(),
})

export const ProviderSetting = z.strictObject({
  kind: z.enum(providerKindNames),
  /** Up to and with the version; default: the vendor's own. */
  url: Address.optional(),
  /** Its model where none is named. */
  model: z.string().min(1).optional(),
  headers: Headers.optional(),
  /** For `llama-cpp`: the GGUF file. */
  file: z.string().min(1).optional(),
  /** Runs on this machine or network: nothing leaves it and it costs nothing. Default: by the address. */
  isLocal: z.boolean().optional(),
  limits: Limits.optional(),
})
export type ProviderSetting = z.infer<typeof ProviderSetting>

export const ProviderSettings = z.record(
  z
    .string()
    .regex(providerNamePattern, "a provider's name is a lower-case word of at most 40 letters, digits and dashes"),
  ProviderSetting,
)

export const LimitSettings = z.strictObject({
  /** For each user, over all providers. */
  user: Rates.optional(),
  /** For each provider, where its own entry says nothing. */
  provider: Limits.optional(),
})

const Budget = z
  .strictObject({ softUsd: z.number().min(0).optional(), hardUsd: z.number().min(0).optional() })
  .refine(({ softUsd, hardUsd }) => softUsd === undefined || hardUsd === undefined || softUsd <= hardUsd, {
    message: "softUsd is above hardUsd",
  })

/** US dollars a day (UTC). */
export const BudgetSettings = z.strictObject({
  /** Each user. */
  user: Budget.optional(),
  /** Each project. */
  project: Budget.optional(),
  /** All together. */
  total: Budget.optional(),
  /** In place of `user`, by the user's id. */
  users: z.record(z.string(), Budget).optional(),
  /** In place of `project`, by the real path of its root. */
  projects: z.record(z.string(), Budget).optional(),
})
export type BudgetSettings = z.infer<typeof BudgetSettings>

export const TimeoutSettings = z.strictObject({
  /** Until the first event of an answer. */
  firstTokenMs: ms.default(120_000),
  /** Between two events. */
  betweenTokensMs: ms.default(60_000),
  /** The whole call. */
  totalMs: ms.default(1_800_000),
})

export const RetrySettings = z.strictObject({
  /** With the first one. */
  attempts: z.int().min(1).max(20).default(3),
  baseMs: ms.default(500),
  maxMs: ms.default(20_000),
})

export const CacheSettings = z.strictObject({
  /** Answers to exactly the same request are given again. */
  isOn: z.boolean().default(false),
  entries: z.int().min(1).max(100_000).default(500),
  minutes: z.number().min(0.01).max(525_600).default(60),
})

const usd = z.number().min(0)

/** Facts that win over the catalogue's. */
export const FactsSetting = z.strictObject({
  contextTokens: z.int().min(1).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  /** US dollars for a million tokens; null: as other input. */
  price: z
    .strictObject({
      inputUsd: usd,
      outputUsd: usd,
      cachedInputUsd: usd.nullable().default(null),
      cacheWriteUsd: usd.nullable().default(null),
    })
    .optional(),
  supports: z
    .strictObject({
      tools: z.exactOptional(z.boolean()),
      images: z.exactOptional(z.boolean()),
      reasoning: z.exactOptional(z.boolean()),
      outputSchema: z.exactOptional(z.boolean()),
    })
    .optional(),
})

export const strategyNames = [
  "ordered",
  "local-first",
  "cheapest",
  "fastest",
  "round-robin",
  "least-loaded",
  "capability",
  "quality",
] as const
