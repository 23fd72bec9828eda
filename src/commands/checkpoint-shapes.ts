import { z } from "zod"
import { count } from "../base/text.ts"
import type { Checkpoint, Restored } from "../workspace/checkpoints/checkpoints.ts"
import type { FileChange } from "../workspace/checkpoints/describe.ts"
import { type Block, literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { spokenSize } from "./server-facts.ts"

export const CheckpointRow = z.object({
  number: z.int(),
  id: z.string(),
  label: z.string(),
  role: z.enum(["manual", "turn-start", "turn-end", "before-restore", "after-restore"]),
  tag: z.string().nullable(),
  turn: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
  files: z.int(),
  bytes: z.number(),
  /** What was there and is not in it. */
  uncoveredCount: z.int(),
})
export type CheckpointRow = z.infer<typeof CheckpointRow>

export const Uncovered = z.object({ path: z.string(), why: z.string(), sizeBytes: z.number().nullable() })

export const ChangeRow = z.object({
  path: z.string(),
  action: z.enum(["create", "change", "delete", "replace", "mode"]),
  kind: z.enum(["file", "link", "folder", "uncovered"]),
  sizeBefore: z.number().nullable(),
  sizeAfter: z.number().nullable(),
  note: z.string(),
  diff: z.string().nullable(),
})

export const RestoreAnswer = z.object({
  /** "stopped": there are conflicts, and nothing was changed. */
  outcome: z.enum(["restored", "rolled-back", "stopped", "nothing", "previewed"]),
  changes: z.array(ChangeRow.extend({ isConflict: z.boolean() })),
  /** What was wanted and not done. */
  left: z.array(z.object({ path: z.string(), why: z.string() })),
  /** Number of the checkpoint with the files as they were before. */
  before: z.int().nullable(),
})
export type RestoreAnswer = z.infer<typeof RestoreAnswer>

export const ConflictFlags = {
  force: z.boolean().default(false).describe("Overwrite what somebody changed since as well"),
  keep: z.boolean().default(false).describe("Leave what somebody changed since, and do the rest"),
  dryRun: z.boolean().default(false).describe("Show what would change, with diffs, and change nothing"),
}

export function checkpointRowOf(checkpoint: Checkpoint): CheckpointRow {
  const { number, id, label, role, tag, turn, files, bytes, uncoveredCount } = checkpoint
  return {
    number,
    id,
    label,
    role,
    tag,
    turn,
    at: new Date(checkpoint.atMs).toISOString(),
    files,
    bytes,
    uncoveredCount,
  }
}

export const restoreAnswerOf = ({ outcome, changes, left, before }: Restored): RestoreAnswer => ({
  outcome,
  changes: [...changes],
  left: [...left],
  before: before?.number ?? null,
})

/** 1: not, or not all, was done that was asked for. */
export const restoreExitCode = ({ outcome, left }: RestoreAnswer): 0 | 1 =>
  outcome === "stopped" || left.length > 0 ? 1 : 0

const mostShown = 100

export function uncoveredBlocks(uncovered: readonly z.infer<typeof Uncovered>[], total: number): Block[] {
  if (total === 0) return []
  return [
    { kind: "paragraph", text: `Not covered, and so not restored: ${count(total, "path")}.`, tone: "warning" },
    {
      kind: "table",
      columns: [{ title: "path" }, { title: "why" }, { title: "size", align: "right" }],
      rows: uncovered
        .slice(0, mostShown)
        .map(({ path, why, sizeBytes }) => [literal(path), why, sizeBytes === null ? "" : spokenSize(sizeBytes)]),
    },
  ]
}

const marks: Readonly<Record<FileChange["action"], string>> = {
  create: "+",
  change: "~",
  delete: "-",
  replace: "!",
  mode: "m",
}

/** A table of changes; with their diffs below where there are any. */
export function changeBlocks(changes: readonly (FileChange & { readonly isConflict?: boolean })[]): Block[] {
  if (changes.length === 0) return []
  const shown = changes.slice(0, mostShown)
  const rest = changes.length - shown.length
  return [
    {
      kind: "table",
      columns: [{ title: "" }, { title: "path" }, { title: "size", align: "right" }, { title: "" }],
      rows: shown.map(({ path, action, kind, sizeAfter, sizeBefore, note, isConflict }) => [
        marks[action],
        literal(kind === "folder" ? `${path}/` : path),
        sizeLine(sizeAfter ?? sizeBefore),
        [note, isConflict ? "**changed since**" : ""].filter((one) => one !== "").join(", "),
      ]),
    },
    ...(rest > 0 ? [{ kind: "paragraph", text: `And ${count(rest, "more path")}; --json has all.` } as const] : []),
    ...shown.flatMap(({ path, diff }): Block[] =>
      diff === null
        ? []
        : [{ kind: "quote", path, startLine: 1, endLine: diff.split("\n").length - 1, text: diff, language: "diff" }],
    ),
  ]
}
const sizeLine = (sizeBytes: number | null) => (sizeBytes === null ? "" : spokenSize(sizeBytes))

const headlines: Readonly<Record<RestoreAnswer["outcome"], (paths: string) => string>> = {
  restored: (paths) => `Restored ${paths}.`,
  "rolled-back": (paths) => `Rolled back ${paths}.`,
  stopped: () => "Nothing was changed: somebody has changed some of these paths since.",
  nothing: () => "Everything is as wanted already.",
  previewed: (paths) => `Would change ${paths}.`,
}

export function presentRestore({ outcome, changes, left, before }: RestoreAnswer): Block[] {
  const isDone = outcome === "restored" || outcome === "rolled-back"
  const hasConflicts = changes.some(({ isConflict }) => isConflict)
  return [
    { kind: "paragraph", text: headlines[outcome](count(changes.length, "path")), ...(isDone ? { tone: "good" } : {}) },
    ...changeBlocks(changes),
    ...(hasConflicts && !isDone
      ? [
          {
            kind: "paragraph",
            text: "`--keep` leaves those and does the rest, `--force` overwrites them.",
            tone: "warning",
          } as const,
        ]
      : []),
    ...(left.length > 0
      ? [
          { kind: "paragraph", text: `Left as they are: ${count(left.length, "path")}.`, tone: "warning" } as const,
          {
            kind: "table",
            columns: [{ title: "path" }, { title: "why" }],
            rows: left.slice(0, mostShown).map(({ path, why }) => [literal(path), why]),
          } as const,
        ]
      : []),
    ...(isDone && before !== null
      ? [
          {
            kind: "paragraph",
            text: `\`duck checkpoint undo\` takes this back; the files before it are checkpoint ${before}.`,
            tone: "quiet",
          } as const,
        ]
      : []),
  ]
}

/** "#12 before the rewrite", with its tag. */
export const spokenCheckpoint = ({ number, label, tag }: CheckpointRow): string =>
  `#${number} ${literal(label)}${tag === null ? "" : ` (${literal(tag)})`}`

export const spokenAt = ({ at }: CheckpointRow): string => spokenTime(at)
