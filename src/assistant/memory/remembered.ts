import type { MemorySource } from "./events.ts"
import type { MemoryKind, MemoryScope, PatternKind } from "./kinds.ts"
import { type Pattern, patternText } from "./patterns.ts"
import type { Sealing } from "./sealing.ts"
import type { MemoryRow } from "./view.ts"

/** One thing that is remembered, as users and prompts see it. */
export interface Remembered {
  readonly id: string
  /** `long`: someone wanted it remembered; `middle`: drawn by rule from recent conversations. */
  readonly tier: "long" | "middle"
  readonly scope: MemoryScope
  readonly kind: MemoryKind | PatternKind
  /** Null: it is encrypted, and its key is gone. */
  readonly text: string | null
  readonly isEncrypted: boolean
  /** Who worded it. Patterns are worded by rule: whose words they repeat. */
  readonly by: "user" | "model"
  /** The person it was written for; "" of patterns. */
  readonly actor: string
  readonly source: MemorySource
  /** ISO 8601. */
  readonly at: string
  readonly expiresAt: string | null
  readonly confidence: number
  readonly times: number
  /** `times`, where each counts the less the longer it is ago. */
  readonly weight: number
  readonly lastAt: string
  readonly state: "held" | "forgotten" | "expired"
}

export function ofRow(row: MemoryRow, scope: MemoryScope, nowMs: number, sealing: Sealing): Remembered {
  const { id, kind, by, actor, source, at, expiresAt, confidence, times, lastAt } = row
  const isExpired = expiresAt !== null && Date.parse(expiresAt) <= nowMs
  return {
    id,
    tier: "long",
    scope,
    kind,
    text: sealing.plain(id, row.text) ?? null,
    isEncrypted: typeof row.text !== "string",
    by,
    actor,
    source,
    at,
    expiresAt,
    confidence,
    times,
    weight: times,
    lastAt,
    state: row.isForgotten ? "forgotten" : isExpired ? "expired" : "held",
  }
}

export function ofPattern(pattern: Pattern, isForgotten: boolean): Remembered {
  const { id, kind, by, weight, times, lastAt, conversation } = pattern
  return {
    id,
    tier: "middle",
    scope: "project",
    kind,
    text: patternText(pattern),
    isEncrypted: false,
    by,
    actor: "",
    source: { conversation, message: null },
    at: lastAt,
    expiresAt: null,
    confidence: by === "model" ? 0.6 : kind === "together" ? 1 - 1 / (times + 1) : 0.9,
    times,
    weight,
    lastAt,
    state: isForgotten ? "forgotten" : "held",
  }
}
