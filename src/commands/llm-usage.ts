import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenMs, spokenTokens, spokenUsd } from "./llm/spoken.ts"

const Row = z.object({
  /** The day, user, project's root, "provider/model" or command; "" where there is none. */
  name: z.string(),
  calls: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  inputTokens: z.int(),
  cachedInputTokens: z.int(),
  cacheWriteTokens: z.int(),
  outputTokens: z.int(),
  reasoningTokens: z.int(),
  costUsd: z.number(),
  /** Calls whose price is unknown: they are not in `costUsd`. */
  unpricedCalls: z.int(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  /** Calls that were answered from the cache, or by another call that ran at the same time. */
  reused: z.int(),
  savedTokens: z.int(),
  savedUsd: z.number(),
})
type Row = z.output<typeof Row>

export const llmUsage = defineCommand({
  name: "llm.usage",
  summary: "Show what models were used for: calls, tokens, cost and latency",
  examples: [
    { line: "duck llm usage", says: "the last 30 days, day by day" },
    { line: "duck llm usage --by model --since 7d", says: "which models, this week" },
    { line: "duck llm usage --by day --chart", says: "as bars" },
    { line: "duck llm usage --by section", says: "which parts of the prompts the tokens went into" },
    { line: "duck llm usage --by user --since 2026-01-01 --until 2026-01-31 --json", says: "a month, for a script" },
  ],
  input: z.object({
    by: z
      .enum(["day", "user", "project", "model", "command", "section", "miss"])
      .default("day")
      .describe("What to sum up by; section: parts of the prompt; miss: why the provider's cache was not used"),
    since: z.string().default("30d").describe("First day (UTC): 2026-01-31, today, or days ago as in 7d"),
    until: z.string().default("today").describe("Last day, in the same way"),
    chart: z.boolean().default(false).describe("Show bars: cost, or tokens where nothing was paid"),
  }),
  output: z.object({
    by: z.string(),
    since: z.string(),
    until: z.string(),
    isChart: z.boolean(),
    rows: z.array(Row),
    total: Row.pick({
      calls: true,
      inputTokens: true,
      outputTokens: true,
      costUsd: true,
      unpricedCalls: true,
      reused: true,
      savedTokens: true,
      savedUsd: true,
    }),
  }),
  permission: "read",
  async run({ by, since, until, chart }, { host }) {
    const nowMs = host.clock.now()
    const days = { since: dayOf(since, "--since", nowMs), until: dayOf(until, "--until", nowMs) }
    if (days.since > days.until) {
      throw new InvalidInputError({ message: `--since (${days.since}) is after --until (${days.until}).` })
    }
    const rows = [...(await host.models.usage({ by, ...days }))]
    // A call has several sections, and may have missed nothing.
    const all = isPart(by) ? await host.models.usage({ by: "day", ...days }) : rows
    return { by, ...days, isChart: chart, rows, total: totalOf(all) }
  },
  present: ({ by, since, until, isChart, rows, total }) => {
    if (total.calls === 0) {
      return [{ kind: "paragraph", text: `No model was called from ${since} to ${until}.`, tone: "quiet" }]
    }
    const table = isChart ? chartOf(by, rows) : isPart(by) ? partTable(by, rows) : tableOf(by, rows)
    return [table, { kind: "paragraph", text: totalText(total, since, until) }]
  },
})

function dayOf(text: string, option: string, nowMs: number): string {
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  if (text === "today") return iso(nowMs)
  const ago = /^(\d{1,5})d$/.exec(text)
  if (ago) return iso(nowMs - Number(ago[1]) * 86_400_000)
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  // A day that does not exist, such as the 31st of February, is read as another one.
  if (!Number.isNaN(ms) && iso(ms) === text) return text
  throw new InvalidInputError({
    message: `${option} is a day; "${text}" is none.`,
    hint: "For example 2026-01-31, today, or 7d for a week ago.",
  })
}

const totalOf = (rows: readonly Row[]) => ({
  calls: sum(rows, ({ calls }) => calls),
  inputTokens: sum(rows, ({ inputTokens }) => inputTokens),
  outputTokens: sum(rows, ({ outputTokens }) => outputTokens),
  costUsd: sum(rows, ({ costUsd }) => costUsd),
  unpricedCalls: sum(rows, ({ unpricedCalls }) => unpricedCalls),
  reused: sum(rows, ({ reused }) => reused),
  savedTokens: sum(rows, ({ savedTokens }) => savedTokens),
  savedUsd: sum(rows, ({ savedUsd }) => savedUsd),
})
type Total = ReturnType<typeof totalOf>
const sum = (rows: readonly Row[], of: (row: Row) => number) => rows.reduce((all, row) => all + of(row), 0)

const nameOf = (name: string) => (name === "" ? "(none)" : literal(name))

const isPart = (by: string) => by === "section" || by === "miss"

const partTable = (by: string, rows: readonly Row[]): Block => ({
  kind: "table",
  columns: [{ title: by }, { title: "calls", align: "right" }, { title: "tokens in", align: "right" }],
  rows: rows.map(({ name, calls, inputTokens }) => [nameOf(name), String(calls), spokenTokens(inputTokens)]),
})

const tableOf = (by: string, rows: readonly Row[]): Block => ({
  kind: "table",
  columns: [
    { title: by },
    ...["calls", "failed", "in", "cached", "out", "first token", "cost"].map((title) => ({
      title,
      align: "right" as const,
    })),
  ],
  rows: rows.map((row) => [
    nameOf(row.name),
    String(row.calls),
    row.failed > 0 ? String(row.failed) : "",
    spokenTokens(row.inputTokens),
    row.inputTokens > 0 ? `${Math.round((row.cachedInputTokens / row.inputTokens) * 100)} %` : "",
    spokenTokens(row.outputTokens),
    row.firstTokenMs === null ? "" : spokenMs(row.firstTokenMs),
    costText(row),
  ]),
})

/** Cost of the calls whose price is known, and how many are not in it. */
const costText = ({ costUsd, unpricedCalls, calls }: Pick<Row, "costUsd" | "unpricedCalls" | "calls">): string => {
  if (unpricedCalls === 0) return spokenUsd(costUsd)
  return unpricedCalls === calls ? "unknown" : `${spokenUsd(costUsd)} + ${unpricedCalls} unknown`
}

const barWidth = 40

function chartOf(by: string, rows: readonly Row[]): Block {
  const isPaid = rows.some(({ costUsd }) => costUsd > 0)
  const measure = (row: Row) => (isPaid ? row.costUsd : row.inputTokens + row.outputTokens)
  const most = Math.max(0, ...rows.map(measure))
  return {
    kind: "table",
    columns: [{ title: by }, { title: isPaid ? "cost" : "tokens", align: "right" }, { title: "" }],
    rows: rows.map((row) => [
      nameOf(row.name),
      isPaid ? costText(row) : spokenTokens(measure(row)),
      bar(most > 0 ? measure(row) / most : 0),
    ]),
  }
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

function bar(share: number): string {
  const units = Math.round(share * barWidth * 8)
  // Whatever is not nothing can be seen.
  if (share > 0 && units === 0) return "▏"
  return "█".repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? "")
}

const totalText = (total: Total, since: string, until: string) =>
  `${count(total.calls, "call")} from ${since} to ${until}: ${spokenTokens(total.inputTokens)} tokens in, ` +
  `${spokenTokens(total.outputTokens)} out, ${costText(total)}.${savedText(total)}`

const savedText = ({ reused, savedTokens, savedUsd }: Total) =>
  reused === 0
    ? ""
    : ` ${count(reused, "answer")} of the cache or of an equal call saved ${spokenTokens(savedTokens)} tokens` +
      `${savedUsd > 0 ? ` (${spokenUsd(savedUsd)})` : ""}.`
