import type { DatabaseSync } from "node:sqlite"
import { type AnalysedFile, documentWidth } from "./analyse.ts"
import { docField, fieldCount } from "./fields.ts"
import { openSegments, type Segments } from "./segments.ts"

/** One analysed content, whatever paths it has in whatever worktrees. */
export interface Content {
  readonly id: number
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string
  readonly language: string
  readonly lines: number
  readonly sizeBytes: number
  /** Its chunks are the documents `firstDoc` to `firstDoc + chunks - 1`. */
  readonly firstDoc: number
  readonly chunks: number
  readonly symbols: number
}

/**
 * The contents of an index and, in memory, what ranking needs of each chunk: its content, kind and field lengths, some
 * 20 bytes. Texts, parsed files and postings stay in the database.
 */
export interface Contents {
  readonly segments: Segments
  find(hash: string, variant: string): Content | undefined
  get(id: number): Content | undefined
  /** Stores analysed contents and their postings; inside the caller's transaction. Hashes must not be there yet. */
  add(files: readonly NewContent[]): Content[]
  /** Drops contents; inside the caller's transaction. Their postings go when segments are merged. */
  drop(ids: readonly number[]): void
  ids(): IterableIterator<number>
  readonly docs: DocumentTable
  readonly size: number
}

export interface NewContent {
  readonly hash: string
  readonly variant: string
  readonly sizeBytes: number
  readonly analysed: AnalysedFile
}

/** By document number. A document of no (or a dropped) content has content 0. */
export interface DocumentTable {
  readonly count: number
  readonly content: Uint32Array
  readonly kind: Uint8Array
  readonly startLine: Uint32Array
  /** `fieldCount` numbers for each document. */
  readonly lengths: Uint16Array
  /** By content id: words of its documents, bodies and comments together. */
  readonly fileLength: Float32Array
}

export function openContents(db: DatabaseSync): Contents {
  const segments = openSegments(db, 0)
  const byId = new Map<number, Content>()
  const table = documentTable()
  const findId = db.prepare("SELECT id FROM content WHERE hash = ? AND variant = ?")
  const put = db.prepare(
    `INSERT INTO content (id, hash, variant, language, lines, size, first_doc, chunks, symbols, documents)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const putLink = db.prepare("INSERT INTO link (content, links) VALUES (?, ?)")
  const putSignature = db.prepare("INSERT INTO signature (content, bits) VALUES (?, ?)")
  const putBody = db.prepare("INSERT INTO body (content, parsed, text) VALUES (?, ?, ?)")
  const drops = [
    "content WHERE id",
    "link WHERE content",
    "signature WHERE content",
    "body WHERE content",
    "chunk_hash WHERE content",
  ].map((what) => db.prepare(`DELETE FROM ${what} = ?`))

  let nextId = 1
  for (const row of db
    .prepare("SELECT id, hash, language, lines, size, first_doc, chunks, symbols, documents FROM content ORDER BY id")
    .iterate()) {
    // Our own rows, in tables whose version was checked.
    const { id, hash, language, lines, size, first_doc, chunks, symbols, documents } = row as unknown as ContentRow
    byId.set(id, {
      id,
      hash: Buffer.from(hash).toString("hex"),
      language,
      lines,
      sizeBytes: size,
      firstDoc: first_doc,
      chunks,
      symbols,
    })
    const copy = documents.slice()
    table.set(id, first_doc, new Uint32Array(copy.buffer, 0, copy.length / 4))
    nextId = Math.max(nextId, id + 1)
  }

  return {
    segments,
    docs: table,
    get size() {
      return byId.size
    },
    find(hash, variant) {
      const row = findId.get(Buffer.from(hash, "hex"), variant)
      return row ? byId.get(Number(row.id)) : undefined
    },
    get: (id) => byId.get(id),
    ids: () => byId.keys(),
    add(files) {
      const firstDoc = table.count
      const added: Content[] = []
      const parts = files.map(({ hash, variant, sizeBytes, analysed }) => {
        const id = nextId++
        const doc = table.count
        const { language, lines, chunkCount, symbolCount, documents } = analysed
        const bytes = new Uint8Array(documents.buffer, documents.byteOffset, documents.byteLength)
        put.run(id, Buffer.from(hash, "hex"), variant, language, lines, sizeBytes, doc, chunkCount, symbolCount, bytes)
        putLink.run(id, analysed.links)
        putSignature.run(id, analysed.signature)
        putBody.run(id, analysed.parsed, analysed.text)
        table.set(id, doc, documents)
        const content: Content = {
          id,
          hash,
          language,
          lines,
          sizeBytes,
          firstDoc: doc,
          chunks: chunkCount,
          symbols: symbolCount,
        }
        byId.set(id, content)
        added.push(content)
        return { firstDoc: doc, postings: analysed.postings }
      })
      if (parts.length > 0) segments.write(parts, firstDoc, table.count - 1)
      return added
    },
    drop(ids) {
      for (const id of ids) {
        const content = byId.get(id)
        if (!content) continue
        for (const drop of drops) drop.run(id)
        table.clear(content.firstDoc, content.chunks)
        byId.delete(id)
      }
    },
  }
}

interface ContentRow {
  readonly id: number
  readonly hash: Uint8Array
  readonly language: string
  readonly lines: number
  readonly size: number
  readonly first_doc: number
  readonly chunks: number
  readonly symbols: number
  readonly documents: Uint8Array
}

/** A growing DocumentTable. Document 0 is never used, so that 0 can mean none. */
function documentTable() {
  let capacity = 1 << 12
  let count = 1
  let content = new Uint32Array(capacity)
  let kind = new Uint8Array(capacity)
  let startLine = new Uint32Array(capacity)
  let lengths = new Uint16Array(capacity * fieldCount)
  let fileLength = new Float32Array(1 << 12)
  const room = (wanted: number) => {
    if (wanted <= capacity) return
    while (capacity < wanted) capacity = Math.ceil(capacity * 1.5)
    const grown = [
      new Uint32Array(capacity),
      new Uint8Array(capacity),
      new Uint32Array(capacity),
      new Uint16Array(capacity * fieldCount),
    ] as const
    grown[0].set(content)
    grown[1].set(kind)
    grown[2].set(startLine)
    grown[3].set(lengths)
    ;[content, kind, startLine, lengths] = grown
  }
  return {
    get count() {
      return count
    },
    get content() {
      return content
    },
    get kind() {
      return kind
    },
    get startLine() {
      return startLine
    },
    get lengths() {
      return lengths
    },
    get fileLength() {
      return fileLength
    },
    set(id: number, firstDoc: number, documents: Uint32Array) {
      const chunks = documents.length / documentWidth
      room(firstDoc + chunks)
      count = Math.max(count, firstDoc + chunks)
      if (id >= fileLength.length) {
        const wider = new Float32Array(Math.max(id + 1, fileLength.length * 2))
        wider.set(fileLength)
        fileLength = wider
      }
      let words = 0
      for (let chunk = 0; chunk < chunks; chunk++) {
        const doc = firstDoc + chunk
        const base = chunk * documentWidth
        content[doc] = id
        kind[doc] = documents[base] ?? 0
        startLine[doc] = documents[base + 1] ?? 0
        for (let field = 0; field < fieldCount; field++) {
          const length = Math.min(documents[base + 3 + field] ?? 0, 0xffff)
          lengths[doc * fieldCount + field] = length
          if (field >= docField) words += length
        }
      }
      fileLength[id] = words
    },
    clear(firstDoc: number, chunks: number) {
      content.fill(0, firstDoc, firstDoc + chunks)
    },
  }
}
