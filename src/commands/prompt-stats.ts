import { z } from "zod"
import { effectOf, experimentEffect } from "../context/prompts/effect.ts"
import { baseVariant } from "../context/prompts/experiments.ts"
import type { OutcomeRow } from "../context/prompts/view.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenCost, spokenMs } from "./llm/spoken.ts"
import { promptLibrary } from "./prompt/chosen.ts"
import { experimentsOf } from "./prompt/prompts-of.ts"

const Estimate = z.object({ value: z.number(), low: z.number(), high: z.number(), n: z.int() }).nullable()
const Effect = z.object({
  calls: z.int(),
  /** Shares of the calls, with Wilson's interval of 95 %. */
  atOnce: Estimate,
  repaired: Estimate,
  failed: Estimate,
  /** Shares of what people decided about. */
  accepted: Estimate,
  rejected: Estimate,
  /** Means, with Student's interval of 95 %. */
  durationMs: Estimate,
  costUsd: Estimate,
})
type Effect = z.infer<typeof Effect>

export const promptStats = defineCommand({
  name: "prompt.stats",
  summary: "Show how what prompts make comes out, and what experiments tell so far",
  description:
    "Calls come out usable at once, repaired or failed; proposals are accepted or rejected by people. Shares have " +
    "Wilson's interval of 95 %, means Student's. Experiments are settings: prompts.experiments (docs/prompts.md).",
  examples: [
    { line: "duck prompt stats", says: "every prompt of this project, and every experiment" },
    { line: "duck prompt stats explain", says: "those whose name begins so" },
  ],
  input: z.object({ about: z.string().default("").describe("Only prompts whose name begins so") }),
  output: z.object({
    prompts: z.array(Effect.extend({ prompt: z.string(), version: z.string(), source: z.string() })),
    experiments: z.array(
      z.object({
        name: z.string(),
        prompt: z.string(),
        sample: z.int(),
        variants: z.array(Effect.extend({ variant: z.string() })),
        verdict: z.string(),
        winner: z.string().nullable(),
        /** Variants that there is no template of: people get the ordinary version, which is not counted. */
        missing: z.array(z.string()),
      }),
    ),
  }),
  positionals: ["about"],
  permission: "read",
  async run({ about }, context) {
    const { promptRecord } = await import("../context/prompts/record.ts")
    const { host } = context
    const log = `project.${(await context.project()).id}` as const
    const all = await promptRecord(host.fabric(), host.clock).rows(log)
    const { library } = await promptLibrary(context)
    const rows = all.filter(({ prompt }) => prompt.startsWith(about))
    const groups = Map.groupBy(rows, ({ prompt, version, source }) => JSON.stringify([prompt, version, source]))
    return {
      prompts: [...groups.values()].flatMap((group) => namedEffect(group)),
      experiments: experimentsOf(context)
        .filter(({ prompt }) => prompt.startsWith(about))
        .map((experiment) => {
          const { variants, verdict, winner } = experimentEffect(experiment, rows)
          const { name, prompt, sample } = experiment
          const there = library.entries
            .filter((entry) => entry.holds && entry.name === prompt)
            .map(({ variant }) => variant)
          const missing = variants
            .map(({ variant }) => variant)
            .filter((variant) => !there.includes(variant === baseVariant ? "" : variant))
          return { name, prompt, sample, variants: [...variants], verdict, winner, missing }
        }),
    }
  },
  present: ({ prompts, experiments }) => [
    prompts.length === 0
      ? { kind: "paragraph", text: "No prompt of this project has made anything yet.", tone: "quiet" }
      : effectTable(
          "prompt",
          prompts.map((one) => [
            `${one.prompt} ${one.version}${one.source === "built in" ? "" : ` (${one.source})`}`,
            one,
          ]),
        ),
    ...experiments.flatMap(({ name, prompt, variants, verdict, winner, missing }): Block[] => [
      { kind: "heading", text: literal(`${name}: ${prompt}`), level: 2 },
      effectTable(
        "variant",
        variants.map((one) => [one.variant, one]),
      ),
      { kind: "paragraph", text: literal(verdict), tone: winner === null ? "normal" : "good" },
      ...(missing.length === 0
        ? []
        : [
            {
              kind: "paragraph",
              text: literal(`There is no template in force of: ${missing.join(", ")}.`),
              tone: "warning",
            } satisfies Block,
          ]),
    ]),
  ],
})

function namedEffect(group: readonly OutcomeRow[]) {
  const [first] = group
  return first ? [{ ...effectOf(group), prompt: first.prompt, version: first.version, source: first.source }] : []
}

const effectTable = (title: string, rows: readonly (readonly [string, Effect])[]): Block => ({
  kind: "table",
  columns: [
    { title },
    ...["calls", "at once", "repaired", "failed", "accepted", "took", "cost"].map((name) => ({
      title: name,
      align: "right" as const,
    })),
  ],
  rows: rows.map(([name, { calls, atOnce, repaired, failed, accepted, durationMs, costUsd }]) => [
    literal(name),
    String(calls),
    ...[atOnce, repaired, failed, accepted].map(share),
    durationMs === null ? "" : spokenMs(durationMs.value),
    costUsd === null ? "" : spokenCost(costUsd.value),
  ]),
})

const percent = (value: number) => Math.round(value * 100)
const share = (estimate: Effect["atOnce"]): string =>
  estimate === null ? "" : `${percent(estimate.value)} % (${percent(estimate.low)}-${percent(estimate.high)})`
