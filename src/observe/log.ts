import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DuckError } from "../base/errors.ts"

export type Level = "debug" | "info" | "warn" | "error"
const ranks: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** Structured log lines: one JSON object a line, OpenTelemetry names. */
export interface Logger {
  debug(message: string, attributes?: Attributes): void
  info(message: string, attributes?: Attributes): void
  warn(message: string, attributes?: Attributes): void
  error(message: string, attributes?: Attributes): void
  /** A logger that adds `attributes` to every line. */
  with(attributes: Attributes): Logger
}
export type Attributes = Readonly<Record<string, unknown>>

export interface LoggerOptions {
  /** Lowest level that is written. */
  readonly level?: Level
  readonly sinks: readonly ((line: string) => void)[]
  readonly now?: () => number
}

export function logger({ level = "info", sinks, now = Date.now }: LoggerOptions): Logger {
  const make = (base: Attributes): Logger => {
    const write = (severity: Level) => (message: string, attributes?: Attributes) => {
      if (ranks[severity] < ranks[level]) return
      const line = JSON.stringify(
        { time: new Date(now()).toISOString(), severity, message, ...base, ...attributes },
        plainValue,
      )
      for (const sink of sinks) sink(line)
    }
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      with: (attributes) => make({ ...base, ...attributes }),
    }
  }
  return make({})
}

/** A logger that writes nothing. */
export const silentLogger: Logger = logger({ sinks: [] })

/**
 * Appends lines to a file with mode 0600 and moves it to `<path>.1` past `maxBytes`. A log that can't be written (full
 * disk, read-only folder) never stops the work it tells of: `onFailure` hears of it once.
 */
export function fileSink(
  path: string,
  { maxBytes = 10_000_000, onFailure = () => {} }: { maxBytes?: number; onFailure?: (error: unknown) => void } = {},
): (line: string) => void {
  let sizeBytes = -1
  let failed = false
  return (line) => {
    try {
      if (sizeBytes < 0) {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      }
      if (sizeBytes > maxBytes) {
        renameSync(path, `${path}.1`)
        sizeBytes = 0
      }
      appendFileSync(path, `${line}\n`, { mode: 0o600 })
      sizeBytes += Buffer.byteLength(line) + 1
      failed = false
    } catch (error) {
      if (!failed) onFailure(error)
      failed = true
    }
  }
}

export const stderrSink = (line: string): void => void process.stderr.write(`${line}\n`)

// A replacer sees what `toJSON` made of a value; errors are taken as they are, with stack and cause.
function plainValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key]
  if (original instanceof DuckError) return { ...original.toJSON(), stack: original.stack, cause: original.cause }
  if (original instanceof Error)
    return { name: original.name, message: original.message, stack: original.stack, cause: original.cause }
  return typeof value === "bigint" ? value.toString() : value
}
