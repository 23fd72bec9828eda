import { createHash } from "node:crypto"
import { z } from "zod"
import type { Committed, LogId } from "../../fabric/ports.ts"
import type { Db, Projection, View } from "../../fabric/projection.ts"
import { type ConversationEvent, readConversationEvent } from "../conversation/events.ts"
import { isCorrection } from "./correction.ts"
import { seenAt, weightAt } from "./decay.ts"
import { type PatternKind, patternKinds } from "./kinds.ts"
import { seemsSecret } from "./secret-like.ts"

/** What recent conversations of a project have in common, found by rule. */
export interface Pattern {
  readonly id: string
  readonly kind: PatternKind
  /** One: a command or words. Two: paths. */
  readonly subjects: readonly string[]
  /** Of constraints and decisions: whoever said it. */
  readonly by: "user" | "model"
  /** Each time it was seen counts the less the longer it is ago. */
  readonly weight: number
  readonly times: number
  /** Of commands. */
  readonly failures: number
  /** Of a command's last run; null where it did not end by itself. */
  readonly exitCode: number | null
  readonly lastAt: string
  /** The conversation it was last seen in. */
  readonly conversation: string
}

/** More of a project are dropped, those of the least weight first. */
const mostOfProject = 500
/** What has not been seen for so long is no longer recent. */
const windowMs = 60 * 86_400_000
/** A turn that changes more files than this says nothing about two of them. */
const mostFiles = 12
const longest = 300

