import type { DatabaseSync } from "node:sqlite"
import type { GitCommit } from "../../workspace/git.ts"
import { bodyField, fieldCount, nameField } from "../index/fields.ts"
import { isFull, lexicon } from "../index/lexicon.ts"
import { postingCollector } from "../index/postings.ts"
import { openSegments, type Segments } from "../index/segments.ts"
import { byteReader, byteWriter } from "../index/varint.ts"
import { isWordUnit, maxWordLength } from "../index/words.ts"

/**
 * Commits as evidence: their messages are documents (the subject stands as a name, the rest as a body), and each says which paths it changed. Shared by the worktrees of a
 * repository; which commits count for one of them is its `reachable` list.
 */
export interface CommitStore {
  readonly segments: Segments
  has(sha: string): boolean
  idOf(sha: string): number | undefined
  /** Stores commits that are not there yet; inside the caller's transaction. */
  add(commits: readonly GitCommit[]): void
  get(id: number): StoredCommit | undefined
  readonly table: CommitTable
  pathOf(id: number): string
  pathId(path: string): number | undefined
}

export interface StoredCommit {
  readonly id: number
  readonly sha: string
  readonly authorName: string
  readonly authoredAt: string
  readonly subject: string
  readonly body: string
  readonly filesChanged: number
}

/** By commit id, in memory: some 30 bytes a commit and 4 for each path it changed. */
export interface CommitTable {
  readonly count: number
  readonly words: readonly number[]
  /** 0 to 1: what a commit of its size and kind is worth as evidence for one of its paths. */
  readonly weight: readonly number[]
  readonly authoredAtMs: readonly number[]
  /** Ids of the paths it changed. */
  pathsOf(id: number): readonly number[]
  /** Of the paths it renamed: the old id and the new one, flat. */
  renamesOf(id: number): readonly number[]
}

