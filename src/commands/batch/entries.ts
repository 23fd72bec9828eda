import { z } from "zod"
import { asDuckError, InvalidInputError } from "../../base/errors.ts"
import { parseWith } from "../../base/schema.ts"
import type { ManifestCommand } from "../manifest.ts"
import { type ReadLine, readLine } from "./read-line.ts"

export interface BatchEntry extends ReadLine {
  /** 1-based line of the file. */
  readonly at: number
  /** As it is shown. */
  readonly line: string
}

const JsonEntry = z.union([
  z.strictObject({ line: z.string().min(1) }),
  z.strictObject({ command: z.string().min(1), input: z.record(z.string(), z.json()).default({}) }),
])
const most = 1_000

/**
 * Commands of a list: JSONL, `{"line": "explain src/a.ts"}` or `{"command": "explain", "input": {...}}` each, or Markdown,
 * an item each, without what is ticked. Throws InvalidInputError with the file's line: nothing runs of a list with a fault.
 */
export function batchEntries(path: string, text: string, commands: readonly ManifestCommand[]): readonly BatchEntry[] {
  const isJson = /\.(jsonl|ndjson|json)$/.test(path)
  const entries = text.split(/\r?\n/).flatMap((line, before): BatchEntry[] => {
    const at = before + 1
    try {
      const entry = isJson ? ofJson(line, commands) : ofMarkdown(line, commands)
      if (!entry) return []
      checkName(entry.name, commands)
      return [{ ...entry, at }]
    } catch (thrown) {
      const { message, hint } = asDuckError(thrown)
      throw new InvalidInputError({
        message: `${path}:${at}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
        cause: thrown,
      })
    }
  })
  if (entries.length === 0 || entries.length > most) {
    throw new InvalidInputError({
      message: `${path} has ${entries.length === 0 ? "no commands" : `more than ${most} commands`}.`,
      hint: 'Markdown: "- [ ] duck explain src/a.ts" a line. JSONL: {"line": "explain src/a.ts"}.',
    })
  }
  return entries
}

function ofJson(text: string, commands: readonly ManifestCommand[]) {
  if (text.trim() === "") return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError({ message: "This line is not JSON.", cause })
  }
  const entry = parseWith(JsonEntry, value, "the entry")
  if ("line" in entry) return { ...readLine(entry.line, commands), line: entry.line }
  return { name: entry.command, input: entry.input, line: `${entry.command} ${JSON.stringify(entry.input)}` }
}

function ofMarkdown(text: string, commands: readonly ManifestCommand[]) {
  const [, tick, said] = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(\S.*)$/.exec(text) ?? []
  if (said === undefined || tick?.toLowerCase() === "x") return undefined
  const line = said.trim().replace(/^`(.*)`$/, "$1")
  return { ...readLine(line, commands), line }
}

function checkName(name: string, commands: readonly ManifestCommand[]): void {
  const command = commands.find((one) => one.name === name)
  if (!command) throw new InvalidInputError({ message: `There is no command ${name}.` })
  if (command.runsIn === "server" && name !== "batch" && name !== "stop") return
  throw new InvalidInputError({ message: `duck ${command.words.join(" ")} can't be part of a batch.` })
}
