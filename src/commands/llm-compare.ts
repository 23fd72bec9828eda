import { z } from "zod"
import { projectRootOf } from "../access/config-reader.ts"
import { asDuckError, InvalidInputError } from "../base/errors.ts"
import type { Attribution } from "../models/attribution.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { markdownBlocks } from "./llm/markdown-blocks.ts"
import { similarity } from "./llm/similarity.ts"
import { spokenCost, spokenMs, spokenTokens } from "./llm/spoken.ts"

const Answer = z.object({
  /** As it was asked for. */
  asked: z.string(),
  /** "provider/model"; "" where it did not answer. */
  model: z.string(),
  text: z.string(),
  firstTokenMs: z.number().nullable(),
  tookMs: z.number(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costUsd: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
type Answer = z.output<typeof Answer>

export const llmCompare = defineCommand({
  name: "llm.compare",
  summary: "Ask several models the same, and see their answers side by side",
  description:
    "They are asked at the same time. Similarity is the share of word pairs that two answers have in common. At a " +
    "terminal you are asked which answer you liked best; --prefer says it later or from a script, and asks no model " +
    "again. It is kept for later learning, without the prompt.",
  examples: [
    { line: 'duck llm compare "What is a monad?" --models openai,anthropic,ollama/qwen3:8b', says: "three answers" },
    {
      line: 'duck llm compare "What is a monad?" --models openai,anthropic --prefer anthropic',
      says: "that one was best",
    },
  ],
  input: z.object({
    prompt: z.string().trim().min(1).max(100_000).describe("What to ask"),
    models: z.array(z.string()).min(1).describe("Two models or more, with commas between them"),
    prefer: z.string().optional().describe("The model whose answer you liked best"),
    maxTokens: z.int().min(1).max(1_000_000).default(2_000).describe("Longest answer"),
  }),
  output: z.object({
    prompt: z.string(),
    answers: z.array(Answer),
    /** Of each pair of models that answered, 0 to 1. */
    similarities: z.array(z.object({ a: z.string(), b: z.string(), similarity: z.number() })),
    /** Kept as an event; null where none was named. */
    preferred: z.string().nullable(),
  }),
  positionals: ["prompt"],
  permission: "read",
  timeoutMs: 600_000,
  async run({ prompt, models, prefer, maxTokens }, context) {
    const names = [...new Set(models.flatMap((one) => one.split(",")).map((one) => one.trim()))].filter(
      (one) => one !== "",
    )
    if (names.length < 2)
      throw new InvalidInputError({ message: "Two models or more are compared.", hint: "--models a,b,c" })
    const attribution = {
      user: context.actor.id,
      project: projectRootOf(context.folder),
      command: "llm.compare",
    }
    if (prefer !== undefined) {
      if (!names.includes(prefer)) throw new InvalidInputError({ message: `--prefer is one of ${names.join(", ")}.` })
      const others = names.filter((name) => name !== prefer)
      await context.host.models.prefer({ attribution, prompt, preferred: prefer, others })
      return { prompt, answers: [], similarities: [], preferred: prefer }
    }
    let done = 0
    const answers = await Promise.all(
      names.map(async (name) => {
        const answer = await answerOf(name, { prompt, maxTokens, attribution }, context)
        done += 1
        context.progress({ phase: "compare", done, total: names.length, message: `${name} answered` })
        return answer
      }),
    )
    return { prompt, answers, similarities: similaritiesOf(answers), preferred: null }
  },
  present: ({ answers, similarities, preferred }) =>
    preferred !== null
      ? [{ kind: "paragraph", text: `Kept: **${literal(preferred)}** gave the best answer.`, tone: "good" }]
      : [
          ...answers.flatMap(answerBlocks),
          { kind: "heading", text: "Side by side", level: 2 },
          factsTable(answers),
          ...(similarities.length > 0 ? [similarityTable(similarities)] : []),
        ],
  choice({ answers }) {
    const sound = answers.filter(({ error }) => !error)
    if (sound.length < 2) return undefined
    return {
      question: "Which answer did you like best? It is kept for later learning, without the prompt.",
      options: sound.map(({ asked }) => ({ label: asked, input: { prefer: asked } })),
    }
  },
  exitCode: ({ answers }) => (answers.some(({ error }) => error) ? 1 : 0),
})

async function answerOf(
  asked: string,
  { prompt, maxTokens, attribution }: { prompt: string; maxTokens: number; attribution: Attribution },
  { host, signal }: CommandContext,
): Promise<Answer> {
  const startedAt = performance.now()
  const answer = { asked, model: "", text: "", firstTokenMs: null as number | null, inputTokens: 0, outputTokens: 0 }
  let costUsd: number | null = null
  const request = {
    model: asked,
    messages: [{ role: "user", parts: [{ kind: "text", text: prompt }] }],
    maxOutputTokens: maxTokens,
    attribution,
  } as const
  try {
    for await (const event of host.models.only(request, signal)) {
      if (event.kind === "start") answer.model = `${event.provider}/${event.model}`
      if (event.kind === "text") {
        answer.firstTokenMs ??= performance.now() - startedAt
        answer.text += event.text
      }
      if (event.kind === "end") {
        answer.inputTokens = event.usage.inputTokens
        answer.outputTokens = event.usage.outputTokens
        costUsd = event.costUsd ?? null
      }
    }
    return { ...answer, costUsd, tookMs: performance.now() - startedAt }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code, message } = asDuckError(thrown)
    return { ...answer, costUsd, tookMs: performance.now() - startedAt, error: { code, message } }
  }
}

function similaritiesOf(answers: readonly Answer[]) {
  const sound = answers.filter(({ error }) => !error)
  return sound.flatMap((a, at) =>
    sound.slice(at + 1).map((b) => ({ a: a.asked, b: b.asked, similarity: similarity(a.text, b.text) })),
  )
}

const answerBlocks = ({ asked, model, text, error }: Answer): Block[] => [
  { kind: "heading", text: model === "" || model === asked ? asked : `${asked} (${model})`, level: 2 },
  ...(error
    ? [{ kind: "paragraph", text: literal(error.message), tone: "bad" } as const]
    : markdownBlocks(text.trim() === "" ? "(nothing)" : text)),
]

const factsTable = (answers: readonly Answer[]): Block => ({
  kind: "table",
  columns: [
    { title: "model" },
    ...["first token", "all of it", "in", "out", "cost"].map((title) => ({ title, align: "right" as const })),
  ],
  rows: answers.map(({ asked, firstTokenMs, tookMs, inputTokens, outputTokens, costUsd, error }) =>
    error
      ? [literal(asked), "failed", "", "", "", ""]
      : [
          literal(asked),
          firstTokenMs === null ? "" : spokenMs(firstTokenMs),
          spokenMs(tookMs),
          spokenTokens(inputTokens),
          spokenTokens(outputTokens),
          spokenCost(costUsd),
        ],
  ),
})

const similarityTable = (similarities: readonly { a: string; b: string; similarity: number }[]): Block => ({
  kind: "table",
  columns: [{ title: "alike" }, { title: "", align: "right" }],
  rows: similarities.map(({ a, b, similarity }) => [literal(`${a} and ${b}`), `${Math.round(similarity * 100)} %`]),
})
