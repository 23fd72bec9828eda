import { longer, type Sheet, usd } from "./sheet.ts"

/** A million tokens and a bit, and 64 Ki of answer; tools, images, thinking and schemas. */
const gemini = { context: 1_048_576, output: 65_536, can: "tirs" }
/** 3.6 to 3.8 Flash: an introductory price until the end of 2026. */
const flash3x = {
  ...gemini,
  price: usd(0.75, 3.75, 0.075),
  laterPrice: { from: "2027-01-01", price: usd(1.5, 7.5, 0.15) },
}
const gemini4 = { ...gemini, price: usd(2, 10, 0.1), laterPrice: { from: "2026-12-01", price: usd(4, 20, 0.2) } }

const source = "https://ai.google.dev/gemini-api/docs/pricing"

export const geminiSheets: readonly Sheet[] = [
  {
    asOf: "2026-11-11",
    source,
    models: { "gemini-4-argon": gemini4, "gemini-4-carbon": gemini4 },
  },
  {
    asOf: "2026-10-07",
    source,
    models: {
      "gemini-3.8-flash": flash3x,
      "gemini-3.7-flash": flash3x,
      "gemini-3.6-flash": flash3x,
      "gemini-3.5-flash": { ...gemini, price: usd(1.5, 9, 0.15) },
      "gemini-3.5-flash-lite": { ...gemini, price: usd(0.3, 2.5) },
      "gemini-3.1-pro-preview": { ...gemini, price: longer(usd(2, 12, 0.2), 200_000, usd(4, 18, 0.4)) },
      "gemini-3.1-flash-lite": { ...gemini, price: usd(0.25, 1.5) },
      "gemini-3-flash-preview": { ...gemini, price: usd(0.5, 3) },
      "gemini-2.5-pro": { ...gemini, price: longer(usd(1.25, 10, 0.125), 200_000, usd(2.5, 15, 0.25)) },
      "gemini-2.5-flash": { ...gemini, price: usd(0.3, 2.5, 0.03) },
      "gemini-2.5-flash-lite": { ...gemini, price: usd(0.1, 0.4, 0.01) },
      "gemini-embedding-2": { price: usd(0.2, 0), cannot: "trs" },
      "gemini-embedding-001": { context: 2_048, price: usd(0.15, 0), cannot: "tirs" },
    },
  },
  {
    asOf: "2025-12-01",
    source,
    models: {
      "gemini-3-pro-preview": { ...gemini, price: longer(usd(2, 12, 0.2), 200_000, usd(4, 18, 0.4)) },
      "gemini-2.0-flash": { context: 1_048_576, output: 8_192, price: usd(0.1, 0.4, 0.025), can: "tis" },
      "gemini-2.0-flash-lite": { context: 1_048_576, output: 8_192, price: usd(0.075, 0.3), can: "tis" },
    },
  },
]
