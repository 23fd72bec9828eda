import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { casesOf } from "../context/prompts/cases.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenCost, spokenMs } from "./llm/spoken.ts"
import { entryNamed, promptLibrary } from "./prompt/chosen.ts"
import { Trial, type Try, tryAll } from "./prompt/trial.ts"

export const promptTest = defineCommand({
  name: "prompt.test",
  summary: "Render prompts for the cases beside them, and hold them against what is expected",
  description:
    "Cases stand beside a template, in `<name>.cases.yaml`. Without --model no model is asked; with it, answers are held " +
    "against what the cases expect of them. Broken templates are failures too.",
  examples: [
    { line: "duck prompt test", says: "every prompt that has cases" },
    { line: "duck prompt test explain/code@short", says: "one variant" },
    { line: "duck prompt test explain/code --model openai/gpt-6.1-sol", says: "also the model's answers" },
  ],
  input: z.object({
    prompt: z.string().trim().min(1).max(300).optional().describe("Only this prompt or variant"),
    model: z.string().min(1).max(300).optional().describe("Ask this model too"),
    case: z.string().optional().describe("Only the case of this name"),
  }),
  output: z.object({
    trials: z.array(Trial),
    failed: z.int(),
    /** Templates in force that can't be used. */
    broken: z.array(z.string()),
    /** Prompts in force that have no cases. */
    without: z.array(z.string()),
  }),
  positionals: ["prompt"],
  permission: "read",
  timeoutMs: 600_000,
  async run({ prompt, model = null, case: only }, context) {
    const { library, root } = await promptLibrary(context)
    const { fullName } = await import("../context/prompts/library.ts")
    const holding = library.entries.filter(({ holds }) => holds)
    const entries =
      prompt === undefined
        ? holding.filter(
            (entry) => library.choose(entry.name, { family: entry.family, variant: entry.variant }).path === entry.path,
          )
        : [await entryNamed(library, prompt)]
    const tries: Try[] = []
    const broken: string[] = []
    const without: string[] = []
    for (const entry of entries) {
      try {
        entry.template()
      } catch (thrown) {
        broken.push(thrown instanceof Error ? thrown.message : String(thrown))
        continue
      }
      const cases = casesOf(entry, library.entries).filter(
        // A case for one family says nothing about another's version.
        ({ name, family }) =>
          (only === undefined || name === only) && (!family || !entry.family || family === entry.family),
      )
      if (cases.length === 0) without.push(fullName(entry))
      tries.push(...cases.map((one) => ({ prompt: fullName(entry), entry, one, model })))
    }
    if (prompt !== undefined && tries.length === 0 && broken.length === 0) {
      throw new InvalidInputError({
        code: "NO_CASES",
        message: `${prompt} has no ${only === undefined ? "cases" : `case ${JSON.stringify(only)}`}.`,
        hint: "They stand beside the template, in `<name>.cases.yaml`: docs/prompts.md.",
      })
    }
    const trials = await tryAll(tries, { library, root }, context)
    return { trials, failed: trials.filter(({ isGood }) => !isGood).length, broken, without: [...new Set(without)] }
  },
  present: ({ trials, failed, broken, without }) => [
    ...(trials.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [
              { title: "" },
              { title: "prompt" },
              { title: "case" },
              { title: "tokens", align: "right" },
              { title: "" },
            ],
            rows: trials.map(({ isGood, prompt, case: name, tokens, faults, tookMs, costUsd }) => [
              isGood ? "good" : "FAILED",
              literal(prompt),
              literal(name),
              String(tokens),
              literal(
                [
                  ...faults,
                  ...(tookMs === null ? [] : [spokenMs(tookMs)]),
                  ...(costUsd === null ? [] : [spokenCost(costUsd)]),
                ].join("; "),
              ),
            ]),
          } as const,
        ]),
    ...broken.map((problem) => ({ kind: "paragraph", text: literal(problem), tone: "bad" }) as const),
    {
      kind: "paragraph",
      text: `${count(trials.length, "case")}, ${failed} failed${without.length > 0 ? `; without cases: ${literal(without.join(", "))}` : ""}.`,
      tone: failed + broken.length > 0 ? "bad" : "good",
    },
  ],
  exitCode: ({ failed, broken }) => (failed + broken.length > 0 ? 1 : 0),
})
