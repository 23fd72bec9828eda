import { z } from "zod"
import { Sealed } from "../../access/sealed.ts"
import type { Committed } from "../../fabric/ports.ts"
import type { Db, Projection, View } from "../../fabric/projection.ts"
import { type MemoryEvent, type MemorySource, readMemoryEvent } from "./events.ts"
import { type MemoryKind, memoryKinds } from "./kinds.ts"
import { isMemoryStream, keyOfPlace, type MemoryPlace } from "./place.ts"

/** A memory as the view has it. */
export interface MemoryRow {
  readonly id: string
  readonly kind: MemoryKind
  readonly text: string | Sealed
  readonly by: "user" | "model"
  readonly actor: string
  readonly source: MemorySource
  readonly at: string
  readonly expiresAt: string | null
  readonly confidence: number
  /** How often it was to be remembered. */
  readonly times: number
  readonly lastAt: string
  /** By a forgetting, or because its adding was undone. */
  readonly isForgotten: boolean
}

/** A change as the user looks back on it. */
export interface ChangeRow {
  readonly id: string
  readonly kind: string
  readonly memories: readonly string[]
  readonly undoes: string | null
  readonly by: "user" | "model"
  readonly actor: string
  readonly at: string
  readonly why: string
  readonly isUndone: boolean
}

/** What users, projects and the team remember: a fold of all changes that are not undone. */
export const memoriesProjection: Projection = {
  name: "memories",
  version: 1,
  wants: (log) => log === "core" || log.startsWith("project."),
  create(db) {
    db.exec(`
      CREATE TABLE memory (
        number INTEGER PRIMARY KEY, place TEXT NOT NULL, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        text TEXT, sealed TEXT, by TEXT NOT NULL, actor TEXT NOT NULL, source TEXT NOT NULL,
        at TEXT NOT NULL, expires_at TEXT, confidence REAL NOT NULL, times INTEGER NOT NULL, last_at TEXT NOT NULL,
        is_forgotten INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX memory_by_place ON memory (place, number);
      CREATE TABLE change (
        n INTEGER PRIMARY KEY, place TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, undoes TEXT,
        by TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, confidence REAL, expires_at TEXT, why TEXT NOT NULL,
        is_undone INTEGER NOT NULL, UNIQUE (place, id)
      ) STRICT;
      CREATE TABLE touched (place TEXT NOT NULL, memory TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (place, memory, n))
        STRICT, WITHOUT ROWID;
      CREATE INDEX touched_by_change ON touched (n);
    `)
  },
  apply(db, batch) {
    const tables = tablesOf(db)
    for (const commit of batch) if (isMemoryStream(commit.stream)) tables.take(commit)
  },
}

/** What the kinds of changes say beside what they are about. */
interface Told {
  readonly undoes?: string
  readonly why?: string
  readonly confidence?: number
  readonly expiresAt?: string | null
}

