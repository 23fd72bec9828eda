import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"

export const rulesReload = defineCommand({
  name: "rules.reload",
  summary: "Read all rules again",
  description: "Changes are taken in by themselves; this is for what happened where nobody watches.",
  examples: [{ line: "duck rules reload", says: "how many there are, and how long it took" }],
  input: z.object({}),
  output: z.object({ rules: z.int(), problems: z.int(), tookMs: z.number() }),
  permission: "read",
  async run(_input, context) {
    const [book, project] = await Promise.all([context.host.rules(), context.project()])
    const { rules, problems, tookMs } = await (await book.of(project)).reload()
    return { rules, problems, tookMs }
  },
  present: ({ rules, problems, tookMs }) => [
    {
      kind: "paragraph",
      text: `${count(rules, "rule")}, ${count(problems, "problem")}, read in ${Math.round(tookMs)} ms.`,
      tone: problems > 0 ? "warning" : "good",
    },
  ],
})
