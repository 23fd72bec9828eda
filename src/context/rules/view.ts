import { z } from "zod"
import type { LogId } from "../../fabric/ports.ts"
import type { Db, Projection, View } from "../../fabric/projection.ts"
import { type RuleEvent, readRuleEvent, rulesStream } from "./events.ts"

export const changeKinds = ["added", "changed", "switched", "removed", "rolled-back"] as const

/** One change of a file of rules. */
export interface RuleChange {
  /** Counts up in a project. */
  readonly number: number
  readonly path: string
  readonly rule: string
  readonly kind: (typeof changeKinds)[number]
  /** Of the file afterwards; null where it was removed. */
  readonly hash: string | null
  readonly before: string | null
  readonly version: string | null
  readonly isOn: boolean
  /** Id of a person, or "files" where the change was found in them. */
  readonly by: string
  readonly at: string
}

export interface RuleUse {
  readonly rule: string
  readonly times: number
  readonly tokens: number
  readonly lastAt: string
}

/** What became of the rules of each project, and how often they are in prompts. */
export const rulesProjection: Projection = {
  name: "rules",
  version: 1,
  wants: (log) => log === "core" || log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE change (
        log TEXT NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, hash TEXT,
        before TEXT, version TEXT, is_on INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (log, number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX change_by_rule ON change (log, rule, number);
      CREATE INDEX change_by_path ON change (log, path, number);
      CREATE TABLE use (
        log TEXT NOT NULL, rule TEXT NOT NULL, times INTEGER NOT NULL, tokens INTEGER NOT NULL, last_at TEXT NOT NULL,
        PRIMARY KEY (log, rule)
      ) STRICT, WITHOUT ROWID;
    `)
  },
  apply(db, batch) {
    const take = taker(db)
    for (const { log, stream, events } of batch) {
      if (stream === rulesStream) for (const event of events) take(log, readRuleEvent(event))
    }
  },
}

function taker(db: Db) {
  const note = db.prepare(
    `INSERT INTO change VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM change WHERE log = ?1),
     ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
  )
  const use = db.prepare(
    `INSERT INTO use VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET times = times + excluded.times, tokens = tokens + excluded.tokens, last_at = excluded.last_at`,
  )
  return (log: LogId, { type, data }: RuleEvent) => {
    switch (type) {
      case "rule.added":
        return void note.run(
          log,
          data.path,
          data.rule,
          "added",
          data.hash,
          null,
          data.version,
          Number(data.isOn),
          data.by,
          data.at,
        )
      case "rule.changed":
      case "rule.rolled-back": {
        const kind = type === "rule.changed" ? "changed" : "rolled-back"
        const { path, rule, hash, before, version, isOn, by, at } = data
        return void note.run(log, path, rule, kind, hash, before, version, Number(isOn), by, at)
      }
      case "rule.switched":
        return void note.run(
          log,
          data.path,
          data.rule,
          "switched",
          null,
          null,
          null,
          Number(data.isOn),
          data.by,
          data.at,
        )
      case "rule.removed":
        return void note.run(log, data.path, data.rule, "removed", null, data.before, null, 0, data.by, data.at)
      case "rules.used":
        for (const { rule, times, tokens } of data.uses) use.run(log, rule, times, tokens, data.at)
    }
  }
}

const Kind = z.enum(changeKinds)
const textOrNull = (value: unknown) => (value === null ? null : String(value))

/** The queries of the view. */
export function ruleRows(view: View) {
  return {
    /** The last changes of a project, or of one rule of it (by id or path), the newest first. */
    changes: (log: LogId, limit: number, rule?: string): RuleChange[] =>
      view
        .all(
          `SELECT * FROM change WHERE log = ?1 AND (?2 IS NULL OR rule = ?2 OR path = ?2) ORDER BY number DESC LIMIT ?3`,
          log,
          rule ?? null,
          limit,
        )
        .map((row) => ({
          number: Number(row.number),
          path: String(row.path),
          rule: String(row.rule),
          kind: Kind.parse(row.kind),
          hash: textOrNull(row.hash),
          before: textOrNull(row.before),
          version: textOrNull(row.version),
          isOn: row.is_on === 1,
          by: String(row.by),
          at: String(row.at),
        })),
    uses: (log: LogId): RuleUse[] =>
      view.all("SELECT * FROM use WHERE log = ? ORDER BY times DESC, rule", log).map((row) => ({
        rule: String(row.rule),
        times: Number(row.times),
        tokens: Number(row.tokens),
        lastAt: String(row.last_at),
      })),
  }
}
