import { createHash } from "node:crypto"

/** Versions of one prompt that are compared, as the settings have them (`prompts.experiments`), with its name. */
export interface Experiment {
  readonly name: string
  /** "explain/symbol". */
  readonly prompt: string
  /** Weight of each variant; "base" is the prompt without a variant. */
  readonly variants: Readonly<Record<string, number>>
  /** So many outcomes of each variant are waited for before a difference is told. */
  readonly sample: number
}

/** What the ordinary version is called in an experiment. */
export const baseVariant = "base"

/**
 * The variant that a person has in a project: always the same one as long as weights stay as they are, and independent of
 * other experiments. Undefined where no variant has a weight.
 */
export function assigned(
  { name, variants }: Experiment,
  { user, project }: { readonly user: string; readonly project: string },
): string | undefined {
  const weighed = Object.entries(variants)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const total = weighed.reduce((sum, [, weight]) => sum + weight, 0)
  let at = shareOf(JSON.stringify([name, user, project])) * total
  for (const [variant, weight] of weighed) {
    at -= weight
    if (at < 0) return variant
  }
  return weighed.at(-1)?.[0]
}

/** The first 48 bits of SHA-256 as a fraction of 1, which a double holds exactly. */
const shareOf = (text: string): number => createHash("sha256").update(text).digest().readUIntBE(0, 6) / 2 ** 48

/** As `PromptVersion.variant` has it: "tone:short". */
export const variantKey = (experiment: string, variant: string): string => `${experiment}:${variant}`
