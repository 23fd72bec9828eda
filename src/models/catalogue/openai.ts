import type { Price } from "./facts.ts"
import { longer, type Sheet, usd } from "./sheet.ts"

const plain = { can: "tis", cannot: "r" }
const thinking = { can: "tirs" }
const million = { context: 1_050_000, output: 128_000, ...thinking }
const gpt5 = { context: 400_000, output: 128_000, ...thinking }
const o = { context: 200_000, output: 100_000, ...thinking }
const gpt41 = { context: 1_047_576, output: 32_768, ...plain }
const chatLatest = { context: 128_000, output: 16_384, ...plain }

/** Above 272,000 tokens of prompt the input counts twice and the output one and a half times. */
const withLong = (price: Price): Price =>
  longer(price, 272_000, {
    inputUsd: price.inputUsd * 2,
    outputUsd: price.outputUsd * 1.5,
    cachedInputUsd: price.cachedInputUsd === null ? null : price.cachedInputUsd * 2,
    cacheWriteUsd: price.cacheWriteUsd === null ? null : price.cacheWriteUsd * 2,
  })

const source = "https://developers.openai.com/api/docs/pricing"

export const openaiSheets: readonly Sheet[] = [
  {
    asOf: "2026-10-13",
    source,
    models: {
      "gpt-6-astra": { ...million, price: withLong(usd(10, 50, 1, 12.5)) },
      "gpt-6.1-sol": { ...million, price: withLong(usd(2, 10, 0.1, 2.5)) },
      "gpt-6-sol": { ...million, price: withLong(usd(2, 10, 0.2, 2.5)) },
      "gpt-6-luna": { ...million, price: withLong(usd(0.1, 0.5, 0.01, 0.125)) },
    },
  },
  {
    // Their prices were changed several times in 2026 and the pages disagree: no price is better than a wrong one.
    asOf: "2026-09-22",
    source: "https://developers.openai.com/api/docs/models",
    models: { "gpt-5.6": million, "gpt-5.6-sol": million, "gpt-5.6-terra": million, "gpt-5.6-luna": million },
  },
  {
    asOf: "2026-06-04",
    source,
    models: {
      "gpt-5.5": { ...million, price: withLong(usd(5, 30, 0.5)) },
      "gpt-5.5-pro": { ...million, price: usd(30, 180) },
      "gpt-5.4": { ...million, price: withLong(usd(2.5, 15, 0.25)) },
      "gpt-5.4-mini": { ...gpt5, price: usd(0.75, 4.5, 0.075) },
      "gpt-5.4-nano": { ...gpt5, price: usd(0.2, 1.25, 0.02) },
      "gpt-5.4-pro": { ...million, price: usd(30, 180), can: "tir" },
    },
  },
  {
    asOf: "2026-02-01",
    source: "https://platform.openai.com/docs/pricing",
    models: {
      "gpt-5.3-codex": { ...gpt5, price: usd(1.75, 14, 0.175) },
      "gpt-5.2": { ...gpt5, price: usd(1.75, 14, 0.175) },
      "gpt-5.2-codex": { ...gpt5, price: usd(1.75, 14, 0.175) },
      "gpt-5.2-chat-latest": { ...chatLatest, price: usd(1.75, 14, 0.175) },
      "gpt-5.2-pro": { ...gpt5, price: usd(21, 168), can: "tir" },
      "gpt-5.1": { ...gpt5, price: usd(1.25, 10, 0.125) },
      "gpt-5.1-codex": { ...gpt5, price: usd(1.25, 10, 0.125) },
      "gpt-5.1-codex-max": { ...gpt5, price: usd(1.25, 10, 0.125) },
      "gpt-5.1-codex-mini": { ...gpt5, price: usd(0.25, 2, 0.025) },
      "gpt-5.1-chat-latest": { ...chatLatest, price: usd(1.25, 10, 0.125) },
      "gpt-5": { ...gpt5, price: usd(1.25, 10, 0.125) },
      "gpt-5-codex": { ...gpt5, price: usd(1.25, 10, 0.125) },
      "gpt-5-mini": { ...gpt5, price: usd(0.25, 2, 0.025) },
      "gpt-5-nano": { ...gpt5, price: usd(0.05, 0.4, 0.005) },
      "gpt-5-chat-latest": { ...chatLatest, price: usd(1.25, 10, 0.125) },
      "gpt-5-pro": { context: 400_000, output: 272_000, price: usd(15, 120), ...thinking },
      "gpt-4.1": { ...gpt41, price: usd(2, 8, 0.5) },
      "gpt-4.1-mini": { ...gpt41, price: usd(0.4, 1.6, 0.1) },
      "gpt-4.1-nano": { ...gpt41, price: usd(0.1, 0.4, 0.025) },
      "gpt-4o": { context: 128_000, output: 16_384, price: usd(2.5, 10, 1.25), ...plain },
      "gpt-4o-2024-05-13": { context: 128_000, output: 4_096, price: usd(5, 15), can: "ti", cannot: "rs" },
      "gpt-4o-mini": { context: 128_000, output: 16_384, price: usd(0.15, 0.6, 0.075), ...plain },
      "o4-mini": { ...o, price: usd(1.1, 4.4, 0.275) },
      o3: { ...o, price: usd(2, 8, 0.5) },
      "o3-pro": { ...o, price: usd(20, 80) },
      "o3-mini": { ...o, price: usd(1.1, 4.4, 0.55), can: "trs", cannot: "i" },
      o1: { ...o, price: usd(15, 60, 7.5) },
      "o1-pro": { ...o, price: usd(150, 600) },
      "gpt-4-turbo": { context: 128_000, output: 4_096, price: usd(10, 30), can: "ti", cannot: "rs" },
      "gpt-4": { context: 8_192, output: 8_192, price: usd(30, 60), can: "t", cannot: "irs" },
      "gpt-3.5-turbo": { context: 16_385, output: 4_096, price: usd(0.5, 1.5), can: "t", cannot: "irs" },
      "text-embedding-3-small": { context: 8_192, price: usd(0.02, 0), cannot: "tirs" },
      "text-embedding-3-large": { context: 8_192, price: usd(0.13, 0), cannot: "tirs" },
      "text-embedding-ada-002": { context: 8_192, price: usd(0.1, 0), cannot: "tirs" },
    },
  },
]
