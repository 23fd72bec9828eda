import { z } from "zod"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"

/** Called `console` in the registry; `console` alone would hide the global here. */
export const consoleCommand = defineCommand({
  name: "console",
  summary: "Open a JavaScript console with RubberDuck at hand",
  description:
    "`await` works at the top level, and promises are waited for by themselves. `h()` lists the helpers (ai, cluster, " +
    "search), `duck` has every command: `duck.session.list({ limit: 3 })`. Results print as on the command line; their " +
    "fields are data.",
  examples: [
    { line: "duck console", says: "until Ctrl-D" },
    { line: "duck console -e 'search(\"retry\")'", says: "one expression, printed" },
    { line: "duck console --json -e 'duck.llm.usage()'", says: "as JSON" },
  ],
  input: z.object({
    expression: z.string().min(1).max(100_000).optional().describe("Print what this JavaScript gives, and leave"),
  }),
  output: z.object({}),
  shorts: { expression: "e" },
  permission: "read",
  runsIn: "client",
  async run() {
    throw onlyAtTerminal("duck console")
  },
})