/** Files changed together, commands and their outcomes, corrections, constraints and decisions: no model is asked. */
export const patternsProjection: Projection = {
  name: "patterns",
  version: 2,
  wants: (log) => log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE pattern (
        id TEXT PRIMARY KEY, log TEXT NOT NULL, kind TEXT NOT NULL, subjects TEXT NOT NULL, by TEXT NOT NULL,
        rank REAL NOT NULL, times INTEGER NOT NULL, failures INTEGER NOT NULL, exit_code INTEGER,
        last_at TEXT NOT NULL, conversation TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX pattern_by_rank ON pattern (log, rank);
      CREATE TABLE talk (id TEXT PRIMARY KEY, is_sub_agent INTEGER NOT NULL, is_answered INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
      CREATE TABLE turn_file (conversation TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (conversation, path))
        STRICT, WITHOUT ROWID;
      CREATE TABLE said (
        conversation TEXT NOT NULL, item TEXT NOT NULL, pattern TEXT NOT NULL, PRIMARY KEY (conversation, item)
      ) STRICT, WITHOUT ROWID;
    `)
  },
  apply(db, batch) {
    const drawn = drawing(db)
    for (const commit of batch) if (commit.stream.startsWith("conv.")) drawn.take(commit)
  },
}

interface Seen {
  readonly kind: PatternKind
  readonly subjects: readonly string[]
  readonly by?: "user" | "model"
  readonly exitCode?: number | null
}

/** Pruning looks at one commit at a time, never at a batch: a rebuilt view has the same rows as one that grew. */
function drawing(db: Db) {
  const find = db.prepare("SELECT rank, last_at FROM pattern WHERE id = ?")
  const put = db.prepare(
    `INSERT INTO pattern VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10)
     ON CONFLICT (id) DO UPDATE SET rank = ?6, times = times + 1, failures = failures + ?7, exit_code = ?8,
       by = ?5, last_at = ?9, conversation = ?10`,
  )
  const drop = db.prepare("DELETE FROM pattern WHERE id = ?")
  const countOf = db.prepare("SELECT count(*) AS n FROM pattern WHERE log = ?")
  const prune = db.prepare(
    "DELETE FROM pattern WHERE id IN (SELECT id FROM pattern WHERE log = ? ORDER BY rank, id LIMIT ?)",
  )
  const begin = db.prepare("INSERT OR IGNORE INTO talk VALUES (?, ?, 0)")
  const answered = db.prepare("UPDATE talk SET is_answered = 1 WHERE id = ?")
  const talkOf = db.prepare("SELECT is_sub_agent, is_answered FROM talk WHERE id = ?")
  const addFile = db.prepare("INSERT OR IGNORE INTO turn_file VALUES (?, ?)")
  const filesOf = db.prepare("SELECT path FROM turn_file WHERE conversation = ? ORDER BY path")
  const clearFiles = db.prepare("DELETE FROM turn_file WHERE conversation = ?")
  const saidAs = db.prepare("SELECT pattern FROM said WHERE conversation = ? AND item = ?")
  const say = db.prepare("INSERT OR REPLACE INTO said VALUES (?, ?, ?)")
  const forget = [
    // What was seen elsewhere as well is not this conversation's.
    `DELETE FROM pattern WHERE times = 1
       AND (conversation = ?1 OR id IN (SELECT pattern FROM said WHERE conversation = ?1))`,
    "DELETE FROM talk WHERE id = ?1",
    "DELETE FROM turn_file WHERE conversation = ?1",
    "DELETE FROM said WHERE conversation = ?1",
  ].map((sql) => db.prepare(sql))
  const unsay = db.prepare("DELETE FROM said WHERE conversation = ? AND item = ?")

  const takeEvent = (event: ConversationEvent, { log, meta: { at, actor } }: Committed, conversation: string) => {
    const saw = ({ kind, subjects, by = "user", exitCode = null }: Seen): string | undefined => {
      if (subjects.some((text) => text === "" || text.length > longest || seemsSecret(text))) return undefined
      const id = idOf(log, kind, subjects)
      let known = find.get(id)
      // What falls out of the window begins anew.
      if (known && Date.parse(at) - Date.parse(String(known.last_at)) > windowMs) {
        drop.run(id)
        known = undefined
      }
      const rank = seenAt(Date.parse(at), known && Number(known.rank))
      const failed = kind === "command" && exitCode !== 0 ? 1 : 0
      put.run(id, log, kind, JSON.stringify(subjects), by, rank, failed, exitCode, at, conversation)
      const over = Number(countOf.get(log)?.n) - mostOfProject
      if (over > 0) prune.run(log, over)
      return id
    }
    /** Takes back what was said as an item of the ledger. */
    const withdraw = (item: string) => {
      const before = saidAs.get(conversation, item)
      if (before) drop.run(String(before.pattern))
      unsay.run(conversation, item)
    }
    const talk = talkOf.get(conversation)
    const isPersons = talk?.is_sub_agent !== 1 && actor !== "hook"

    switch (event.type) {
      case "conversation.started":
        return void begin.run(conversation, Number(event.data.parent !== undefined))
      case "conversation.deleted":
        for (const statement of forget) statement.run(conversation)
        return
      case "assistant.spoke":
        return void answered.run(conversation)
      case "user.spoke": {
        const text = event.data.parts.map((part) => (part.kind === "text" ? part.text : "")).join("\n")
        if (isPersons && talk?.is_answered === 1 && isCorrection(text))
          saw({ kind: "correction", subjects: [tidy(text)] })
        return
      }
      case "permission.answered": {
        const { isAllowed, note = "" } = event.data
        if (isPersons && !isAllowed) saw({ kind: "correction", subjects: [tidy(note)] })
        return
      }
      case "ledger.changed":
        for (const change of event.data.changes) {
          if (change.kind === "file" && change.did !== "read") addFile.run(conversation, change.path)
          else if (change.kind === "command")
            saw({ kind: "command", subjects: [change.command], exitCode: change.exitCode })
          else if (change.kind === "withdrawn") withdraw(change.id)
          else if ((change.kind === "constraint" || change.kind === "decision") && isPersons) {
            const kind = change.kind === "constraint" ? "constraint" : "decided"
            const subjects = [tidy(change.text)]
            // A ledger that is written again says nothing new.
            if (saidAs.get(conversation, change.id)?.pattern === idOf(log, kind, subjects)) continue
            withdraw(change.id)
            const id = saw({ kind, subjects, by: change.by })
            if (id !== undefined) say.run(conversation, change.id, id)
          }
        }
        return
      case "turn.ended": {
        const files = filesOf.all(conversation).map(({ path }) => String(path))
        clearFiles.run(conversation)
        for (const pair of files.length <= mostFiles ? pairsOf(files) : []) saw({ kind: "together", subjects: pair })
        return
      }
    }
  }

  return {
    take(commit: Committed) {
      const conversation = commit.stream.slice("conv.".length)
      for (const stored of commit.events) {
        const event = readConversationEvent(stored)
        if (event) takeEvent(event, commit, conversation)
      }
    },
  }
}

const tidy = (text: string) => text.trim().replaceAll(/\s+/g, " ")

const pairsOf = (sorted: readonly string[]): string[][] =>
  sorted.flatMap((a, at) => sorted.slice(at + 1).map((b) => [a, b]))

/** The same wherever and whenever the view is built. */
const idOf = (log: LogId, kind: PatternKind, subjects: readonly string[]): string =>
  `pat-${createHash("sha256")
    .update(JSON.stringify([log, kind, ...subjects]))
    .digest("hex")
    .slice(0, 16)}`

/** What is seen once is no habit. */
const fewestTimes: Readonly<Record<PatternKind, number>> = {
  together: 2,
  command: 2,
  correction: 1,
  constraint: 1,
  decided: 1,
}

/** The queries of the view. */
export function patternRows(view: View) {
  return {
    /** Of a project, the weightiest first: those seen within the window, and often enough for their kind. */
    list: (log: LogId, nowMs: number): Pattern[] =>
      view
        .all(
          "SELECT * FROM pattern WHERE log = ? AND last_at >= ? ORDER BY rank DESC, id",
          log,
          new Date(nowMs - windowMs).toISOString(),
        )
        .map((row) => ({
          id: String(row.id),
          kind: z.enum(patternKinds).parse(row.kind),
          subjects: z.array(z.string()).parse(JSON.parse(String(row.subjects))),
          by: z.enum(["user", "model"]).parse(row.by),
          weight: weightAt(Number(row.rank), nowMs),
          times: Number(row.times),
          failures: Number(row.failures),
          exitCode: row.exit_code === null ? null : Number(row.exit_code),
          lastAt: String(row.last_at),
          conversation: String(row.conversation),
        }))
        .filter(({ kind, times }) => times >= fewestTimes[kind]),
  }
}

/** A pattern in one sentence. */
export function patternText({ kind, subjects, by, times, failures, exitCode }: Pattern): string {
  const [first = "", second = ""] = subjects
  switch (kind) {
    case "together":
      return `${first} and ${second} were changed together in ${times} turns.`
    case "command": {
      const failed = failures === 1 ? "and failed once" : `and failed ${failures} times`
      const outcome = failures === 0 ? "always with success" : failures === times ? "never with success" : failed
      return `The command \`${first}\` was run ${times} times ${outcome}; the last exit code was ${exitCode ?? "unknown"}.`
    }
    case "correction":
      return `The user corrected the assistant: ${first}`
    case "constraint":
      return `${by === "user" ? "The user demanded" : "Noted as a demand"} in an earlier conversation: ${first}`
    case "decided":
      return `${by === "user" ? "The user decided" : "It was decided"} in an earlier conversation: ${first}`
  }
}
