import type { Manifest } from "../../commands/manifest.ts"
import { type Ink, painted } from "./ink.ts"
import { slashNames } from "./slash.ts"

/** What `/help` prints. `own`: the user's slash commands with what they are for. */
export function helpText(manifest: Manifest, own: ReadonlyMap<string, string>, ink: Ink): string {
  const names = [...slashNames(manifest), ...own]
  const width = Math.max(...names.map(([name]) => name.length))
  const list = names.map(([name, says]) => `  /${name.padEnd(width)}  ${painted(ink.quiet, says)}`)
  return [
    "Type what you want: a question, a command (explain src/a.ts), or both. While the assistant works, what you type steers it.",
    ...list,
    ...signs.map(([sign, says]) => `  ${sign.padEnd(width + 1)}  ${painted(ink.quiet, says)}`),
    `  Keys:  ${painted(ink.quiet, keys)}`,
  ].join("\n")
}

const signs = [
  ["!program", "runs a program; the assistant sees what it prints with your next message"],
  ["@path", "names a file; Tab completes it"],
  ['"""', "begins and ends several lines; so do a backslash at the end, Ctrl+J and Shift+Enter"],
] as const

const keys =
  "Esc or Ctrl-C interrupts, Esc Esc goes back to an earlier message, Ctrl-C twice or Ctrl-D leaves, Shift+Tab sets the " +
  "mode, Ctrl+R searches what was typed, Ctrl+G opens your editor, Ctrl+O shows in full what was answered and run since your last message, Ctrl+L clears the screen, Ctrl-Z suspends"
