import { homedir } from "node:os"
import { z } from "zod"
import { modes } from "../access/permissions/mode.ts"
import { defineCommand } from "./command.ts"
import { inlineCode, literal } from "./document.ts"
import { bookOf, RuleRow, ruleRow } from "./permissions/rule-row.ts"

export const permissionsExplain = defineCommand({
  name: "permissions.explain",
  summary: "Explain which rule decides about a tool call, and why",
  description: "A shell command is taken apart: each program in it and each file that it writes is judged by itself.",
  examples: [
    { line: "duck permissions explain 'Bash(git push && rm -rf build)'", says: "a shell command" },
    { line: "duck permissions explain 'Edit(src/main.ts)' --mode accept-edits", says: "a file, in another mode" },
    { line: `duck permissions explain 'fetch {"url":"https://example.com"}'`, says: "a tool with its input" },
  ],
  input: z.object({
    call: z
      .string()
      .min(1)
      .max(20_000)
      .describe("Such as Bash(npm test), Read(.env), WebFetch(example.com), or a tool and its JSON"),
    mode: z.enum(modes).default("ask").describe("The mode that the conversation would be in"),
  }),
  output: z.object({
    decision: z.enum(["allow", "ask", "deny"]),
    why: z.string(),
    rule: RuleRow.nullable(),
    parts: z.array(
      z.object({
        kind: z.string(),
        text: z.string(),
        decision: z.enum(["allow", "ask", "deny"]),
        why: z.string(),
        rule: RuleRow.nullable(),
      }),
    ),
  }),
  positionals: ["call"],
  takesRest: true,
  permission: "read",
  async run({ call, mode }, context) {
    const [{ requestFor }, { toolbox }, { judge }] = await Promise.all([
      import("../assistant/tool-request.ts"),
      import("../assistant/tools/toolbox.ts"),
      import("../access/permissions/judge.ts"),
    ])
    const { root } = await context.project()
    const place = { root, home: context.host.env.HOME || homedir() }
    const { request, cwd } = await requestFor(call, root, toolbox)
    const { decision, why, rule, parts } = judge(request, bookOf(context, root).rules, mode, { ...place, cwd })
    const row = (one: typeof rule) => (one ? ruleRow(one) : null)
    return { decision, why, rule: row(rule), parts: parts.map((part) => ({ ...part, rule: row(part.rule) })) }
  },
  exitCode: ({ decision }) => (decision === "deny" ? 1 : 0),
  present: ({ decision, why, parts }) => [
    {
      kind: "paragraph",
      text: `**${decision}**: ${literal(why)}`,
      tone: ({ allow: "good", ask: "normal", deny: "bad" } as const)[decision],
    },
    ...(parts.length > 1
      ? [
          {
            kind: "table",
            columns: [{ title: "part" }, { title: "decision" }, { title: "why" }],
            rows: parts.map((part) => [inlineCode(part.text), part.decision, literal(part.why)]),
          } as const,
        ]
      : []),
  ],
})
