import type { ProviderKind } from "../model.ts"

/**
 * Models that cut text into tokens alike. `o200k` and `cl100k` are OpenAI's public vocabularies and are counted with
 * them; the others have none that we could ship, so their counts are estimates.
 */
export type TokenFamily = keyof typeof families

interface FamilyFacts {
  /** Tokens for each token of o200k_base. */
  readonly perO200k: number
  /** What to expect a whole prompt to be off by, in percent, before the provider has told us better. */
  readonly errorPercent: number
  /** Tokens around a message, and around a request that has tools. */
  readonly perMessage: number
  readonly forTools: number
}

/**
 * `perO200k` of the estimated families is no measurement of ours: their tokenizers are not public (Claude, Gemini) or
 * not at hand. The numbers follow what the vendors and others have published: Anthropic says that Claude's tokenizer
 * since Opus 4.7 makes 1.0 to 1.35 times the tokens of the one before, comparisons put that one 15 to 30 % above
 * o200k_base on code and prose; Gemini's has 256,000 entries and is near it on prose, above it on code; Llama 3 and Qwen
 * began from cl100k_base. The stated errors are as wide as those reports. What a provider reports of its calls replaces
 * them at run time (calibration.ts); docs/decisions/081.
 */
export const families = {
  o200k: { perO200k: 1, errorPercent: 0, perMessage: 4, forTools: 12 },
  cl100k: { perO200k: 1, errorPercent: 0, perMessage: 4, forTools: 12 },
  "gpt-new": { perO200k: 1, errorPercent: 15, perMessage: 4, forTools: 12 },
  claude: { perO200k: 1.2, errorPercent: 20, perMessage: 4, forTools: 346 },
  "claude-new": { perO200k: 1.45, errorPercent: 25, perMessage: 4, forTools: 346 },
  gemini: { perO200k: 1.1, errorPercent: 20, perMessage: 2, forTools: 20 },
  llama: { perO200k: 1.02, errorPercent: 15, perMessage: 5, forTools: 60 },
  qwen: { perO200k: 1.06, errorPercent: 15, perMessage: 5, forTools: 120 },
  other: { perO200k: 1.15, errorPercent: 30, perMessage: 5, forTools: 60 },
} as const satisfies Record<string, FamilyFacts>

/** The family of a model by its name; the provider's kind only where the name says nothing. */
export function tokenFamily(kind: ProviderKind, model: string): TokenFamily {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase()
  const claude = claudeVersion(name)
  if (claude !== undefined) return claude >= 4.7 ? "claude-new" : "claude"
  if (/^(gpt-(3\.5|4(?![.o\d]))|text-embedding-|code-davinci)/.test(name)) return "cl100k"
  // Which vocabulary they have was not published when this was written.
  if (/^gpt-([6-9]|\d\d)/.test(name)) return "gpt-new"
  if (/^(gpt-|chatgpt-|chat-latest|o\d|codex-)/.test(name)) return "o200k"
  if (/^(gemini|gemma|learnlm)/.test(name)) return "gemini"
  if (/llama/.test(name)) return "llama"
  if (/qwen|qwq/.test(name)) return "qwen"
  return kind === "openai" ? "gpt-new" : kind === "anthropic" ? "claude" : kind === "gemini" ? "gemini" : "other"
}

/** 4.5 for "claude-opus-4-5-20251101", 3.7 for "claude-3-7-sonnet"; undefined for what is no Claude. */
export function claudeVersion(name: string): number | undefined {
  const match = /claude-(?:[a-z]+-)?(\d)(?:-(\d)(?!\d))?/.exec(name)
  return match ? Number(`${match[1]}.${match[2] ?? 0}`) : undefined
}
