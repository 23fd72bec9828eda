import { abortable } from "../../base/signal.ts"
import type { Choice } from "../../base/wire.ts"
import { harmless } from "../repl/ink.ts"
import type { Host } from "./host.ts"

/** Asks the person at the terminal; gives what goes into the input, undefined for an empty line or the end of input. */
export async function choose(
  { question, options }: Choice,
  { stdin, stderr, signal }: Pick<Host, "stdin" | "stderr" | "signal">,
): Promise<Choice["options"][number]["input"] | undefined> {
  const listed = options.map(({ label }, at) => `  ${at + 1}  ${harmless(label)}\n`).join("")
  stderr.write(`\n${harmless(question)}\n${listed}`)
  // A terminal gives a line at a time.
  const lines = stdin[Symbol.asyncIterator]()
  try {
    while (true) {
      stderr.write(`1 to ${options.length}, or Enter for none: `)
      const { done, value } = await abortable(signal, () => lines.next())
      const typed = done ? "" : String(value).trim()
      if (typed === "") return undefined
      const chosen = options.find(({ label }, at) => typed === String(at + 1) || typed === label)
      if (chosen) return chosen.input
    }
  } finally {
    // Nobody waits for it: a read of a terminal ends with the next line or with the process.
    lines.return?.().catch(() => {})
  }
}
