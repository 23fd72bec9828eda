import { didYouMean } from "../../base/suggest.ts"
import type { ManifestArgument } from "../../commands/manifest.ts"
import { UsageError } from "./usage-error.ts"

/** What is needed to read a value and to say what is wrong with it. */
export interface Valued {
  /** As the user knows it: "--limit", "<path>". */
  readonly flag: string
  readonly type: ManifestArgument["type"]
  readonly choices?: readonly string[]
}

/** The text of an argument as a value of its type. Throws UsageError naming the option. */
export function readValue(text: string, option: Valued): unknown {
  if (option.choices && !option.choices.includes(text)) {
    throw new UsageError(
      `${option.flag} is one of ${option.choices.join(", ")}; "${text}" is none of them.`,
      didYouMean(text, option.choices),
    )
  }
  switch (option.type) {
    case "string":
    case "string[]":
      return text
    case "boolean":
      return readBoolean(text, option)
    case "number": {
      const value = Number(text)
      if (text.trim() === "" || !Number.isFinite(value)) {
        throw new UsageError(`${option.flag} is a number; "${text}" is none.`)
      }
      return value
    }
    case "json":
      try {
        return JSON.parse(text)
      } catch {
        // Shells make quoting strings a nuisance: what is not JSON is taken as a string.
        return text
      }
  }
}

export function readBoolean(text: string, option: Valued): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true
  if (/^(false|no|off|0)$/i.test(text)) return false
  throw new UsageError(`${option.flag} is a switch: on or off, true or false; "${text}" is neither.`)
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** "30" (seconds), "500ms", "2m", "1h" as milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text)
  const ms = match ? Math.round(Number(match[1]) * (unitMs[match[2] ?? "s"] ?? Number.NaN)) : 0
  if (!(ms > 0)) throw new UsageError(`--timeout is a time like 30 (seconds), 500ms or 2m; "${text}" is none.`)
  return ms
}
