import { z } from "zod"
import { truncate } from "../../base/text.ts"
import { Finding } from "../../code/finding.ts"
import type { CompiledRule } from "../../context/rules/compile.ts"
import { formats, layers } from "../../context/rules/rule.ts"
import type { Rules } from "../../context/rules/rules.ts"
import type { CommandContext } from "../context.ts"
import { type Block, literal } from "../document.ts"

export const RuleRow = z.object({
  id: z.string(),
  title: z.string(),
  layer: z.enum(layers),
  format: z.enum(formats),
  /** Relative to the project, or absolute; "built in". */
  path: z.string(),
  /** What must be so for it to hold. */
  holds: z.string(),
  isHard: z.boolean(),
  hasCheck: z.boolean(),
  version: z.string().nullable(),
  tokens: z.int(),
  /** Why it never holds; null where it may. */
  never: z.string().nullable(),
})
export type RuleRow = z.infer<typeof RuleRow>

export const ConflictRow = z.object({
  kind: z.enum(["same-id", "decides", "checks"]),
  rules: z.tuple([z.string(), z.string()]),
  paths: z.tuple([z.string(), z.string()]),
  says: z.string(),
})
type ConflictRow = z.infer<typeof ConflictRow>

export const Problems = z.array(Finding)

/** The rules of the caller's project. */
export async function rulesOf(context: CommandContext): Promise<Rules> {
  const [book, project] = await Promise.all([context.host.rules(), context.project()])
  // What was typed a moment ago should count, also before a watcher has said so, and in folders that had no rules. Without
  // a whole index the folders are walked anyway, and nobody waits for it.
  if (project.index.freshness().isComplete) await project.refresh(context.signal)
  const rules = await book.of(project)
  await rules.look({ all: true })
  return rules
}

export function rowOf({ rule, tokens, never }: CompiledRule): RuleRow {
  const { id, title, layer, format, path, isHard, check, version } = rule
  return {
    id,
    title,
    layer,
    format,
    path,
    holds: holdsOf(rule),
    isHard,
    hasCheck: check !== null,
    version,
    tokens,
    never: never ?? null,
  }
}

function holdsOf({
  folder,
  globs,
  languages,
  frameworks,
  tasks,
  activation,
  rollout,
  flag,
}: CompiledRule["rule"]): string {
  const parts = [
    ...(folder === "" ? [] : [`under ${folder}/`]),
    ...(globs.length > 0 ? [`files ${globs.join(", ")}`] : []),
    ...(languages.length > 0 ? [languages.join(", ")] : []),
    ...(frameworks.length > 0 ? [`with ${frameworks.join(", ")}`] : []),
    ...(tasks.length > 0 ? [`to ${tasks.join(", ")}`] : []),
    ...(activation === "described" ? ["where its description fits"] : activation === "manual" ? ["when named"] : []),
    ...(rollout < 100 ? [`for ${rollout} %`] : []),
    ...(flag === null ? [] : [`with the flag ${flag}`]),
  ]
  return parts.length === 0 ? "always" : parts.join("; ")
}

/** A rule for many kinds of files would make everybody's row as long. */
const longestHolds = 80

export const ruleTable = (rows: readonly RuleRow[]): Block => ({
  kind: "table",
  columns: [
    { title: "rule" },
    { title: "of the" },
    { title: "holds", isCut: true },
    { title: "tokens", align: "right" },
    { title: "" },
  ],
  rows: rows.map(({ id, layer, holds, tokens, isHard, never, path }) => [
    literal(id),
    layer,
    literal(truncate(holds, longestHolds)),
    tokens.toLocaleString("en-US"),
    literal(
      [
        ...(isHard ? ["hard"] : []),
        ...(never === null ? [] : [never]),
        ...(path === id || id.startsWith(path) ? [] : [path]),
      ].join(" "),
    ),
  ]),
})

export const problemBlocks = (problems: readonly Finding[]): Block[] =>
  problems.map(({ path, startLine, startColumn, severity, message }) => ({
    kind: "paragraph",
    text: literal(`${path}:${startLine}:${startColumn}: ${severity}: ${message}`),
    tone: severity === "error" ? "bad" : "warning",
  }))

export const conflictBlocks = (conflicts: readonly ConflictRow[]): Block[] =>
  conflicts.map(({ says, paths }) => ({
    kind: "paragraph",
    text: literal(`Conflict: ${says} (${[...new Set(paths)].join(", ")})`),
    tone: "warning",
  }))
