import { posix, relative, resolve, sep } from "node:path"
import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { formats, layers } from "../context/rules/rule.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { ConflictRow, conflictBlocks, rulesOf } from "./rules/shapes.ts"

const Applied = z.object({
  id: z.string(),
  title: z.string(),
  text: z.string(),
  tokens: z.int(),
  source: z.object({ path: z.string(), layer: z.enum(layers), format: z.enum(formats) }),
  reason: z.string(),
  score: z.number(),
  isHard: z.boolean(),
  hash: z.string(),
})

export const rulesExplain = defineCommand({
  name: "rules.explain",
  summary: "Explain which rules hold for a file and a task, and why each is in or out",
  examples: [
    { line: "duck rules explain src/main.ts", says: "what an agent is told when it touches the file" },
    { line: "duck rules explain --task review", says: "what holds for a task, without a file" },
    { line: "duck rules explain src/main.ts --budget 2000", says: "what of it fits into 2,000 tokens" },
  ],
  input: z.object({
    path: z.string().min(1).optional().describe("A file, relative to where you stand; it need not be there yet"),
    task: z.string().max(2_000).optional().describe("What is to be done, in words"),
    tag: z.array(z.string()).default([]).describe("Only rules with this tag; may be given several times"),
    named: z
      .array(z.string())
      .default([])
      .describe("A rule that holds only when it is named; may be given several times"),
    budget: z.int().min(0).optional().describe("The most tokens; by default the setting rules.budgetTokens"),
    left: z.boolean().default(true).describe("Also the rules that are out"),
  }),
  output: z.object({
    path: z.string().nullable(),
    rules: z.array(Applied),
    left: z.array(z.object({ id: z.string(), path: z.string(), reason: z.string() })),
    offered: z.array(z.object({ id: z.string(), path: z.string(), description: z.string() })),
    conflicts: z.array(ConflictRow),
    /** The class of model that the rules ask for, which rule does, and the model that you have named for it. */
    model: z.object({ class: z.string(), by: z.string(), alias: z.string().nullable() }).nullable(),
    chunking: z
      .object({ unit: z.enum(["symbol", "file", "section"]), maxTokens: z.int().optional(), by: z.string() })
      .nullable(),
    tokens: z.int(),
    budgetTokens: z.int(),
  }),
  positionals: ["path"],
  permission: "read",
  async run({ path, task, tag, named, budget, left }, context) {
    const rules = await rulesOf(context)
    const { root } = await context.project()
    const at = path === undefined ? undefined : within(root, context.folder, path)
    const { values } = context.config()
    const budgetTokens = budget ?? values["rules.budgetTokens"]
    const found = rules.applicable({
      user: context.actor.id,
      path: at,
      task,
      budgetTokens,
      ...(tag.length > 0 ? { tags: tag } : {}),
      ...(named.length > 0 ? { named } : {}),
    })
    const aliases = values["llm.aliases"]
    return {
      path: at ?? null,
      rules: [...found.rules],
      left: left ? [...found.left] : [],
      offered: [...found.offered],
      conflicts: found.conflicts.map((one) => ({
        ...one,
        rules: [...one.rules] as [string, string],
        paths: [...one.paths] as [string, string],
      })),
      model: found.model ? { ...found.model, alias: aliases[found.model.class] ?? null } : null,
      chunking: found.chunking ?? null,
      tokens: found.tokens,
      budgetTokens,
    }
  },
  present: ({ path, rules, left, conflicts, model, chunking, tokens, budgetTokens }) => [
    {
      kind: "paragraph",
      text: `${count(rules.length, "rule")}${path === null ? "" : ` for ${literal(path)}`}, ${tokens.toLocaleString("en-US")} of ${budgetTokens.toLocaleString("en-US")} tokens. The last goes first.`,
    },
    ...(rules.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [
              { title: "rule" },
              { title: "of the" },
              { title: "why" },
              { title: "score", align: "right" },
              { title: "tokens", align: "right" },
            ],
            rows: rules.map((one) => [
              literal(one.isHard ? `${one.id} (hard)` : one.id),
              one.source.layer,
              literal(one.reason),
              one.score.toFixed(2),
              String(one.tokens),
            ]),
          } satisfies Block,
        ]),
    ...(model
      ? [
          {
            kind: "paragraph",
            text: literal(
              `${model.by} asks for a model of the class ${model.class}: ${model.alias ?? `you have named none; set llm.aliases.${model.class}`}.`,
            ),
          } satisfies Block,
        ]
      : []),
    ...(chunking
      ? [{ kind: "paragraph", text: literal(`${chunking.by} asks for chunks of a ${chunking.unit}.`) } satisfies Block]
      : []),
    ...conflictBlocks(conflicts),
    ...(left.length === 0
      ? []
      : [
          { kind: "heading", text: "Out", level: 2 } satisfies Block,
          {
            kind: "table",
            columns: [{ title: "rule" }, { title: "why" }],
            rows: left.map(({ id, reason }) => [literal(id), literal(reason)]),
          } satisfies Block,
        ]),
  ],
})

function within(root: string, folder: string, path: string): string {
  const at = relative(root, resolve(folder, path)).split(sep).join(posix.sep)
  if (at !== "" && at !== ".." && !at.startsWith("../")) return at
  throw new InvalidInputError({
    message: `${path} is no file of the project ${root}.`,
    hint: "Name a file in it, or leave it out to see what holds for everything.",
  })
}
