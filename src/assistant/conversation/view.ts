import type { LogId } from "../../fabric/ports.ts"
import type { View } from "../../fabric/projection.ts"
import type { Entry } from "./entries.ts"
import { emptySnapshot, type Snapshot } from "./live.ts"
import type { ConversationState } from "./state.ts"

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
  /** Whose turn it belongs to. */
  readonly by: string
  /** No model is given it. */
  readonly isWithheld: boolean
  /** Around what was found, which stands in « ». */
  readonly excerpt: string
}

/** An entry at its place; `n` counts the entries of a conversation from 1. */
export type Placed = Entry & {
  readonly n: number
  readonly at: string
  /** Whoever said it, or whose turn it belongs to. */
  readonly by: string
  /** No model is given it. */
  readonly isWithheld: boolean
  /** It was taken back, and is not part of the history that holds. */
  readonly isRewound: boolean
}

/** A page of a history, the oldest first. */
export interface Page {
  readonly entries: readonly Placed[]
  /** What to ask for to see the page before; null at the beginning. */
  readonly before: number | null
}

const listedColumns = "id, log, title, root, messages, cost_usd, is_archived, is_running, parent, started_at, last_at"

const placedColumns = "n, at, entry, by, is_withheld, is_rewound"
const placed = ({ n, at, entry, by, ...row }: Record<string, unknown>): Placed => ({
  // Our own JSON, in a file whose version was checked.
  ...(JSON.parse(String(entry)) as Entry),
  n: Number(n),
  at: String(at),
  by: String(by),
  isWithheld: row.is_withheld === 1,
  isRewound: row.is_rewound === 1,
})

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
      // Only what is asked for is said, so that an index gives the order: most lists are the beginning of a long one.
      const where = [
        "is_archived = ?",
        ...(root === undefined ? [] : ["root = ?"]),
        ...(subAgents ? [] : ["parent IS NULL"]),
        ...(running === undefined ? [] : ["is_running = ?"]),
      ]
      return view
        .all(
          `SELECT ${listedColumns} FROM conversation WHERE ${where.join(" AND ")}
           ORDER BY last_at DESC, id DESC LIMIT ?`,
          Number(archived),
          ...(root === undefined ? [] : [root]),
          ...(running === undefined ? [] : [Number(running)]),
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
    /** The conversations of agents that its calls began. */
    agentsOf: (id: string): Listed[] =>
      view.all(`SELECT ${listedColumns} FROM conversation WHERE parent = ? ORDER BY started_at, id`, id).map(listed),
    /** What there is to know of it without its messages, as far as the view has come. */
    state(id: string): ConversationState | undefined {
      const row = view.get("SELECT state FROM conversation WHERE id = ?", id)
      // Our own JSON, in a file whose version was checked.
      return row && (JSON.parse(String(row.state)) as ConversationState)
    },
    /** Called after any conversation of a log has changed. */
    onChange: (callback: (log: LogId) => void): (() => void) => view.onChange(callback),
    /** One entry, taken back or not. */
    entry(id: string, entry: string): Placed | undefined {
      const row = view.get(
        `SELECT ${placedColumns} FROM entry WHERE conversation = ? AND id = ? ORDER BY n DESC LIMIT 1`,
        id,
        entry,
      )
      return row && placed(row)
    },
    /** Where the view stands with a conversation; what follows is in the log. */
    snapshot(id: string): Snapshot {
      const row = view.get("SELECT head, state, window_from FROM conversation WHERE id = ?", id)
      if (!row) return emptySnapshot
      const window = view
        .all(
          "SELECT entry FROM entry WHERE conversation = ? AND n >= ? AND is_rewound = 0 ORDER BY n",
          id,
          Number(row.window_from),
        )
        // Our own JSON, in a file whose version was checked.
        .map(({ entry }) => JSON.parse(String(entry)) as Entry)
      return { head: Number(row.head), state: JSON.parse(String(row.state)) as ConversationState, window }
    },
    /** The entries before `before` (default: the last ones), at most `limit`; `rewound`: also those that were taken back. */
    page(
      id: string,
      {
        before = Number.MAX_SAFE_INTEGER,
        limit,
        rewound = false,
      }: { before?: number; limit: number; rewound?: boolean },
    ): Page {
      const held = rewound ? "" : "AND is_rewound = 0"
      const entries = view
        .all(
          `SELECT ${placedColumns} FROM entry WHERE conversation = ? AND n < ? ${held} ORDER BY n DESC LIMIT ?`,
          id,
          before,
          limit,
        )
        .reverse()
        .map(placed)
      const first = entries[0]?.n ?? 1
      return { entries, before: first > 1 ? first : null }
    },
    /** The entries of the history after the one with this number, the oldest first. */
    since: (id: string, n: number, limit: number): Placed[] =>
      view
        .all(
          `SELECT ${placedColumns} FROM entry WHERE conversation = ? AND n > ? AND is_rewound = 0 ORDER BY n LIMIT ?`,
          id,
          n,
          limit,
        )
        .map(placed),
    /** Whether the entry with this number is part of the history that holds. */
    isHeld: (id: string, n: number): boolean =>
      view.get("SELECT 1 FROM entry WHERE conversation = ? AND n = ? AND is_rewound = 0", id, n) !== undefined,
    /** The conversation that a token with this SHA-256 shows; undefined once it was revoked or the conversation deleted. */
    shared(
      tokenHash: string,
    ): { readonly conversation: Listed; readonly share: string; readonly expiresAt: string } | undefined {
      const row = view.get("SELECT conversation, id, expires_at FROM share WHERE token_hash = ?", tokenHash)
      const of = row && view.get(`SELECT ${listedColumns} FROM conversation WHERE id = ?`, String(row.conversation))
      return of && { conversation: listed(of), share: String(row.id), expiresAt: String(row.expires_at) }
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
          `SELECT ${listedColumns.replaceAll(/\w+/g, "c.$& AS $&")}, e.id AS entry_id, e.by, e.is_withheld,
             snippet(entry_text, 0, '«', '»', '…', 24) AS excerpt
           FROM entry_text t JOIN entry e ON e.number = t.rowid JOIN conversation c ON c.id = e.conversation
           WHERE entry_text MATCH ?1 AND (?2 IS NULL OR c.root = ?2) AND e.is_rewound = 0 ORDER BY rank LIMIT ?3`,
          query,
          root ?? null,
          limit,
        )
        .map((row) => ({
          conversation: listed(row),
          entry: String(row.entry_id),
          by: String(row.by),
          isWithheld: row.is_withheld === 1,
          excerpt: String(row.excerpt),
        }))
    },
  }
}
export type ConversationRows = ReturnType<typeof conversationRows>
