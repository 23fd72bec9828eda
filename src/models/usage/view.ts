import type { Db, Projection, View } from "../../fabric/projection.ts"
import type { UsageQuery, UsageRow } from "../models.ts"
import { dayOf, isUsageStream, readUsageEvent, usageLog } from "./events.ts"
import { addCall, sums } from "./sums.ts"

/** What was used, summed up by day, user, project, command and model: as many rows as there are of those, not of calls. */
export const usageProjection: Projection = {
  name: "usage",
  version: 3,
  wants: (log) => log === usageLog,
  create(db) {
    db.exec(`
      CREATE TABLE used (
        day TEXT NOT NULL, user TEXT NOT NULL, project TEXT NOT NULL, command TEXT NOT NULL,
        provider TEXT NOT NULL, model TEXT NOT NULL,
        calls INTEGER NOT NULL, failed INTEGER NOT NULL, cancelled INTEGER NOT NULL,
        input INTEGER NOT NULL, cached INTEGER NOT NULL, cache_write INTEGER NOT NULL,
        output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
        cost_usd REAL NOT NULL, unpriced INTEGER NOT NULL,
        first_ms REAL NOT NULL, firsts INTEGER NOT NULL, duration_ms REAL NOT NULL,
        reused INTEGER NOT NULL, saved INTEGER NOT NULL, saved_usd REAL NOT NULL,
        PRIMARY KEY (day, user, project, command, provider, model)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE part (
        day TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL,
        PRIMARY KEY (day, kind, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE warned (day TEXT NOT NULL, scope TEXT NOT NULL, who TEXT NOT NULL, PRIMARY KEY (day, scope, who))
        STRICT, WITHOUT ROWID;
    `)
  },
  apply(db, batch) {
    const used = sums()
    const parts = sums()
    const tables = statements(db)
    for (const { stream, events } of batch) {
      if (!isUsageStream(stream)) continue
      for (const stored of events) {
        const event = readUsageEvent(stored)
        if (event?.type === "model.called") addCall({ used, parts }, event.data)
        if (event?.type === "budget.warned") tables.warn.run(dayOf(event.data.at), event.data.scope, event.data.who)
      }
    }
    for (const row of used.rows()) tables.add.run(...row)
    for (const row of parts.rows()) tables.addPart.run(...row)
  },
}

const statements = (db: Db) => ({
  add: db.prepare(`
    INSERT INTO used VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      calls = calls + excluded.calls, failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled,
      input = input + excluded.input, cached = cached + excluded.cached,
      cache_write = cache_write + excluded.cache_write, output = output + excluded.output,
      reasoning = reasoning + excluded.reasoning, cost_usd = cost_usd + excluded.cost_usd,
      unpriced = unpriced + excluded.unpriced, first_ms = first_ms + excluded.first_ms,
      firsts = firsts + excluded.firsts, duration_ms = duration_ms + excluded.duration_ms,
      reused = reused + excluded.reused, saved = saved + excluded.saved, saved_usd = saved_usd + excluded.saved_usd`),
  addPart: db.prepare(`
    INSERT INTO part VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, tokens = tokens + excluded.tokens`),
  warn: db.prepare("INSERT OR IGNORE INTO warned VALUES (?, ?, ?)"),
})

const keys: Readonly<Record<Exclude<UsageQuery["by"], "section" | "miss">, string>> = {
  day: "day",
  user: "user",
  project: "project",
  command: "command",
  model: "CASE provider WHEN '' THEN '' ELSE provider || '/' || model END",
}

/** The queries of the view. */
export function usageRows(view: View) {
  return {
    /** By day in its order, by anything else the dearest and then the largest first. */
    report({ by, since = "", until = "9999" }: UsageQuery): UsageRow[] {
      if (by === "section" || by === "miss") return parts(view, by, since, until)
      const order = by === "day" ? "name" : "cost_usd DESC, input + output DESC, name"
      const rows = view.all(
        `SELECT ${keys[by]} AS name, sum(calls) AS calls, sum(failed) AS failed, sum(cancelled) AS cancelled,
           sum(input) AS input, sum(cached) AS cached, sum(cache_write) AS cache_write, sum(output) AS output,
           sum(reasoning) AS reasoning, sum(cost_usd) AS cost_usd, sum(unpriced) AS unpriced,
           sum(first_ms) / nullif(sum(firsts), 0) AS first_ms,
           coalesce(sum(duration_ms) / nullif(sum(calls - reused), 0), 0) AS duration_ms,
           sum(reused) AS reused, sum(saved) AS saved, sum(saved_usd) AS saved_usd
         FROM used WHERE day >= ? AND day <= ? GROUP BY 1 ORDER BY ${order}`,
        since,
        until,
      )
      return rows.map((row) => ({
        name: String(row.name),
        calls: Number(row.calls),
        failed: Number(row.failed),
        cancelled: Number(row.cancelled),
        inputTokens: Number(row.input),
        cachedInputTokens: Number(row.cached),
        cacheWriteTokens: Number(row.cache_write),
        outputTokens: Number(row.output),
        reasoningTokens: Number(row.reasoning),
        costUsd: Number(row.cost_usd),
        unpricedCalls: Number(row.unpriced),
        firstTokenMs: row.first_ms === null ? null : Number(row.first_ms),
        durationMs: Number(row.duration_ms),
        reused: Number(row.reused),
        savedTokens: Number(row.saved),
        savedUsd: Number(row.saved_usd),
      }))
    },
    /** What was spent on a day, by user and project ("" for none). */
    spentOn: (day: string): { user: string; project: string; costUsd: number }[] =>
      view
        .all("SELECT user, project, sum(cost_usd) AS cost_usd FROM used WHERE day = ? GROUP BY user, project", day)
        .map((row) => ({ user: String(row.user), project: String(row.project), costUsd: Number(row.cost_usd) })),
    warnedOn: (day: string): { scope: string; who: string }[] =>
      view
        .all("SELECT scope, who FROM warned WHERE day = ?", day)
        .map(({ scope, who }) => ({ scope: String(scope), who: String(who) })),
  }
}

function parts(view: View, kind: "section" | "miss", since: string, until: string): UsageRow[] {
  const rows = view.all(
    `SELECT name, sum(calls) AS calls, sum(tokens) AS tokens FROM part
     WHERE kind = ? AND day >= ? AND day <= ? GROUP BY name ORDER BY tokens DESC, name`,
    kind,
    since,
    until,
  )
  return rows.map(({ name, calls, tokens }) => ({
    ...nothing,
    name: String(name),
    calls: Number(calls),
    inputTokens: Number(tokens),
  }))
}

const nothing: UsageRow = {
  name: "",
  calls: 0,
  failed: 0,
  cancelled: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  unpricedCalls: 0,
  firstTokenMs: null,
  durationMs: 0,
  reused: 0,
  savedTokens: 0,
  savedUsd: 0,
}
