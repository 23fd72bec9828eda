import { z } from "zod"
import { CommitNote, Connection, FreshnessNote, Passage } from "../ask/answer.ts"

export const OutlineEntry = z.object({
  /** With the names around it: `Log.append`. */
  name: z.string(),
  kind: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  signature: z.string(),
  /** First sentence of its doc comment. */
  says: z.string(),
  /** How many definitions stand around it. */
  depth: z.int(),
})
export type OutlineEntry = z.infer<typeof OutlineEntry>

/** What can be said of a file, a definition or some lines without a model: quotation, structure, edges, history, tests. */
export const Explanation = z.object({
  target: z.string(),
  kind: z.enum(["file", "symbol", "range"]),
  path: z.string(),
  startLine: z.int(),
  endLine: z.int(),
  headline: z.string(),
  /** The doc comment, whole. */
  doc: z.string(),
  passage: Passage.nullable(),
  outline: z.array(OutlineEntry),
  /** Definitions of the same name elsewhere. */
  others: z.array(z.object({ name: z.string(), path: z.string(), line: z.int() })),
  callers: z.array(Connection),
  callees: z.array(Connection),
  imports: z.array(z.object({ module: z.string(), line: z.int(), to: z.array(z.string()) })),
  importedBy: z.array(z.object({ path: z.string(), line: z.int() })),
  tests: z.array(z.object({ path: z.string(), names: z.array(z.string()), reason: z.string() })),
  history: z.array(CommitNote),
  followUps: z.array(z.string()),
  madeBy: z.literal("index"),
  freshness: FreshnessNote,
})
export type Explanation = z.infer<typeof Explanation>
