import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { casesOf } from "../context/prompts/cases.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenCost, spokenMs } from "./llm/spoken.ts"
import { entryNamed, PromptName, promptLibrary } from "./prompt/chosen.ts"
import { Trial, tryAll } from "./prompt/trial.ts"

const Sum = z.object({
  prompt: z.string(),
  model: z.string(),
  tried: z.int(),
  good: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Mean of the calls that were answered; null where none was. */
  meanMs: z.number().nullable(),
  /** Null where the price of one is not known. */
  costUsd: z.number().nullable(),
})
type Sum = z.infer<typeof Sum>

export const promptCompare = defineCommand({
  name: "prompt.compare",
  summary: "Give two prompts the same tasks, and see what models make of each",
  description:
    "The tasks are the cases of the first one. Models are asked several at a time. It is a look at a few cases: what " +
    "holds for people is told by an experiment (`duck prompt stats`).",
  examples: [
    {
      line: "duck prompt compare explain/code explain/code@short --models openai,anthropic",
      says: "two variants with two models",
    },
  ],
  input: z.object({
    prompt: PromptName,
    other: PromptName,
    models: z.array(z.string()).default([]).describe("Models, with commas between; without it the default one"),
    case: z.string().optional().describe("Only the case of this name"),
  }),
  output: z.object({ trials: z.array(Trial), sums: z.array(Sum) }),
  positionals: ["prompt", "other"],
  permission: "read",
  timeoutMs: 600_000,
  async run({ prompt, other, models, case: only }, context) {
    const { library, root } = await promptLibrary(context)
    const named = models.flatMap((one) => one.split(",")).map((one) => one.trim())
    const asked = [...new Set(named.filter((one) => one !== ""))]
    const [first, second] = [await entryNamed(library, prompt), await entryNamed(library, other)]
    const cases = casesOf(first, library.entries).filter(({ name }) => only === undefined || name === only)
    if (cases.length === 0) {
      throw new InvalidInputError({
        code: "NO_CASES",
        message: `${prompt} has no ${only === undefined ? "cases" : `case ${JSON.stringify(only)}`} to compare with.`,
        hint: "They stand beside the template, in `<name>.cases.yaml`: docs/prompts.md.",
      })
    }
    const pairs = [
      { prompt, entry: first },
      { prompt: other, entry: second },
    ]
    const tries = cases.flatMap((one) =>
      (asked.length > 0 ? asked : [""]).flatMap((model) => pairs.map((pair) => ({ ...pair, one, model }))),
    )
    const trials = await tryAll(tries, { library, root }, context)
    return { trials, sums: sumsOf(trials) }
  },
  present: ({ trials, sums }) => [
    {
      kind: "table",
      columns: ["prompt", "model", "good", "in", "out", "mean", "cost"].map((title, i) => ({
        title,
        ...(i > 1 ? { align: "right" } : {}),
      })),
      rows: sums.map(({ prompt, model, tried, good, inputTokens, outputTokens, meanMs, costUsd }) => [
        literal(prompt),
        literal(model || "the default"),
        `${good} of ${tried}`,
        String(inputTokens),
        String(outputTokens),
        meanMs === null ? "" : spokenMs(meanMs),
        costUsd === null ? "unknown" : spokenCost(costUsd),
      ]),
    },
    ...trials.flatMap(({ isGood, prompt, case: name, model, faults }): Block[] =>
      isGood
        ? []
        : [
            {
              kind: "paragraph",
              text: literal(`${prompt}, ${name}${model ? `, ${model}` : ""}: ${faults.join("; ")}`),
              tone: "bad",
            },
          ],
    ),
  ],
  exitCode: ({ trials }) => (trials.every(({ isGood }) => isGood) ? 0 : 1),
})

function sumsOf(trials: readonly Trial[]): Sum[] {
  const groups = Map.groupBy(trials, ({ prompt, model }) => JSON.stringify([prompt, model]))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const answered = group.filter(({ answer }) => answer !== null)
    const sum = (of: (trial: Trial) => number | null) => answered.reduce((total, one) => total + (of(one) ?? 0), 0)
    const isPriced = answered.length > 0 && answered.every(({ costUsd }) => costUsd !== null)
    return [
      {
        ...{ prompt: first.prompt, model: first.model ?? "", tried: group.length },
        good: group.filter(({ isGood }) => isGood).length,
        inputTokens: sum(({ tokens }) => tokens),
        outputTokens: sum(({ outputTokens }) => outputTokens),
        meanMs: answered.length === 0 ? null : sum(({ tookMs }) => tookMs) / answered.length,
        costUsd: isPriced ? sum(({ costUsd }) => costUsd) : null,
      },
    ]
  })
}
