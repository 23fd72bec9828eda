import { z } from "zod"
import { changeKinds } from "../context/rules/view.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { rulesOf } from "./rules/shapes.ts"

export const rulesHistory = defineCommand({
  name: "rules.history",
  summary: "Show what became of the rules, or of one: when, by whom, and how it was before",
  description: 'Files are the truth; this is what was seen of them. "files": the change was found in them.',
  examples: [
    { line: "duck rules history", says: "the last changes" },
    { line: "duck rules history tests-first", says: "of one rule, by id or path" },
  ],
  input: z.object({
    rule: z.string().min(1).optional().describe("An id or a path"),
    limit: z.int().min(1).max(10_000).default(50).describe("Most changes, the latest"),
  }),
  output: z.object({
    changes: z.array(
      z.object({
        number: z.int(),
        path: z.string(),
        rule: z.string(),
        kind: z.enum(changeKinds),
        hash: z.string().nullable(),
        before: z.string().nullable(),
        version: z.string().nullable(),
        isOn: z.boolean(),
        by: z.string(),
        at: z.string(),
      }),
    ),
  }),
  positionals: ["rule"],
  shorts: { limit: "n" },
  permission: "read",
  async run({ rule, limit }, context) {
    const rules = await rulesOf(context)
    return { changes: await rules.history(limit, rule) }
  },
  present: ({ changes }) =>
    changes.length === 0
      ? [{ kind: "paragraph", text: "Nothing is known of it.", tone: "quiet" }]
      : [
          {
            kind: "table",
            columns: [
              { title: "#", align: "right" },
              { title: "when" },
              { title: "rule" },
              { title: "" },
              { title: "by" },
              { title: "path" },
            ],
            rows: changes.map(({ number, at, rule, kind, by, path, version, isOn }) => [
              String(number),
              spokenTime(at),
              literal(rule),
              `${kind === "switched" ? (isOn ? "switched on" : "switched off") : kind}${version === null ? "" : ` (${literal(version)})`}`,
              literal(by),
              literal(path),
            ]),
          },
          {
            kind: "paragraph",
            text: "`duck rules rollback <rule> --change <#>` goes back before a change.",
            tone: "quiet",
          },
        ],
  exitCode: ({ changes }) => (changes.length === 0 ? 1 : 0),
})
