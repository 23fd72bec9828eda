import { z } from "zod"

/** A quotation that can be checked: these lines of this file say this, in the tree that `freshness` names. */
export const Passage = z.object({
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  language: z.string(),
  text: z.string(),
  /** Lines to look at first. */
  marked: z.array(z.int()),
  /** The definition it comes from, with the names around it: `Log.append`; "" outside any. */
  name: z.string(),
  /** Why it is quoted. */
  note: z.string(),
})
export type Passage = z.infer<typeof Passage>

/** How two things hang together, and the line that shows it. */
export const Connection = z.object({
  from: z.string(),
  verb: z.enum(["calls", "uses", "imports", "extends", "is tested by"]),
  to: z.string(),
  path: z.string(),
  line: z.int(),
  text: z.string(),
  /** 1: uses the target itself; more: through others. */
  depth: z.int(),
  /** 0 to 1: how sure the index is that the names mean each other. */
  confidence: z.number(),
})
export type Connection = z.infer<typeof Connection>

export const CommitNote = z.object({
  sha: z.string(),
  author: z.string(),
  /** ISO 8601. */
  at: z.string(),
  subject: z.string(),
  /** The rest of the message, shortened. */
  body: z.string(),
  filesChanged: z.int(),
})
export type CommitNote = z.infer<typeof CommitNote>

export const FreshnessNote = z.object({
  tree: z.string(),
  head: z.string().nullable(),
  dirtyFiles: z.array(z.string()),
  files: z.int(),
  indexedAt: z.string().nullable(),
  pending: z.int(),
  isComplete: z.boolean(),
})
export type FreshnessNote = z.infer<typeof FreshnessNote>

/** What a model made of the evidence. */
export const ModelAnswer = z.object({
  /** Markdown; a place that is not there is marked "(no such place)". */
  text: z.string(),
  /** "provider/model" */
  model: z.string(),
  citations: z.array(
    z.object({ path: z.string(), line: z.int(), endLine: z.int(), found: z.enum(["evidence", "file", "missing"]) }),
  ),
  /** Sources of context that were not ready, or failed. */
  missingContext: z.array(z.object({ source: z.string(), problem: z.string() })),
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Null: the price is unknown. */
  costUsd: z.number().nullable(),
  tookMs: z.number(),
})
export type ModelAnswer = z.infer<typeof ModelAnswer>

export const AskAnswer = z.object({
  question: z.string(),
  kind: z.enum(["where", "callers", "impact", "how", "who", "tests", "about"]),
  /** What the question was taken to be about. */
  target: z
    .object({
      label: z.string(),
      path: z.string(),
      line: z.int(),
      /** The question did not name it; it is the best match for its words. */
      isAssumed: z.boolean(),
    })
    .nullable(),
  isFound: z.boolean(),
  /** The answer in a sentence or two. */
  headline: z.string(),
  passages: z.array(Passage),
  connections: z.array(Connection),
  tests: z.array(z.object({ path: z.string(), names: z.array(z.string()), reason: z.string() })),
  history: z.array(CommitNote),
  /** Names close to what was asked for, where nothing was found. */
  nearest: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
  /** Commands that lead on. */
  followUps: z.array(z.string()),
  /** Who made the answer: "index" is quotation and counting, no language model; "model" adds `modelAnswer`. */
  madeBy: z.enum(["index", "model"]),
  modelAnswer: ModelAnswer.optional(),
  /** Why there is no `modelAnswer` though a model was asked. */
  modelError: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  freshness: FreshnessNote,
})
export type AskAnswer = z.infer<typeof AskAnswer>

/** What a shape of answer fills in; the rest is empty. */
export type Draft = Partial<
  Omit<AskAnswer, "question" | "kind" | "madeBy" | "modelAnswer" | "modelError" | "freshness">
> &
  Pick<AskAnswer, "isFound" | "headline">
