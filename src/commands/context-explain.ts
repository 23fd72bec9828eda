import { z } from "zod"
import { count } from "../base/text.ts"
import type { PackedContext } from "../context/context.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
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
  ],
  input: z.object({
    task: z.string().trim().min(1).max(10_000).describe("The task, in your own words"),
    file: z.array(z.string()).default([]).describe("A file that it is about; may be given several times"),
    symbol: z.array(z.string()).default([]).describe("A name that it is about; may be given several times"),
    source: z.array(z.string()).optional().describe("Only these sources; may be given several times"),
    budget: z.int().min(100).max(1_000_000).default(24_000).describe("Most tokens of context"),
    within: z.int().min(10).max(60_000).default(5_000).describe("Most milliseconds for all sources together"),
    engine: z.string().default("explain").describe("The engine it would be for: rules may hold for one alone"),
  }),
  output: Answer,
  positionals: ["task"],
  takesRest: true,
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ task, file, symbol, source, budget, within, engine }, context) {
    const tools = await engineTools(context, { command: "context" })
    const user = context.actor.id
    const need = { task, engine, paths: file, symbols: symbol, user, ...(source ? { sources: source } : {}) }
    const { rules, chunking } = await tools.rulesFor(need)
    const packed = await tools.gather(
      { ...need, chunking },
      { budgetTokens: budget, withinMs: within, signal: context.signal },
    )
    return {
      ...shapeOf(packed),
      rules: rules.map(({ id, title, reason, tokens }) => ({ id, title, reason, tokens })),
    }
  },
  present: ({ items, left, rules, tokens, budgetTokens, sources, tookMs }) => [
    {
      kind: "paragraph",
      text: `${count(items.length, "item")}, ${tokens} of ${budgetTokens} tokens, gathered in ${spokenMs(tookMs)}.`,
    },
    ...table("What goes in", ["", "", "tokens", "score", "form", "why"], items.map(inRow)),
    ...table("Rules", ["", "tokens", "why"], rules.map(ruleRow)),
    ...table("What stays out", ["", "", "tokens", "score", "why"], left.map(outRow)),
    ...sources.flatMap(({ name, problem }): Block[] =>
      problem === undefined ? [] : [{ kind: "paragraph", text: literal(`${name}: ${problem}.`), tone: "warning" }],
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
