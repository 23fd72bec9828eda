import { longer, type Sheet, usd } from "./sheet.ts"

const all = "tirs"
const noSchema = { can: "tir", cannot: "s" }

/** Anthropic's usual terms: written to the cache for 1.25 times the input, or 2 times for an hour. */
const claude = (inputUsd: number, outputUsd: number, cachedInputUsd: number) => ({
  ...usd(inputUsd, outputUsd, cachedInputUsd, inputUsd * 1.25),
  longCacheWriteUsd: inputUsd * 2,
})

const million = { context: 1_000_000, output: 128_000, can: all }

export const anthropicSheets: readonly Sheet[] = [
  {
    asOf: "2026-10-24",
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    models: {
      "claude-fable-5-1": { ...million, price: claude(10, 50, 0.25) },
      "claude-mythos-5-1": { ...million, price: claude(10, 50, 0.25) },
      "claude-fable-5": { ...million, price: claude(10, 50, 1) },
      "claude-mythos-5": { ...million, price: claude(10, 50, 1) },
      "claude-opus-5-5": { ...million, price: claude(4, 20, 0.2) },
      "claude-opus-5": { ...million, price: claude(5, 25, 0.5) },
      "claude-opus-4-8": { ...million, price: claude(5, 25, 0.5) },
      "claude-opus-4-7": { ...million, price: claude(5, 25, 0.5) },
      "claude-opus-4-6": { ...million, price: claude(5, 25, 0.5) },
      "claude-opus-4-5": { context: 200_000, output: 64_000, price: claude(5, 25, 0.5), can: all },
      "claude-sonnet-5-5": { ...million, price: claude(2, 10, 0.1) },
      "claude-sonnet-5": { ...million, price: claude(2, 10, 0.2) },
      "claude-sonnet-4-6": { context: 1_000_000, output: 64_000, price: claude(3, 15, 0.3), can: all },
      "claude-sonnet-4-5": { context: 200_000, output: 64_000, price: claude(3, 15, 0.3), can: all },
      "claude-haiku-5-5": { ...million, price: longer(claude(0.1, 0.5, 0.01), 100_000, claude(0.5, 2.5, 0.05)) },
      "claude-haiku-4-5": { context: 200_000, output: 64_000, price: claude(1, 5, 0.1), can: all },
    },
  },
  {
    asOf: "2025-09-01",
    source: "https://docs.anthropic.com/en/docs/about-claude/pricing",
    models: {
      "claude-opus-4-1": { context: 200_000, output: 32_000, price: claude(15, 75, 1.5), can: all },
      "claude-opus-4": { context: 200_000, output: 32_000, price: claude(15, 75, 1.5), ...noSchema },
      "claude-opus-4-0": { context: 200_000, output: 32_000, price: claude(15, 75, 1.5), ...noSchema },
      "claude-sonnet-4": { context: 200_000, output: 64_000, price: claude(3, 15, 0.3), ...noSchema },
      "claude-sonnet-4-0": { context: 200_000, output: 64_000, price: claude(3, 15, 0.3), ...noSchema },
      "claude-3-7-sonnet": { context: 200_000, output: 64_000, price: claude(3, 15, 0.3), ...noSchema },
      "claude-3-5-sonnet": { context: 200_000, output: 8_192, price: claude(3, 15, 0.3), can: "ti", cannot: "rs" },
      "claude-3-5-haiku": { context: 200_000, output: 8_192, price: claude(0.8, 4, 0.08), can: "ti", cannot: "rs" },
      "claude-3-opus": { context: 200_000, output: 4_096, price: claude(15, 75, 1.5), can: "ti", cannot: "rs" },
      "claude-3-haiku": {
        context: 200_000,
        output: 4_096,
        price: { ...usd(0.25, 1.25, 0.03, 0.3), longCacheWriteUsd: 0.5 },
        can: "ti",
        cannot: "rs",
      },
    },
  },
]
