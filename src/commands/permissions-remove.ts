import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { inlineCode, literal } from "./document.ts"
import { changeRules, RuleChange } from "./permissions/change.ts"

export const permissionsRemove = defineCommand({
  name: "permissions.remove",
  summary: "Take a rule out of your settings or the project's",
  examples: [{ line: "duck permissions remove allow 'Bash(npm test:*)'", says: "as it is written there" }],
  input: RuleChange,
  output: z.object({ path: z.string(), decision: z.string(), rule: z.string(), isDryRun: z.boolean() }),
  positionals: ["decision", "rule"],
  permission: "write",
  async run(input, context) {
    const { rule, decision } = input
    const { isChanged, ...change } = await changeRules(input, context, (rules) => rules.filter((one) => one !== rule))
    if (isChanged) return change
    throw new NotFoundError({
      code: "NO_SUCH_RULE",
      message: `${change.path} has no rule ${rule} under ${decision}.`,
      hint: "`duck permissions list` shows the rules and where they stand.",
    })
  },
  present: ({ path, decision, rule, isDryRun }) => [
    {
      kind: "paragraph",
      text: `${isDryRun ? "Would take" : "Took"} ${decision} ${inlineCode(rule)} out of ${literal(path)}.`,
    },
  ],
})
