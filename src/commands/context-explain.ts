import { z } from "zod"
import { count } from "../base/text.ts"
import { type ContextNeed, type PackedContext, sourceNames } from "../context/context.ts"
import { defineCommand } from "./command.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { ContextFlags, missingBlocks, openFile } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { spokenMs } from "./llm/spoken.ts"

const Item = z.object({
  id: z.string(),
  source: z.string(),
  title: z.string(),
  score: z.number(),
  why: z.string(),
  form: z.enum(["whole", "outline", "signatures", "excerpt", "truncated"]),
  tokens: z.int(),
  text: z.string(),
})

const Left = z.object({
  id: z.string(),
  source: z.string(),
  title: z.string(),
  score: z.number(),
  tokens: z.int(),
  reason: z.string(),
})

const Answer = z.object({
  items: z.array(Item),
  left: z.array(Left),
  rules: z.array(z.object({ id: z.string(), title: z.string(), reason: z.string(), tokens: z.int() })),
  /** Files that were named and are not in the index. */
  unknown: z.array(z.string()),
  tokens: z.int(),
  budgetTokens: z.int(),
  sources: z.array(z.object({ name: z.string(), items: z.int(), tookMs: z.number(), problem: z.string().optional() })),
  tookMs: z.number(),
})

export const contextExplain = defineCommand({
  name: "context.explain",
  summary: "Show what a prompt for a task would hold, what not, and why",
  description:
    "Gathers and packs as an engine does, and asks no model. Items are chosen by how much they matter and what they " +
    "cost; longer ones may go in as their outline or signatures.",
  examples: [
    { line: 'duck context explain "add a retry to the upload"', says: "for a task in words" },
    {
      line: 'duck context explain "split this file" --file src/a.ts --budget 4000',
      says: "about a file, in less room",
    },
    {
      line: 'duck context explain "go on here" --open src/a.ts:40 --open src/b.ts',
      says: "as an editor would ask that has these open",
    },
  ],
  input: z.object({
    task: z.string().trim().min(1).max(10_000).describe("The task, in your own words"),
    file: z.array(z.string()).default([]).describe("A file that it is about; may be given several times"),
    symbol: z.array(z.string()).default([]).describe("A name that it is about; may be given several times"),
    source: z.array(z.enum(sourceNames)).optional().describe("Only these sources; may be given several times"),
    budget: z.int().min(100).max(1_000_000).default(24_000).describe("Most tokens of context"),
    within: z
      .int()
      .min(10)
      .max(60_000)
      .optional()
      .describe("Most milliseconds for all sources together; as engines wait where it is left out"),
    engine: z.string().default("explain").describe("The engine it would be for: rules may hold for one alone"),
    ...ContextFlags,
  }),
  output: Answer,
  positionals: ["task"],
  takesRest: true,
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ task, file, symbol, source, budget, within, engine, open, session }, context) {
    const [tools, { gatherWithinMs }, { speaksOfDiagnostics }] = await Promise.all([
      engineTools(context, { command: "context" }),
      import("../context/packing/gather.ts"),
      import("../context/sources/diagnostics.ts"),
    ])
    const need: ContextNeed = {
      ...{ task, engine, session, paths: file, symbols: symbol, user: context.actor.id, sources: source },
      open: open.map(openFile),
      wantsDiagnostics: source?.includes("diagnostics") ?? speaksOfDiagnostics(task),
    }
    const { rules, chunking } = await tools.rulesFor(need)
    const packed = await tools.gather(
      { ...need, chunking },
      { budgetTokens: budget, withinMs: within ?? gatherWithinMs(need), signal: context.signal },
    )
    const known = new Set(tools.index.files())
    return {
      ...shapeOf(packed),
      unknown: [...new Set([...file, ...(need.open ?? []).map(({ path }) => path)])].filter((path) => !known.has(path)),
      rules: rules.map(({ id, title, reason, tokens }) => ({ id, title, reason, tokens })),
    }
  },
  present: ({ items, left, rules, unknown, tokens, budgetTokens, sources, tookMs }) => [
    {
      kind: "paragraph",
      text: `${count(items.length, "item")}, ${tokens} of ${budgetTokens} tokens, gathered in ${spokenMs(tookMs)}.`,
    },
    ...table("What goes in", ["", "", "tokens", "score", "form", "why"], items.map(inRow)),
    ...table("Rules", ["", "tokens", "why"], rules.map(ruleRow)),
    ...table("What stays out", ["", "", "tokens", "score", "why"], left.map(outRow)),
    ...unknown.map(
      (path): Block => ({
        ...{ kind: "paragraph", tone: "warning" },
        text: `The index has no file ${inlineCode(path)}.`,
      }),
    ),
    ...missingBlocks(
      sources.flatMap(({ name, problem }) => (problem === undefined ? [] : [{ source: name, problem }])),
    ),
  ],
})

const shapeOf = ({ items, left, sources, ...packed }: PackedContext) => ({
  ...{ tokens: packed.tokens, budgetTokens: packed.budgetTokens, tookMs: packed.tookMs },
  items: items.map(({ place: _, ...item }) => item),
  left: [...left],
  sources: sources.map(({ name, items, tookMs, problem }) => ({
    ...{ name, items, tookMs },
    ...(problem === undefined ? {} : { problem }),
  })),
})

const inRow = ({ source, title, tokens, score, form, why }: z.infer<typeof Item>) => [
  literal(title),
  source,
  String(tokens),
  score.toFixed(2),
  form,
  literal(why),
]
const ruleRow = ({ title, tokens, reason }: z.infer<typeof Answer>["rules"][number]) => [
  literal(title),
  String(tokens),
  literal(reason),
]
const outRow = ({ source, title, tokens, score, reason }: z.infer<typeof Left>) => [
  literal(title),
  source,
  String(tokens),
  score.toFixed(2),
  literal(reason),
]

const numbers = new Set(["tokens", "score"])
const table = (title: string, columns: readonly string[], rows: readonly string[][]): Block[] =>
  rows.length === 0
    ? []
    : [
        { kind: "heading", text: title, level: 2 },
        {
          kind: "table",
          columns: columns.map((name) => ({ title: name, ...(numbers.has(name) ? { align: "right" } : {}) })),
          rows,
        },
      ]
