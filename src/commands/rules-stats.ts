import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { rulesOf } from "./rules/shapes.ts"

export const rulesStats = defineCommand({
  name: "rules.stats",
  summary: "Show how rules are used, how quick they are, and whether all of them work",
  examples: [{ line: "duck rules stats", says: "uses, tokens, times, checks that rest" }],
  input: z.object({}),
  output: z.object({
    rules: z.int(),
    on: z.int(),
    off: z.int(),
    brokenFiles: z.int(),
    conflicts: z.int(),
    byLayer: z.record(z.string(), z.int()),
    uses: z.array(z.object({ rule: z.string(), times: z.int(), tokens: z.int(), lastAt: z.string() })),
    /** Checks that failed again and again. */
    resting: z.array(z.object({ id: z.string(), failures: z.int(), why: z.string(), untilMs: z.number() })),
    /** Since the server has opened the project. */
    questions: z.object({ asked: z.int(), known: z.int(), meanMs: z.number(), mostMs: z.number() }),
    generation: z.int(),
    loadMs: z.number(),
    lastReloadMs: z.number().nullable(),
    isHealthy: z.boolean(),
  }),
  permission: "read",
  async run(_input, context) {
    const stats = await (await rulesOf(context)).stats()
    const isHealthy = stats.brokenFiles === 0 && stats.resting.length === 0
    return { ...stats, byLayer: { ...stats.byLayer }, uses: [...stats.uses], resting: [...stats.resting], isHealthy }
  },
  present: ({ rules, on, off, brokenFiles, conflicts, byLayer, uses, resting, questions, loadMs, lastReloadMs }) => [
    {
      kind: "fields",
      entries: [
        [
          "rules",
          `${rules}: ${on} on, ${off} off (${Object.entries(byLayer)
            .map(([layer, n]) => `${layer} ${n}`)
            .join(", ")})`,
        ],
        ["wrong", `${count(brokenFiles, "broken file")}, ${count(conflicts, "conflict")}`],
        [
          "questions",
          `${questions.asked}, ${questions.known} of them known; ${questions.meanMs.toFixed(3)} ms, at most ${questions.mostMs.toFixed(1)} ms`,
        ],
        [
          "read",
          `in ${Math.round(loadMs)} ms; the last change in ${lastReloadMs === null ? "-" : Math.round(lastReloadMs)} ms`,
        ],
      ],
    },
    ...resting.map(
      ({ id, failures, why }): Block => ({
        kind: "paragraph",
        text: literal(`The check of ${id} rests after ${count(failures, "failure")}: ${why}`),
        tone: "bad",
      }),
    ),
    ...(uses.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [
              { title: "rule" },
              { title: "in prompts", align: "right" },
              { title: "tokens", align: "right" },
              { title: "last" },
            ],
            rows: uses.map(({ rule, times, tokens, lastAt }) => [
              literal(rule),
              String(times),
              tokens.toLocaleString("en-US"),
              spokenTime(lastAt),
            ]),
          } satisfies Block,
        ]),
  ],
})
