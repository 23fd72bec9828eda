import type { Committed, LogId } from "../../fabric/ports.ts"
import type { Db, Projection, View } from "../../fabric/projection.ts"
import { type Entry, entryOf } from "./entries.ts"
import { type ConversationEvent, readConversationEvent } from "./events.ts"
import { emptySnapshot, type Snapshot } from "./live.ts"
import { type ConversationState, evolve, initialState } from "./state.ts"

/** A line of a list of conversations. */
export interface Listed {
  readonly id: string
  readonly log: LogId
  readonly title: string
  readonly root: string
  readonly messages: number
  readonly costUsd: number
  readonly isArchived: boolean
  /** A turn runs, or was cut off. */
  readonly isRunning: boolean
  /** The conversation it works for, where it is a sub-agent's. */
  readonly parent: string | null
  readonly startedAt: string
  readonly lastAt: string
}

export interface ListQuery {
  /** Only of the project with this root. */
  readonly root?: string
  readonly archived?: boolean
  readonly subAgents?: boolean
  readonly running?: boolean
  readonly limit: number
}

export interface Found {
  readonly conversation: Listed
  readonly entry: string
  /** Around what was found, which stands in « ». */
  readonly excerpt: string
}

/** A page of a history, the oldest first; `n` counts the entries of a conversation from 1. */
export interface Page {
  readonly entries: readonly (Entry & { readonly n: number; readonly at: string })[]
  /** What to ask for to see the page before; null at the beginning. */
  readonly before: number | null
}