function tablesOf(db: Db) {
  const add = db.prepare("INSERT INTO memory VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, 0)")
  const fold = db.prepare(
    "UPDATE memory SET confidence = ?, times = ?, last_at = ?, expires_at = ?, is_forgotten = ? WHERE id = ?",
  )
  const hide = db.prepare("UPDATE memory SET is_forgotten = 1 WHERE id = ?")
  const note = db.prepare("INSERT INTO change VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING n")
  const touch = db.prepare("INSERT INTO touched VALUES (?, ?, ?)")
  const find = db.prepare("SELECT n, undoes FROM change WHERE place = ? AND id = ?")
  const flip = db.prepare("UPDATE change SET is_undone = ? WHERE n = ?")
  const touchedBy = db.prepare("SELECT memory FROM touched WHERE n = ?")
  const changesOf = db.prepare(
    `SELECT c.kind, c.at, c.confidence, c.expires_at FROM touched t JOIN change c ON c.n = t.n
     WHERE t.place = ? AND t.memory = ? AND c.is_undone = 0 ORDER BY c.n`,
  )

  const memoriesOf = (n: number) => touchedBy.all(n).map(({ memory }) => String(memory))

  const undo = (place: string, id: string, isUndone: boolean) => {
    const change = find.get(place, id)
    if (!change) return
    flip.run(Number(isUndone), Number(change.n))
    if (change.undoes !== null) undo(place, String(change.undoes), !isUndone)
  }

  const refold = (place: string, memory: string) => {
    let confidence = 0
    let times = 0
    let lastAt = ""
    let expiresAt: string | null = null
    let isHeld = false
    let isForgotten = false
    for (const change of changesOf.all(place, memory)) {
      if (change.kind === "forgotten") isForgotten = true
      if (change.kind !== "added" && change.kind !== "confirmed") continue
      const given = Number(change.confidence)
      // What is said again is surer, though never more than certain.
      confidence = times === 0 ? given : confidence + ((1 - confidence) * given) / 2
      times += 1
      lastAt = String(change.at)
      expiresAt = change.expires_at === null ? null : String(change.expires_at)
      if (change.kind === "added") isHeld = true
    }
    if (isHeld) fold.run(confidence, times, lastAt, expiresAt, Number(isForgotten), memory)
    else hide.run(memory)
  }

  const takeEvent = (place: string, { type, data }: MemoryEvent) => {
    const { change, by, actor, at } = data
    const put = (kind: string, memories: readonly string[], more: Told) => {
      const { undoes = null, why = "", confidence = null, expiresAt = null } = more
      const n = Number(note.get(place, change, kind, undoes, by, actor, at, confidence, expiresAt, why)?.n)
      for (const memory of memories) touch.run(place, memory, n)
      for (const memory of memories) refold(place, memory)
    }
    switch (type) {
      case "memory.added": {
        const { memory, kind, text, confidence, expiresAt } = data
        const source = JSON.stringify(data.source)
        const [plain, sealed] = typeof text === "string" ? [text, null] : [null, JSON.stringify(text)]
        add.run(place, memory, kind, plain, sealed, by, actor, source, at, expiresAt, confidence, at)
        return put("added", [memory], { confidence, expiresAt })
      }
      case "memory.confirmed":
        return put("confirmed", [data.memory], data)
      case "memory.forgotten":
        return put("forgotten", data.memories, data)
      case "memory.undone": {
        const undone = find.get(place, data.undoes)
        if (!undone) return
        undo(place, data.undoes, true)
        return put("undone", memoriesOf(Number(undone.n)), data)
      }
    }
  }

  return {
    take(commit: Committed) {
      for (const stored of commit.events) takeEvent(keyOfPlace(commit), readMemoryEvent(stored))
    },
  }
}

const Source = z.object({ conversation: z.string(), message: z.string().nullable() }).nullable()
const By = z.enum(["user", "model"])

/** The queries of the view. */
export function memoryRows(view: View) {
  const rowOf = (row: Record<string, unknown>): MemoryRow => ({
    id: String(row.id),
    kind: z.enum(memoryKinds).parse(row.kind),
    text: row.sealed === null ? String(row.text) : Sealed.parse(JSON.parse(String(row.sealed))),
    by: By.parse(row.by),
    actor: String(row.actor),
    source: Source.parse(JSON.parse(String(row.source))),
    at: String(row.at),
    expiresAt: row.expires_at === null ? null : String(row.expires_at),
    confidence: Number(row.confidence),
    times: Number(row.times),
    lastAt: String(row.last_at),
    isForgotten: row.is_forgotten === 1,
  })
  return {
    /** Everything of a place, the oldest first; also what is forgotten or has expired. */
    list: (place: MemoryPlace): MemoryRow[] =>
      view.all("SELECT * FROM memory WHERE place = ? ORDER BY number", keyOfPlace(place)).map(rowOf),
    /** Ids of patterns of a place that are forgotten. */
    forgottenPatterns: (place: MemoryPlace): ReadonlySet<string> =>
      new Set(
        view
          .all(
            `SELECT DISTINCT t.memory FROM touched t JOIN change c ON c.n = t.n
             WHERE t.place = ? AND t.memory >= 'pat-' AND t.memory < 'pat.' AND c.kind = 'forgotten' AND c.is_undone = 0`,
            keyOfPlace(place),
          )
          .map(({ memory }) => String(memory)),
      ),
    /** The last changes of a place, the newest first. */
    changes: (place: MemoryPlace, limit: number): ChangeRow[] =>
      view
        .all(
          `SELECT *, (SELECT json_group_array(memory) FROM touched t WHERE t.n = change.n) AS memories FROM change
           WHERE place = ? ORDER BY n DESC LIMIT ?`,
          keyOfPlace(place),
          limit,
        )
        .map((row) => ({
          id: String(row.id),
          kind: String(row.kind),
          memories: z.array(z.string()).parse(JSON.parse(String(row.memories))),
          undoes: row.undoes === null ? null : String(row.undoes),
          by: By.parse(row.by),
          actor: String(row.actor),
          at: String(row.at),
          why: String(row.why),
          isUndone: row.is_undone === 1,
        })),
  }
}
