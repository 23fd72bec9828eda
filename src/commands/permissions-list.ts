import { z } from "zod"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { bookOf, RuleRow, ruleRow } from "./permissions/rule-row.ts"

export const permissionsList = defineCommand({
  name: "permissions.list",
  summary: "List the rules that say what agents may do here",
  description: "Of the organisation, of your settings and of the project, with the place each of them stands in.",
  examples: [{ line: "duck permissions list", says: "all rules, and those that wait for trust" }],
  input: z.object({}),
  output: z.object({
    rules: z.array(RuleRow),
    /** What the project would allow once it is trusted. */
    waiting: z.array(RuleRow),
    warnings: z.array(z.string()),
  }),
  permission: "read",
  async run(_input, context) {
    const { rules, waiting, warnings } = bookOf(context, (await context.project()).root)
    // One text may stand for several tools; it is one rule to whoever wrote it.
    const once = (rows: readonly RuleRow[]) => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
    return { rules: once(rules.map(ruleRow)), waiting: once(waiting.map(ruleRow)), warnings: [...warnings] }
  },
  present({ rules, waiting, warnings }) {
    const table = (rows: readonly RuleRow[]): Block => ({
      kind: "table",
      columns: [{ title: "decision" }, { title: "rule" }, { title: "whose" }, { title: "where" }],
      rows: rows.map(({ decision, rule, layer, where }) => [decision, inlineCode(rule), layer, literal(where)]),
    })
    return [
      ...warnings.map((text): Block => ({ kind: "paragraph", text: literal(text), tone: "warning" })),
      ...(rules.length > 0 ? [table(rules)] : []),
      ...(rules.length === 0 ? [{ kind: "paragraph", text: "There are no rules: the mode decides." } as const] : []),
      ...(waiting.length > 0
        ? [
            { kind: "paragraph", text: "These wait until you trust the project (`duck trust`):" } as const,
            table(waiting),
          ]
        : []),
    ]
  },
})
