import type { CommitMeta, Committed, LogId } from "../../fabric/ports.ts"
import type { Db, Projection } from "../../fabric/projection.ts"
import { type Entry, entryOf } from "./entries.ts"
import { type ConversationEvent, readConversationEvent } from "./events.ts"
import { type ConversationState, evolve, initialState } from "./state.ts"

/** All conversations: what they are, their entries by page, and their words. Opening one costs the same however long it is. */
export const conversationsProjection: Projection = {
  name: "conversations",
  version: 5,
  wants: (log) => log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE conversation (
        id TEXT PRIMARY KEY, log TEXT NOT NULL, head INTEGER NOT NULL, state TEXT NOT NULL, window_from INTEGER NOT NULL,
        entries INTEGER NOT NULL, line_end INTEGER NOT NULL, title TEXT NOT NULL, root TEXT NOT NULL, parent TEXT, messages INTEGER NOT NULL,
        cost_usd REAL NOT NULL, is_archived INTEGER NOT NULL, is_running INTEGER NOT NULL,
        started_at TEXT NOT NULL, last_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX conversation_by_time ON conversation (last_at);
      CREATE INDEX conversation_of_project ON conversation (root, last_at);
      CREATE INDEX conversation_of_agent ON conversation (parent) WHERE parent IS NOT NULL;
      CREATE INDEX conversation_running ON conversation (is_running) WHERE is_running = 1;
      CREATE TABLE entry (
        number INTEGER PRIMARY KEY, conversation TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL,
        entry TEXT NOT NULL, follows INTEGER NOT NULL, by TEXT NOT NULL, is_rewound INTEGER NOT NULL DEFAULT 0,
        is_withheld INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE UNIQUE INDEX entry_by_place ON entry (conversation, n);
      CREATE INDEX entry_on_line ON entry (conversation, n) WHERE is_rewound = 0;
      CREATE TABLE share (
        token_hash TEXT PRIMARY KEY, conversation TEXT NOT NULL, id TEXT NOT NULL, expires_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE VIRTUAL TABLE entry_text USING fts5(text, tokenize = 'porter unicode61');
    `)
  },
  apply(db, batch) {
    const tables = tablesOf(db)
    for (const commit of batch) if (commit.stream.startsWith("conv.")) tables.take(commit)
    tables.flush()
  },
}

interface Row {
  state: ConversationState
  log: LogId
  head: number
  windowFrom: number
  entries: number
  /** Number of the newest entry of the line that holds; 0: none. */
  lineEnd: number
  startedAt: string
  lastAt: string
}

function tablesOf(db: Db) {
  const find = db.prepare(
    "SELECT log, head, state, window_from, entries, line_end, started_at, last_at FROM conversation WHERE id = ?",
  )
  const put = db.prepare("INSERT OR REPLACE INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  const add = db.prepare(
    "INSERT INTO entry (conversation, n, id, at, entry, follows, by) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number",
  )
  const addText = db.prepare("INSERT INTO entry_text (rowid, text) VALUES (?, ?)")
  const placeOf = db.prepare("SELECT n FROM entry WHERE conversation = ? AND id = ? ORDER BY n DESC LIMIT 1")
  const withhold = db.prepare("UPDATE entry SET is_withheld = 1 WHERE conversation = ? AND id = ?")
  const rewind = db.prepare(
    `WITH RECURSIVE line (n) AS (
       VALUES (?2) UNION ALL SELECT e.follows FROM entry e JOIN line USING (n) WHERE e.conversation = ?1 AND e.follows > 0
     )
     UPDATE entry SET is_rewound = n NOT IN (SELECT n FROM line) WHERE conversation = ?1`,
  )
  const share = db.prepare("INSERT OR REPLACE INTO share VALUES (?, ?, ?, ?)")
  const unshare = db.prepare("DELETE FROM share WHERE conversation = ? AND id = ?")
  const forget = [
    "DELETE FROM entry_text WHERE rowid IN (SELECT number FROM entry WHERE conversation = ?)",
    "DELETE FROM entry WHERE conversation = ?",
    "DELETE FROM share WHERE conversation = ?",
    "DELETE FROM conversation WHERE id = ?",
  ].map((sql) => db.prepare(sql))
  const changed = new Map<string, Row>()

  const rowOf = (id: string, log: LogId, at: string): Row => {
    const row = find.get(id)
    if (!row)
      return { state: initialState, log, head: 0, windowFrom: 1, entries: 0, lineEnd: 0, startedAt: at, lastAt: at }
    return {
      // Our own JSON, in a file whose version was checked.
      state: JSON.parse(String(row.state)) as ConversationState,
      log,
      head: Number(row.head),
      windowFrom: Number(row.window_from),
      entries: Number(row.entries),
      lineEnd: Number(row.line_end),
      startedAt: String(row.started_at),
      lastAt: String(row.last_at),
    }
  }

  const after = (id: string, entry: string | undefined): number =>
    entry === undefined ? 1 : Number(placeOf.get(id, entry)?.n ?? 0) + 1

  const takeEvent = (id: string, row: Row, event: ConversationEvent, { at, actor }: CommitMeta) => {
    // A hook speaks for whoever the turn works for.
    const by = actor === "hook" ? (row.state.turn?.by ?? actor) : actor
    row.state = evolve(row.state, event)
    switch (event.type) {
      case "context.compacted":
        row.windowFrom = after(id, event.data.upTo)
        break
      case "message.withheld":
        withhold.run(id, event.data.message)
        break
      case "conversation.rewound":
        row.lineEnd = Number(placeOf.get(id, event.data.to)?.n ?? row.lineEnd)
        row.windowFrom = after(id, event.data.compaction?.upTo)
        rewind.run(id, row.lineEnd)
        break
      case "share.made":
        share.run(event.data.tokenHash, id, event.data.share, event.data.expiresAt)
        break
      case "share.ended":
        unshare.run(id, event.data.share)
        break
      case "conversation.deleted":
        for (const statement of forget) statement.run(id)
        break
    }
    const entry = entryOf(event)
    if (!entry) return
    row.entries += 1
    const number = add.get(id, row.entries, entry.id, at, JSON.stringify(entry), row.lineEnd, by)?.number
    row.lineEnd = row.entries
    const text = textOf(entry)
    if (text !== "" && number !== undefined) addText.run(Number(number), text)
  }

  return {
    take({ stream, log, pos, meta, events }: Committed) {
      const id = stream.slice("conv.".length)
      const row = changed.get(id) ?? rowOf(id, log, meta.at)
      changed.set(id, row)
      row.head = pos
      for (const stored of events) {
        const event = readConversationEvent(stored)
        if (!event) continue
        takeEvent(id, row, event, meta)
        row.lastAt = meta.at
      }
    },
    flush() {
      for (const [id, { state, log, head, windowFrom, entries, lineEnd, startedAt, lastAt }] of changed) {
        // A stream that was only claimed is no conversation yet; one that was deleted is none any more.
        if (state.root === "" || state.isDeleted) continue
        const { title, root, parent, messages, usage, isArchived, turn, queued } = state
        const isRunning = turn !== null || queued.length > 0
        put.run(
          ...([id, log, head, JSON.stringify(state), windowFrom, entries, lineEnd, title, root] as const),
          ...([parent?.conversation ?? null, messages, usage.costUsd, Number(isArchived), Number(isRunning)] as const),
          ...([startedAt, lastAt] as const),
        )
      }
    },
  }
}

/** What is found by words: what people and models said, and the names of tools; not the bulk that tools read. */
function textOf(entry: Entry): string {
  if (entry.kind === "tool") return ""
  return entry.parts
    .map((part) => (part.kind === "text" ? part.text : part.kind === "tool-call" ? part.name : ""))
    .filter((text) => text !== "")
    .join("\n")
}
