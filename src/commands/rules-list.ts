import { z } from "zod"
import { count } from "../base/text.ts"
import { layers } from "../context/rules/rule.ts"
import { defineCommand } from "./command.ts"
import { RuleRow, rowOf, rulesOf, ruleTable } from "./rules/shapes.ts"

export const rulesList = defineCommand({
  name: "rules.list",
  summary: "List the rules that this project is under",
  description:
    "From .ai-rules, AGENTS.md, CLAUDE.md and the rules of other assistants, from your own settings, and from packages " +
    "where `rules.dependencies` is set. In the order in which a prompt has them: the last goes first.",
  examples: [
    { line: "duck rules list", says: "all that may hold" },
    { line: "duck rules list --all", says: "also what is off, and why" },
    { line: "duck rules list --layer user", says: "your own" },
  ],
  input: z.object({
    layer: z.enum(layers).optional().describe("Only rules of this layer"),
    all: z.boolean().default(false).describe("Also rules that never hold"),
  }),
  output: z.object({ rules: z.array(RuleRow), errors: z.int(), warnings: z.int(), conflicts: z.int() }),
  shorts: { all: "a" },
  permission: "read",
  async run({ layer, all }, context) {
    const rules = await rulesOf(context)
    const wanted = rules
      .all()
      .filter((one) => (all || one.never === undefined) && (layer === undefined || one.rule.layer === layer))
    const problems = rules.problems()
    const errors = problems.filter(({ severity }) => severity === "error").length
    return {
      rules: wanted.map(rowOf),
      errors,
      warnings: problems.length - errors,
      conflicts: rules.conflicts().length,
    }
  },
  present: ({ rules, errors, warnings, conflicts }) => [
    ...(rules.length === 0 ? [] : [ruleTable(rules)]),
    {
      kind: "paragraph",
      text: `${count(rules.length, "rule")}. \`duck rules explain <file>\` says which hold for a file, \`duck rules new\` makes one.`,
      tone: "quiet",
    },
    ...(errors + warnings + conflicts === 0
      ? []
      : [
          {
            kind: "paragraph",
            text: `${count(errors, "error")}, ${count(warnings, "warning")}, ${count(conflicts, "conflict")}: \`duck rules validate\` shows them.`,
            tone: "warning",
          } as const,
        ]),
  ],
})
