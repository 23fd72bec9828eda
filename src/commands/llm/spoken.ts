/** US dollars: "$0.0042", "$1.30", "$1,204". */
export function spokenUsd(usd: number): string {
  if (usd === 0) return "$0"
  if (usd < 0.01) return `$${usd.toPrecision(2)}`
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: usd < 100 ? 2 : 0, maximumFractionDigits: usd < 100 ? 2 : 0 })}`
}

/** A price or cost; null is unknown. */
export const spokenCost = (usd: number | null): string => (usd === null ? "unknown" : spokenUsd(usd))

/** "950", "12.3k", "4.5M". */
export function spokenTokens(tokens: number): string {
  if (tokens < 1_000) return String(tokens)
  return tokens < 1_000_000 ? `${trimmed(tokens / 1_000)}k` : `${trimmed(tokens / 1_000_000)}M`
}
const trimmed = (n: number) => (n < 100 ? n.toFixed(1).replace(/\.0$/, "") : String(Math.round(n)))

/** "320 ms", "1.4 s". */
export const spokenMs = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
