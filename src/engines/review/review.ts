import { z } from "zod"
import { Finding } from "../../code/finding.ts"
import { FreshnessNote } from "../ask/answer.ts"

export const ChangedSymbol = z.object({
  /** After the change; of a removed one before it. */
  path: z.string(),
  /** With the names around it: `Log.append`. */
  name: z.string(),
  kind: z.string(),
  change: z.enum(["added", "removed", "signature", "moved", "renamed", "body"]),
  isExported: z.boolean(),
  startLine: z.int(),
  endLine: z.int(),
  /** "" on a side where there is none. */
  signatureBefore: z.string(),
  signature: z.string(),
  /** Where a moved or renamed one was: `src/a.ts#name`. */
  from: z.string().nullable(),
  /** Uses that the index knows, tests not counted, and how many of them this change touches. */
  uses: z.array(z.object({ path: z.string(), line: z.int(), text: z.string(), isTouched: z.boolean() })),
  /** How many definitions and files depend on it, directly and through others. */
  dependants: z.int(),
  /** Test files that reach it; `isTouched`: the change touches one of them. */
  tests: z.object({ paths: z.array(z.string()), isTouched: z.boolean() }),
})
export type ChangedSymbol = z.infer<typeof ChangedSymbol>

export const ReviewedFile = z.object({
  path: z.string(),
  oldPath: z.string(),
  status: z.enum(["added", "modified", "deleted", "renamed"]),
  addedLines: z.int(),
  removedLines: z.int(),
  /** Why its text was not looked at. */
  unread: z.string().nullable(),
  /** "security", "concurrency", "migration", "build", "dependencies": what makes it a file to look at twice. */
  sensitive: z.array(z.string()),
})
export type ReviewedFile = z.infer<typeof ReviewedFile>

export const Risk = z.object({
  /** 0 to 100: the sum of the factors' points. */
  score: z.int().min(0).max(100),
  level: z.enum(["low", "medium", "high", "critical"]),
  factors: z.array(
    z.object({ name: z.string(), points: z.int(), most: z.int(), formula: z.string(), says: z.string() }),
  ),
})
export type Risk = z.infer<typeof Risk>

export const Review = z.object({
  /** What was compared with what. */
  of: z.string(),
  headline: z.string(),
  files: z.array(ReviewedFile),
  symbols: z.array(ChangedSymbol),
  risk: Risk,
  /** Gravest first. Those that are tagged "context" are not on a changed line. */
  findings: z.array(Finding),
  missingTests: z.array(z.object({ path: z.string(), line: z.int(), name: z.string(), why: z.string() })),
  /** To the author. */
  questions: z.array(z.string()),
  /** In a model's words; "" without one. */
  summary: z.string(),
  /** What a model said and what was wrong with it. */
  dropped: z.array(z.object({ message: z.string(), why: z.string() })),
  /** What was left out or could not be looked at. */
  notes: z.array(z.string()),
  freshness: FreshnessNote,
})
export type Review = z.infer<typeof Review>
