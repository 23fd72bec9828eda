import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { didYouMean } from "../base/suggest.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { RuleRow, rowOf, rulesOf } from "./rules/shapes.ts"

const Example = z.object({
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  name: z.string(),
  language: z.string(),
  text: z.string(),
})

export const rulesShow = defineCommand({
  name: "rules.show",
  summary: "Show a rule with its text and what it says of itself",
  examples: [
    { line: "duck rules show AGENTS.md", says: "by id or path" },
    { line: "duck rules show tests-first --examples", says: "with passages of the code that are about it" },
  ],
  input: z.object({
    rule: z.string().min(1).describe("Its id, or its path"),
    examples: z.boolean().default(false).describe("Also passages of the code that are about what it says"),
  }),
  output: RuleRow.extend({
    description: z.string(),
    text: z.string(),
    tags: z.array(z.string()),
    priority: z.number(),
    requires: z.array(z.string()),
    overrides: z.array(z.string()),
    extends: z.string().nullable(),
    imports: z.array(z.string()),
    check: z.string().nullable(),
    examples: z.array(Example),
  }),
  positionals: ["rule"],
  permission: "read",
  async run({ rule: id, examples }, context) {
    const rules = await rulesOf(context)
    const all = rules.all()
    const found = all.findLast(({ rule }) => rule.id === id || rule.path === id)
    if (!found) {
      throw new NotFoundError({
        code: "NO_RULE",
        message: `There is no rule ${JSON.stringify(id)}.`,
        hint:
          didYouMean(
            id,
            all.map(({ rule }) => rule.id),
          ) ?? "`duck rules list --all` shows those that there are.",
      })
    }
    const { rule, text } = found
    const { index } = await context.project()
    return {
      ...rowOf(found),
      description: rule.description,
      text,
      tags: [...rule.tags],
      priority: rule.priority,
      requires: [...rule.requires],
      overrides: [...rule.overrides],
      extends: rule.extends,
      imports: [...rule.imports],
      check: rule.check === null ? null : (rule.check.pattern ?? rule.check.regex ?? null),
      examples: examples ? await rules.examples(rule.id, index, context.signal) : [],
    }
  },
  present: ({ id, title, layer, format, path, holds, isHard, version, tokens, never, text, examples, ...more }) => [
    { kind: "heading", text: literal(title) },
    {
      kind: "fields",
      entries: [
        ["id", literal(id)],
        ["from", literal(`${path} (${format}, ${layer})`)],
        ["holds", literal(never ?? holds)],
        [
          "kind",
          `${isHard ? "hard" : "soft"}, ${tokens} tokens${version === null ? "" : `, version ${literal(version)}`}`,
        ],
        ...(more.check === null ? [] : ([["check", literal(more.check)]] as const)),
        ...(more.tags.length === 0 ? [] : ([["tags", literal(more.tags.join(", "))]] as const)),
        ...(more.requires.length === 0 ? [] : ([["requires", literal(more.requires.join(", "))]] as const)),
        ...(more.overrides.length === 0 ? [] : ([["overrides", literal(more.overrides.join(", "))]] as const)),
        ...(more.extends === null ? [] : ([["extends", literal(more.extends)]] as const)),
        ...(more.imports.length === 0 ? [] : ([["imports", literal(more.imports.join(", "))]] as const)),
      ],
    },
    { kind: "quote", path, startLine: 1, endLine: text.split("\n").length, text, language: "markdown" },
    ...examples.map(
      (one): Block => ({
        kind: "quote",
        path: one.path,
        startLine: one.startLine,
        endLine: one.endLine,
        text: one.text,
        language: one.language,
        note: "an example",
      }),
    ),
  ],
})
