import type { DuckError } from "../../base/errors.ts"
import { paints } from "./terminal.ts"

/** "error: what and why", "hint: what to do next", for standard error. */
export function failureText(error: DuckError, look: FailureLook): string {
  const { red, cyan, dim } = paints(look.hasColor)
  const lines = [`${red("error:")} ${error.message}`]
  if (error.hint) lines.push(`${cyan("hint:")} ${error.hint}`)
  if (look.isDebug) {
    lines.push(dim(`code: ${error.code}`))
    if (error.details) lines.push(dim(`details: ${JSON.stringify(error.details)}`))
    if (error.stack) lines.push(dim(error.stack))
  }
  return `${lines.join("\n")}\n`
}

export interface FailureLook {
  readonly hasColor: boolean
  readonly isDebug: boolean
}
