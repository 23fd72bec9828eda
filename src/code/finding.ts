import { createHash } from "node:crypto"
import { z } from "zod"

/** SARIF's levels, of which `none` is never used. */
export const Severity = z.enum(["error", "warning", "note"])
export type Severity = z.infer<typeof Severity>

/** Lines and columns are 1-based; a column counts UTF-16 code units; the end column is the one after the last. */
export const Span = z.object({
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
})
export type Span = z.infer<typeof Span>

/** Replaces what stands in the span. Edits of one fix don't overlap. */
export const SpanEdit = Span.extend({ path: z.string(), text: z.string() })
export type SpanEdit = z.infer<typeof SpanEdit>

export const Place = Span.extend({ path: z.string(), says: z.string() })
export type Place = z.infer<typeof Place>

/**
 * What analyzers, linters, type checkers, rules, plan critics and reviewers say of code. The path is posix and relative
 * to the project's root.
 */
export const Finding = Span.extend({
  /** Who found it: "duck", or the tool ("eslint", "tsc", "ruff"), or "model". */
  source: z.string(),
  /** Stable, `<area>/<name>`: "security/sql-injection", "complexity/cognitive", "eslint/no-unused-vars". */
  rule: z.string(),
  severity: Severity,
  /** One sentence about this very place. */
  message: z.string(),
  path: z.string(),
  /** The source line or the fact that it rests on. */
  evidence: z.string(),
  /** Why it matters and what to do, for whoever does not know the rule. */
  explanation: z.string().optional(),
  /** 0 to 1: how sure it is that this is no false alarm. */
  confidence: z.number().min(0).max(1),
  tags: z.array(z.string()),
  /** Other places that belong to it: the other half of a duplicate, the source of tainted data. */
  related: z.array(Place),
  /** `isSafe`: behaviour stays as it is, so that it can be applied unasked. */
  fix: z.object({ says: z.string(), edits: z.array(SpanEdit), isSafe: z.boolean() }).optional(),
  /** Stays the same while lines move around it: what baselines and suppressions know it by. */
  fingerprint: z.string(),
})
export type Finding = z.infer<typeof Finding>

/** A critic says what it finds in a subject. Throws only where it can't look at all; stops when the signal fires. */
export type Critic<Subject> = (subject: Subject, signal: AbortSignal) => AsyncIterable<Finding>

type Given = Pick<Finding, "rule" | "severity" | "message" | "path" | "evidence"> & Partial<Finding>

/**
 * A finding with what it does not say filled in: the first line's start, source "duck", sure. `nth` tells apart findings
 * of one rule whose evidence is the same in one file.
 */
export function findingOf(given: Given, nth = 0): Finding {
  const startLine = given.startLine ?? 1
  const startColumn = given.startColumn ?? 1
  const fingerprint = given.fingerprint ?? fingerprintOf(given, nth)
  return {
    source: "duck",
    confidence: 1,
    tags: [],
    related: [],
    endLine: startLine,
    endColumn: startColumn,
    ...given,
    startLine,
    startColumn,
    fingerprint,
  }
}

/** Of rule, path and evidence without its white space: 16 hexadecimal digits. */
export function fingerprintOf({ rule, path, evidence }: Pick<Finding, "rule" | "path" | "evidence">, nth = 0): string {
  const text = [rule, path, evidence.replace(/\s+/g, " ").trim(), String(nth)].join("\0")
  return createHash("sha256").update(text).digest("hex").slice(0, 16)
}

const order: Record<Severity, number> = { error: 0, warning: 1, note: 2 }

/** Gravest first, then by path and place: the order in which findings are shown. */
export function byGravity(a: Finding, b: Finding): number {
  return (
    order[a.severity] - order[b.severity] ||
    (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
    a.startLine - b.startLine ||
    a.startColumn - b.startColumn ||
    (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0)
  )
}
