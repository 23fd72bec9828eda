import { z } from "zod"
import { memoryKinds, memoryScopes, patternKinds } from "../../assistant/memory/kinds.ts"
import type { Memory, Writer, Written } from "../../assistant/memory/memory.ts"
import type { Remembered } from "../../assistant/memory/remembered.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { type Block, literal } from "../document.ts"
import { spokenTime } from "../job-shapes.ts"

export const MemoryRow = z.object({
  id: z.string(),
  /** long: someone wanted it remembered; middle: drawn by rule from recent conversations. */
  tier: z.enum(["long", "middle"]),
  scope: z.enum(memoryScopes),
  kind: z.enum([...memoryKinds, ...patternKinds]),
  /** Null: it is encrypted, and its key is gone. */
  text: z.string().nullable(),
  isEncrypted: z.boolean(),
  by: z.enum(["user", "model"]),
  /** Whom it was written for; "" of patterns. */
  actor: z.string(),
  /** The conversation, and the user's message in it; null: by a command. */
  source: z.object({ conversation: z.string(), message: z.string().nullable() }).nullable(),
  /** ISO 8601, as all times here. */
  at: z.string(),
  expiresAt: z.string().nullable(),
  confidence: z.number(),
  times: z.int(),
  lastAt: z.string(),
  state: z.enum(["held", "forgotten", "expired"]),
})
export type MemoryRow = z.infer<typeof MemoryRow>

export const rowOf = ({ weight: _weight, ...row }: Remembered): MemoryRow => row

export const ChangeRow = z.object({
  id: z.string(),
  scope: z.enum(memoryScopes),
  kind: z.string(),
  memories: z.array(z.string()),
  /** The change that it undoes. */
  undoes: z.string().nullable(),
  by: z.enum(["user", "model"]),
  actor: z.string(),
  at: z.string(),
  why: z.string(),
  isUndone: z.boolean(),
})
export type ChangeRow = z.infer<typeof ChangeRow>

export type Change = Awaited<ReturnType<Memory["changes"]>>[number]
export const changeRowOf = ({ memories, ...change }: Change): ChangeRow => ({ ...change, memories: [...memories] })

/** What a command wrote to. */
export const hasPosition = (one: Written): one is Written & { readonly position: number } => one.position !== undefined

export const asUser = (user: string, project: Writer["project"]): Writer => ({ user, project, by: "user" })

/** As much of an id as is typed. */
export const shortId = (id: string): string => id.slice(-8)

const whoOf = ({ by, tier }: MemoryRow): string => (tier === "middle" ? "rule" : by === "model" ? "assistant" : "user")

export function memoryTable(rows: readonly MemoryRow[]): Block {
  return {
    kind: "table",
    columns: [
      { title: "id" },
      { title: "scope" },
      { title: "kind" },
      { title: "by" },
      { title: "last" },
      { title: "" },
    ],
    rows: rows.map((row) => [
      shortId(row.id),
      row.scope,
      row.kind,
      whoOf(row),
      spokenTime(row.lastAt).slice(0, 10),
      `${stateOf(row)}${literal(row.text ?? "(encrypted, and its key is gone)")}`,
    ]),
  }
}

const stateOf = ({ state, expiresAt }: MemoryRow): string =>
  state !== "held" ? `**${state}:** ` : expiresAt === null ? "" : `(until ${spokenTime(expiresAt)}) `

/** The time that a person means by "30d" or "2026-12-31" (its end, UTC). Throws InvalidInputError. */
export function untilOf(typed: string, nowMs: number): string {
  const days = /^(\d{1,4})d$/.exec(typed)
  if (days) return new Date(nowMs + Number(days[1]) * 86_400_000).toISOString()
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(typed) ? Date.parse(`${typed}T23:59:59.999Z`) : Number.NaN
  // A day that does not exist, such as the 31st of February, is read as another one.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(typed)) return new Date(ms).toISOString()
  throw new InvalidInputError({
    message: `--expires takes a number of days or a day; "${typed}" is neither.`,
    hint: "For example 30d, or 2026-12-31.",
  })
}
