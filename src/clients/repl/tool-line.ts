import { truncate } from "../../base/text.ts"
import { harmless, type Ink, painted } from "./ink.ts"

/** What a call is about: the argument that says most. `argumentsText`: JSON as the model wrote it. */
export function callGist(name: string, argumentsText: string): string {
  let args: unknown
  try {
    args = JSON.parse(argumentsText)
  } catch {
    return name
  }
  if (typeof args !== "object" || args === null) return name
  const fields = new Map(Object.entries(args))
  for (const field of ["command", "path", "from", "query", "target", "glob", "url", "question", "words"]) {
    const value = fields.get(field)
    if (typeof value === "string" && value !== "") return `${name} ${oneLine(value)}`
  }
  return name
}

const oneLine = (text: string) => harmless(text).trim().replaceAll(/\s+/g, " ")

const marks = { done: "✓", failed: "✗", denied: "⊘", cancelled: "–", unknown: "?" } as const
export type CallOutcome = keyof typeof marks

/** `✓ read src/a.ts  120 lines`: a call and what came of it, on one line of at most `width` columns (0: any). */
export function toolLine(
  { gist, outcome, result }: { readonly gist: string; readonly outcome: CallOutcome; readonly result: string },
  { ink, width }: { readonly ink: Ink; readonly width: number },
): string {
  const room = width > 0 ? Math.max(20, width - 5) : 200
  const call = truncate(gist, Math.max(20, Math.floor(room * 0.6)))
  const said = truncate(resultGist(result), Math.max(0, room - call.length - 2))
  const style = outcome === "done" ? ink.good : outcome === "unknown" || outcome === "denied" ? ink.warning : ink.bad
  return `  ${painted(style, marks[outcome])} ${call}${said === "" ? "" : painted(ink.quiet, `  ${said}`)}`
}

/** The first line that says something, and how many there are. */
function resultGist(text: string): string {
  const lines = harmless(text)
    .split("\n")
    .filter((line) => line.trim() !== "")
  const first = oneLine(lines[0] ?? "")
  return lines.length > 1 ? `${first} (+${lines.length - 1} lines)` : first
}