export function openCommitStore(db: DatabaseSync): CommitStore {
  const segments = openSegments(db, 1)
  const words = lexicon()
  const collector = postingCollector()
  const ids = new Map<string, number>()
  const paths: string[] = []
  const pathIds = new Map<string, number>()
  const changes: (readonly number[])[] = []
  const renames = new Map<number, readonly number[]>()
  const weight: number[] = [0]
  const times: number[] = [0]
  const lengths: number[] = [0]

  const put = db.prepare(
    `INSERT INTO commits (id, sha, author, authored_at, subject, body, files, words, weight, changes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const getRow = db.prepare("SELECT sha, author, authored_at, subject, body, files FROM commits WHERE id = ?")
  const putPath = db.prepare("INSERT INTO history_path (id, path) VALUES (?, ?)")

  // Our own rows, in tables whose version was checked.
  for (const row of db.prepare("SELECT id, path FROM history_path ORDER BY id").iterate()) {
    paths[Number(row.id)] = String(row.path)
    pathIds.set(String(row.path), Number(row.id))
  }
  for (const row of db
    .prepare("SELECT id, sha, authored_at, words, weight, changes FROM commits ORDER BY id")
    .iterate()) {
    const id = Number(row.id)
    ids.set(String(row.sha), id)
    remember(id, String(row.authored_at), Number(row.words), Number(row.weight), row.changes as Uint8Array)
  }

  function remember(id: number, authoredAt: string, count: number, worth: number, packed: Uint8Array) {
    lengths[id] = count
    weight[id] = worth
    times[id] = Date.parse(authoredAt) || 0
    const { changed, renamed } = unpackChanges(packed)
    changes[id] = changed
    if (renamed.length > 0) renames.set(id, renamed)
  }
  const idOfPath = (path: string) => {
    let id = pathIds.get(path)
    if (id === undefined) {
      id = paths.length
      paths.push(path)
      pathIds.set(path, id)
      putPath.run(id, path)
    }
    return id
  }
  const scan = (text: string, field: number): number => {
    let count = 0
    let start = -1
    for (let at = 0; at <= text.length; at++) {
      if (at < text.length && isWordUnit(text.charCodeAt(at))) {
        if (start < 0) start = at
      } else if (start >= 0) {
        if (at - start <= maxWordLength) collector.add(words, words.find(text, start, at, false), field)
        count++
        start = -1
      }
    }
    return count
  }

  return {
    segments,
    has: (sha) => ids.has(sha),
    idOf: (sha) => ids.get(sha),
    pathOf: (id) => paths[id] ?? "",
    pathId: (path) => pathIds.get(path),
    table: {
      get count() {
        return weight.length
      },
      words: lengths,
      weight,
      authoredAtMs: times,
      pathsOf: (id) => changes[id] ?? [],
      renamesOf: (id) => renames.get(id) ?? [],
    },
    get(id) {
      const row = getRow.get(id)
      if (!row) return undefined
      return {
        id,
        sha: String(row.sha),
        authorName: String(row.author),
        authoredAt: String(row.authored_at),
        subject: String(row.subject),
        body: String(row.body),
        filesChanged: Number(row.files),
      }
    },
    add(commits) {
      const firstDoc = Math.max(1, weight.length)
      let docs = 0
      for (const commit of commits) {
        if (ids.has(commit.sha)) continue
        const id = firstDoc + docs
        const body = withoutTrailers(commit.body).slice(0, 4000)
        const length = scan(commit.subject, nameField) + scan(body, bodyField)
        collector.endDocument(docs++, ignoredLengths, 0)
        const packed = packChanges(commit, idOfPath)
        const worth = evidenceOf(commit)
        const { sha, authorName, authoredAt, subject } = commit
        put.run(id, sha, authorName, authoredAt, subject, body, commit.files.length, length, worth, packed)
        ids.set(sha, id)
        remember(id, authoredAt, length, worth, packed)
      }
      if (docs > 0)
        segments.write([{ firstDoc, postings: collector.endFile(words, []) }], firstDoc, firstDoc + docs - 1)
      if (isFull(words)) {
        words.clear()
        collector.reset()
      }
    },
  }
}

/** A message's length is counted by its words. */
const ignoredLengths = new Uint32Array(fieldCount)

/** So many changed paths are kept of one commit; one that changes more says nothing of any of them. */
const maxPaths = 200

function packChanges(commit: GitCommit, idOfPath: (path: string) => number): Uint8Array<ArrayBuffer> {
  const out = byteWriter(64)
  const renamed = commit.files.filter(({ oldPath, status }) => oldPath !== undefined && status === "R").slice(0, 5000)
  const changed = commit.files.length > maxPaths ? [] : commit.files
  out.varint(changed.length)
  for (const { path } of changed) out.varint(idOfPath(path))
  out.varint(renamed.length)
  for (const { path, oldPath = path } of renamed) {
    out.varint(idOfPath(oldPath))
    out.varint(idOfPath(path))
  }
  return out.slice()
}

function unpackChanges(bytes: Uint8Array): { changed: number[]; renamed: number[] } {
  const reader = byteReader(bytes)
  const read = (count: number) => Array.from({ length: count }, () => reader.varint())
  const changed = read(reader.varint())
  return { changed, renamed: read(reader.varint() * 2) }
}

/**
 * What a commit is worth as evidence for each path it changed: much when it changed few, little when it changed many
 * (mass edits, formatting, moves), and little when a machine wrote it.
 */
export function evidenceOf(commit: Pick<GitCommit, "files" | "authorName" | "subject" | "parents">): number {
  if (commit.files.length === 0 || commit.files.length > maxPaths) return 0
  const bySize = 1 / Math.sqrt(Math.max(1, commit.files.length))
  const isBot = /\[bot\]$|^(?:dependabot|renovate|greenkeeper|snyk)\b/i.test(commit.authorName)
  const isRoutine = /^(?:merge\b|v?\d+\.\d+(?:\.\d+)?\S*$|(?:bump|release|prepare)\b.*\d+\.\d+)/i.test(commit.subject)
  return bySize * (isBot || isRoutine ? 0.2 : 1)
}

const withoutTrailers = (body: string): string =>
  body
    .replace(/^(?:signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|change-id|git-svn-id|cc):.*$/gim, "")
    .trim()
