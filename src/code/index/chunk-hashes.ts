import { createHash } from "node:crypto"
import type { DatabaseSync } from "node:sqlite"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import { linesOf } from "../search/passage.ts"
import type { SearchSource } from "../search/source.ts"

/** Bytes of a chunk's hash. */
const width = 16

/** What a chunk is called in the store of vectors: the same wherever its text stands. "" for one that is not embedded. */
export type ChunkHash = string

/** Where the chunks are read. */
type Chunks = Pick<SearchSource, "contents" | "tree" | "text" | "outline">

export interface ChunkHashes {
  /** Of the chunks of a content, in order; undefined where they were not made yet. */
  of(content: number): readonly ChunkHash[] | undefined
  /** As `of`; makes and keeps them where they are not there. */
  made(view: Chunks, content: number): readonly ChunkHash[]
  /** Those of all contents of the index, whichever worktree has them. `pause` lets others run in between. */
  all(pause: () => Promise<void>): Promise<Set<ChunkHash>>
}

/**
 * The hash of each chunk's text, so that a vector is found again after the chunk has moved: to another line, file, branch
 * or worktree, or into an index that was built anew.
 */
export function openChunkHashes(db: DatabaseSync): ChunkHashes {
  const get = db.prepare("SELECT hashes FROM chunk_hash WHERE content = ?")
  const put = db.prepare("INSERT OR REPLACE INTO chunk_hash (content, hashes) VALUES (?, ?)")
  const after = db.prepare("SELECT content, hashes FROM chunk_hash WHERE content > ? ORDER BY content LIMIT 50")
  const of = (content: number) => {
    const stored = get.get(content)?.hashes
    return stored instanceof Uint8Array ? unpacked(stored) : undefined
  }
  return {
    of,
    made(view, content) {
      const known = of(content)
      if (known) return known
      const texts = isSecretFile(view, content) ? [] : textsOf(view, content)
      const count = view.contents.get(content)?.chunks ?? 0
      const hashes = Array.from({ length: count }, (_, at) => hashOf(texts[at] ?? ""))
      put.run(content, Buffer.concat(hashes.map((hash) => Buffer.from(hash.padEnd(width * 2, "0"), "hex"))))
      return hashes
    },
    async all(pause) {
      const found = new Set<ChunkHash>()
      for (let last = 0; ; ) {
        const page = after.all(last)
        if (page.length === 0) return found
        for (const { content, hashes } of page) {
          if (hashes instanceof Uint8Array) for (const hash of unpacked(hashes)) if (hash !== "") found.add(hash)
          last = Number(content)
        }
        await pause()
      }
    },
  }
}

/**
 * What is embedded of each chunk: the names around it, its own, and its text as it stands. Not its path: the same code is
 * embedded once, wherever it stands.
 */
export function textsOf(view: Chunks, content: number): string[] {
  const lines = linesWithoutSecrets(view.text(content) ?? "")
  return (view.outline(content)?.chunks ?? []).map(({ path, name, startLine, endLine }) => {
    const head = [...path, name].filter((part) => part !== "").join(" ")
    // Blank lines belong to the chunk before them: what is added there must not change this one.
    const text = lines
      .slice(startLine - 1, endLine)
      .join("\n")
      .replace(/^\s*\n/, "")
      .trimEnd()
    return head === "" ? text : `${head}\n${text}`
  })
}

/**
 * A text's lines, as far as they stand in the text after its secrets were masked. Whoever sends a chunk masks it as well;
 * but a private key that is longer than a chunk is seen as one only where it begins.
 */
function linesWithoutSecrets(text: string): readonly string[] {
  const lines = linesOf(text)
  const masker = secretMasker()
  const masked = masker.mask(text)
  if (masked === text) return lines
  const safe = new Set(linesOf(masked))
  return lines.map((line) => [line, masker.mask(line)].find((one) => safe.has(one)) ?? "")
}

/** Files that hold little but secrets: nothing of them is embedded, masked or not. */
const secretFile =
  /(^|\/)(\.env(\.[^/]*)?|\.netrc|\.npmrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12|pfx))$/i

const isSecretFile = ({ tree }: Chunks, content: number): boolean =>
  tree.pathsOf(content).some((path) => secretFile.test(path))

/** A chunk without two words (a bracket, a ruler) means nothing. */
const hasMeaning = (text: string): boolean => /\p{L}{2}\P{L}[\s\S]*\p{L}{2}/u.test(text)

const hashOf = (text: string): ChunkHash =>
  hasMeaning(text)
    ? createHash("sha256")
        .update(text)
        .digest("hex")
        .slice(0, width * 2)
    : ""

function unpacked(bytes: Uint8Array): ChunkHash[] {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")
  return Array.from({ length: bytes.length / width }, (_, at) => {
    const hash = hex.slice(at * width * 2, (at + 1) * width * 2)
    return /[^0]/.test(hash) ? hash : ""
  })
}