/** All conversations: what they are, their entries by page, and their words. Opening one costs the same however long it is. */
export const conversationsProjection: Projection = {
  name: "conversations",
  version: 3,
  wants: (log) => log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE conversation (
        id TEXT PRIMARY KEY, log TEXT NOT NULL, head INTEGER NOT NULL, state TEXT NOT NULL, window_from INTEGER NOT NULL,
        entries INTEGER NOT NULL, title TEXT NOT NULL, root TEXT NOT NULL, parent TEXT, messages INTEGER NOT NULL,
        cost_usd REAL NOT NULL, is_archived INTEGER NOT NULL, is_running INTEGER NOT NULL,
        started_at TEXT NOT NULL, last_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX conversation_by_time ON conversation (root, last_at);
      CREATE INDEX conversation_running ON conversation (is_running) WHERE is_running = 1;
      CREATE TABLE entry (
        number INTEGER PRIMARY KEY, conversation TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL,
        entry TEXT NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX entry_by_place ON entry (conversation, n);
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
  startedAt: string
  lastAt: string
}

function tablesOf(db: Db) {
  const find = db.prepare(
    "SELECT log, head, state, window_from, entries, started_at, last_at FROM conversation WHERE id = ?",
  )
  const put = db.prepare("INSERT OR REPLACE INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  const add = db.prepare("INSERT INTO entry (conversation, n, id, at, entry) VALUES (?, ?, ?, ?, ?) RETURNING number")
  const addText = db.prepare("INSERT INTO entry_text (rowid, text) VALUES (?, ?)")
  const placeOf = db.prepare("SELECT n FROM entry WHERE conversation = ? AND id = ? ORDER BY n DESC LIMIT 1")
  const changed = new Map<string, Row>()

  const rowOf = (id: string, log: LogId, at: string): Row => {
    const row = find.get(id)
    if (!row) return { state: initialState, log, head: 0, windowFrom: 1, entries: 0, startedAt: at, lastAt: at }
    return {
      // Our own JSON, in a file whose version was checked.
      state: JSON.parse(String(row.state)) as ConversationState,
      log,
      head: Number(row.head),
      windowFrom: Number(row.window_from),
      entries: Number(row.entries),
      startedAt: String(row.started_at),
      lastAt: String(row.last_at),
    }
  }

  const takeEvent = (id: string, row: Row, event: ConversationEvent, at: string) => {
    row.state = evolve(row.state, event)
    if (event.type === "context.compacted") {
      const place = placeOf.get(id, event.data.upTo)
      if (place) row.windowFrom = Number(place.n) + 1
    }
    const entry = entryOf(event)
    if (!entry) return
    row.entries += 1
    const number = add.get(id, row.entries, entry.id, at, JSON.stringify(entry))?.number
    const text = textOf(entry)
    if (text !== "" && number !== undefined) addText.run(Number(number), text)
  }

  return {
    take({ stream, log, pos, meta: { at }, events }: Committed) {
      const id = stream.slice("conv.".length)
      const row = changed.get(id) ?? rowOf(id, log, at)
      changed.set(id, row)
      row.head = pos
      for (const stored of events) {
        const event = readConversationEvent(stored)
        if (!event) continue
        takeEvent(id, row, event, at)
        row.lastAt = at
      }
    },
    flush() {
      for (const [id, { state, log, head, windowFrom, entries, startedAt, lastAt }] of changed) {
        // A stream that was only claimed is no conversation yet.
        if (state.root === "") continue
        const { title, root, parent, messages, usage, isArchived, turn, queued } = state
        const isRunning = turn !== null || queued.length > 0
        put.run(
          ...([id, log, head, JSON.stringify(state), windowFrom, entries, title, root] as const),
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

const listedColumns = "id, log, title, root, messages, cost_usd, is_archived, is_running, parent, started_at, last_at"

/** The queries of the view. */
export function conversationRows(view: View) {
  const listed = (row: Record<string, unknown>): Listed => ({
    id: String(row.id),
    log: String(row.log),
    title: String(row.title),
    root: String(row.root),
    messages: Number(row.messages),
    costUsd: Number(row.cost_usd),
    isArchived: row.is_archived === 1,
    isRunning: row.is_running === 1,
    parent: row.parent === null ? null : String(row.parent),
    startedAt: String(row.started_at),
    lastAt: String(row.last_at),
  })
  return {
    /** The last used first. */
    list({ root, archived = false, subAgents = false, running, limit }: ListQuery): Listed[] {
      return view
        .all(
          `SELECT ${listedColumns} FROM conversation
           WHERE (?1 IS NULL OR root = ?1) AND is_archived = ?2 AND (?3 OR parent IS NULL)
             AND (?4 IS NULL OR is_running = ?4)
           ORDER BY last_at DESC, id DESC LIMIT ?5`,
          root ?? null,
          Number(archived),
          Number(subAgents),
          running === undefined ? null : Number(running),
          limit,
        )
        .map(listed)
    },
    get(id: string): Listed | undefined {
      const row = view.get(`SELECT ${listedColumns} FROM conversation WHERE id = ?`, id)
      return row && listed(row)
    },
    /** Those whose id begins so; for ids that people type. */
    startingWith: (prefix: string): Listed[] =>
      view
        .all(`SELECT ${listedColumns} FROM conversation WHERE id >= ? AND id < ? LIMIT 10`, prefix, `${prefix}\uffff`)
        .map(listed),
    /** Where the view stands with a conversation; what follows is in the log. */
    snapshot(id: string): Snapshot {
      const row = view.get("SELECT head, state, window_from FROM conversation WHERE id = ?", id)
      if (!row) return emptySnapshot
      const window = view
        .all("SELECT entry FROM entry WHERE conversation = ? AND n >= ? ORDER BY n", id, Number(row.window_from))
        // Our own JSON, as above.
        .map(({ entry }) => JSON.parse(String(entry)) as Entry)
      return { head: Number(row.head), state: JSON.parse(String(row.state)) as ConversationState, window }
    },
    /** The entries before `before` (default: the last ones), at most `limit`. */
    page(id: string, { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number; limit: number }): Page {
      const entries = view
        .all(
          "SELECT n, at, entry FROM entry WHERE conversation = ? AND n < ? ORDER BY n DESC LIMIT ?",
          id,
          before,
          limit,
        )
        .reverse()
        .map(({ n, at, entry }) => ({ ...(JSON.parse(String(entry)) as Entry), n: Number(n), at: String(at) }))
      const first = entries[0]?.n ?? 1
      return { entries, before: first > 1 ? first : null }
    },
    /** Entries with all of the words, the best first. Each word is taken as it is: no query language. */
    search(words: string, { root, limit }: { root?: string; limit: number }): Found[] {
      const query = words
        .split(/\s+/)
        .filter((word) => word !== "")
        .map((word) => `"${word.replaceAll('"', '""')}"`)
        .join(" ")
      if (query === "") return []
      return view
        .all(
          `SELECT ${listedColumns.replaceAll(/\w+/g, "c.$& AS $&")}, e.id AS entry_id,
             snippet(entry_text, 0, '«', '»', '…', 24) AS excerpt
           FROM entry_text t JOIN entry e ON e.number = t.rowid JOIN conversation c ON c.id = e.conversation
           WHERE entry_text MATCH ?1 AND (?2 IS NULL OR c.root = ?2) ORDER BY rank LIMIT ?3`,
          query,
          root ?? null,
          limit,
        )
        .map((row) => ({ conversation: listed(row), entry: String(row.entry_id), excerpt: String(row.excerpt) }))
    },
  }
}
export type ConversationRows = ReturnType<typeof conversationRows>
