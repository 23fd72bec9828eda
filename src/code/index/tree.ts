import type { DatabaseSync } from "node:sqlite"
import type { Content, Contents } from "./contents.ts"
import { fieldCount } from "./fields.ts"
import { treeName } from "./tree-name.ts"

/** What a file looked like when it was read; equal figures mean that it need not be read again (see `isClean`). */
export interface FileStat {
  readonly sizeBytes: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
}

export interface TreeFile extends FileStat {
  readonly path: string
  /** Id of its content; 0 for a file that is known but not indexed. */
  readonly content: number
  /** Why it is not indexed: "binary", "too large", "unreadable"; null when it is. */
  readonly skipped: string | null
  /** When its stat was taken, before its bytes were read. */
  readonly readAtMs: number
}

/** The files of one worktree and which contents they have: what makes a shared index an index of this tree. */
export interface Tree {
  readonly id: number
  readonly root: string
  get(path: string): TreeFile | undefined
  files(): IterableIterator<TreeFile>
  /** Paths of a content in this tree, sorted; more than one where files are equal. */
  pathsOf(content: number): readonly string[]
  /** By content id: 1 where some path has it. */
  readonly live: Uint8Array
  /** Stores rows; inside the caller's transaction. Memory follows with `applied`, once it is committed. */
  store(changes: TreeChanges): void
  applied(changes: TreeChanges): void
  /** Counts over the live contents, each counted once however many paths it has. */
  readonly totals: Totals
  readonly name: string
  /** Moves with every applied change. */
  readonly version: number
  /** Hears of every applied change, after it. */
  onChange(listener: (changes: TreeChanges) => void): void
}

export interface TreeChanges {
  readonly set: readonly TreeFile[]
  readonly removed: readonly string[]
}

export interface Totals {
  /** Indexed paths. */
  readonly files: number
  /** Different contents, and their lines. */
  readonly contents: number
  readonly contentLines: number
  readonly lines: number
  readonly sizeBytes: number
  readonly chunks: number
  readonly symbols: number
  /** Sum of each field's length over the live documents, in words. */
  readonly lengths: Float64Array
}

/**
 * Whether a file with this stat is sure to be as it was when read. A file modified at the time it was read, give or take
 * the file system's clock, may have changed again without a trace in its stat: git calls it racily clean, and so do we.
 */
export function isClean(known: TreeFile, stat: FileStat): boolean {
  return (
    known.sizeBytes === stat.sizeBytes &&
    known.mtimeMs === stat.mtimeMs &&
    known.ctimeMs === stat.ctimeMs &&
    known.inode === stat.inode &&
    Math.max(stat.mtimeMs, stat.ctimeMs) < known.readAtMs - clockGrainMs
  )
}

/** The coarsest time stamps in use: FAT's two seconds; ext4, APFS and NTFS are far finer, and a kernel tick is 10 ms. */
const clockGrainMs = process.platform === "win32" ? 2000 : 20

export function openTree(db: DatabaseSync, contents: Contents, root: string): Tree {
  db.prepare("INSERT OR IGNORE INTO worktree (root) VALUES (?)").run(root)
  const id = Number(db.prepare("SELECT id FROM worktree WHERE root = ?").get(root)?.id)
  const put = db.prepare(
    `INSERT OR REPLACE INTO file (worktree, path, content, skipped, size, mtime, ctime, inode, read_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const drop = db.prepare("DELETE FROM file WHERE worktree = ? AND path = ?")

  const files = new Map<string, TreeFile>()
  const listeners: ((changes: TreeChanges) => void)[] = []
  const paths = new Map<number, string[]>()
  const name = treeName()
  const lengths = new Float64Array(fieldCount)
  const totals = { files: 0, contents: 0, contentLines: 0, lines: 0, sizeBytes: 0, chunks: 0, symbols: 0, lengths }
  let version = 0
  let live = new Uint8Array(1 << 12)
  const mark = (content: number, value: 0 | 1) => {
    if (content >= live.length) {
      const wider = new Uint8Array(Math.max(content + 1, live.length * 2))
      wider.set(live)
      live = wider
    }
    live[content] = value
  }

  const count = (content: Content, sign: 1 | -1) => {
    mark(content.id, sign > 0 ? 1 : 0)
    totals.contents += sign
    totals.contentLines += sign * content.lines
    totals.chunks += sign * content.chunks
    totals.symbols += sign * content.symbols
    const from = content.firstDoc * fieldCount
    const to = from + content.chunks * fieldCount
    for (let at = from; at < to; at++)
      lengths[at % fieldCount] = (lengths[at % fieldCount] ?? 0) + sign * (contents.docs.lengths[at] ?? 0)
  }
  const forget = (path: string) => {
    const known = files.get(path)
    if (!known) return
    files.delete(path)
    const content = contents.get(known.content)
    if (!content) return
    name.remove(path, content.hash)
    totals.files--
    totals.lines -= content.lines
    totals.sizeBytes -= content.sizeBytes
    const rest = (paths.get(content.id) ?? []).filter((other) => other !== path)
    if (rest.length > 0) paths.set(content.id, rest)
    else {
      paths.delete(content.id)
      count(content, -1)
    }
  }
  const remember = (file: TreeFile) => {
    forget(file.path)
    files.set(file.path, file)
    const content = contents.get(file.content)
    if (!content) return
    name.add(file.path, content.hash)
    totals.files++
    totals.lines += content.lines
    totals.sizeBytes += content.sizeBytes
    const others = paths.get(content.id)
    if (others) paths.set(content.id, [...others, file.path].sort())
    else {
      paths.set(content.id, [file.path])
      count(content, 1)
    }
  }

  for (const row of db
    .prepare("SELECT path, content, skipped, size, mtime, ctime, inode, read_at FROM file WHERE worktree = ?")
    .iterate(id)) {
    // Our own rows, in tables whose version was checked.
    const { path, content, skipped, size, mtime, ctime, inode, read_at } = row as unknown as FileRow
    // A row whose content is missing is as good as none: the file is read again.
    if (content !== null && !contents.get(content)) continue
    const stat = { sizeBytes: size, mtimeMs: mtime, ctimeMs: ctime, inode }
    remember({ path, content: content ?? 0, skipped, readAtMs: read_at, ...stat })
  }

  return {
    id,
    root,
    totals,
    get: (path) => files.get(path),
    files: () => files.values(),
    pathsOf: (content) => paths.get(content) ?? [],
    get live() {
      return live
    },
    get name() {
      return name.toString()
    },
    get version() {
      return version
    },
    store({ set, removed }) {
      for (const path of removed) drop.run(id, path)
      for (const f of set)
        put.run(
          id,
          f.path,
          f.content === 0 ? null : f.content,
          f.skipped,
          f.sizeBytes,
          f.mtimeMs,
          f.ctimeMs,
          f.inode,
          f.readAtMs,
        )
    },
    applied({ set, removed }) {
      for (const path of removed) forget(path)
      for (const file of set) remember(file)
      version++
      for (const listener of listeners) listener({ set, removed })
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

interface FileRow {
  readonly path: string
  readonly content: number | null
  readonly skipped: string | null
  readonly size: number
  readonly mtime: number
  readonly ctime: number
  readonly inode: number
  readonly read_at: number
}
