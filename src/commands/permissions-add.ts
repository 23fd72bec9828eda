import { z } from "zod"
import { defineCommand } from "./command.ts"
import { inlineCode, literal } from "./document.ts"
import { changeRules, RuleChange } from "./permissions/change.ts"

export const permissionsAdd = defineCommand({
  name: "permissions.add",
  summary: "Add a rule that allows, asks about or denies something",
  description: "What you allow in a project's file takes effect for others, and for you, once they trust it.",
  examples: [
    { line: "duck permissions add allow 'Bash(npm test:*)'", says: "in your own settings" },
    { line: "duck permissions add deny 'Read(.env*)' --scope project", says: "for everyone who works on this project" },
    { line: "duck permissions add allow 'WebFetch(domain:*.example.com)'", says: "a domain" },
  ],
  input: RuleChange,
  output: z.object({
    path: z.string(),
    decision: z.string(),
    rule: z.string(),
    isChanged: z.boolean(),
    isDryRun: z.boolean(),
  }),
  positionals: ["decision", "rule"],
  permission: "write",
  async run(input, context) {
    return changeRules(input, context, (rules) => (rules.includes(input.rule) ? rules : [...rules, input.rule]))
  },
  present: ({ path, decision, rule, isChanged, isDryRun }) => [
    {
      kind: "paragraph",
      text: isChanged
        ? `${isDryRun ? "Would write" : "Wrote"} ${decision} ${inlineCode(rule)} to ${literal(path)}.`
        : `${literal(path)} says so already.`,
    },
  ],
})
