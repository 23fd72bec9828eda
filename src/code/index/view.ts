import type { CommitStore } from "../history/commit-store.ts"
import { type History, openHistory } from "../history/evidence.ts"
import { readReachable } from "../history/ingest.ts"
import { type PathIndex, pathIndex } from "../search/path-index.ts"
import type { SearchSource } from "../search/source.ts"
import type { ParsedFile, SymbolDefinition } from "../types.ts"
import type { FileLinks } from "./analyse.ts"
import type { Contents } from "./contents.ts"
import { fieldCount } from "./fields.ts"
import { definitionKey } from "./keys.ts"
import { decompress, type Outline, unpackOutline, unpackParsed } from "./packed.ts"
import { recent } from "./recent.ts"
import type { IndexStore } from "./store.ts"
import type { Tree } from "./tree.ts"
import { byteReader } from "./varint.ts"

/** A definition found by name: the content it stands in and its number there. */
export interface FoundSymbol {
  readonly content: number
  readonly index: number
  readonly symbol: SymbolDefinition
}

/** The read side of one worktree: what search and the graph are made from, with small caches. */
export interface View extends SearchSource {
  readonly tree: Tree
  readonly contents: Contents
  /** Live contents listed under a key of names (`definitionKey`, `useKey`, `importKey`). */
  contentsUnder(key: number): readonly number[]
  /** Definitions of a name, in all contents that have one or in those given. */
  definitionsOf(
    name: string,
    options?: { readonly foldCase?: boolean; readonly among?: readonly number[] },
  ): readonly FoundSymbol[]
  links(content: number): FileLinks | undefined
  signature(content: number): Uint8Array | undefined
  /** The history has new commits. */
  historyChanged(): void
  setRank(rank: ReadonlyMap<string, number>): void
}

/** Sizes of the caches: some 20 MB when full. */
const parsedSymbols = 40_000
const outlineSymbols = 20_000
const textLength = 3_000_000

export function openView(store: IndexStore, commits: CommitStore, root: string): View {
  const { db, contents } = store
  const tree = store.tree(root)
  const getBody = db.prepare("SELECT parsed FROM body WHERE content = ?")
  const getText = db.prepare("SELECT text FROM body WHERE content = ?")
  const getLinks = db.prepare("SELECT links FROM link WHERE content = ?")
  const getSignature = db.prepare("SELECT bits FROM signature WHERE content = ?")
  const parsed = recent<ParsedFile>({
    capacity: parsedSymbols,
    make(content) {
      const bytes = getBody.get(content)?.parsed
      return bytes instanceof Uint8Array ? unpackParsed(bytes) : undefined
    },
    weigh: (file) => 10 + file.symbols.length + file.references.length,
  })
  const outlines = recent<Outline>({
    capacity: outlineSymbols,
    make(content) {
      const bytes = getBody.get(content)?.parsed
      return bytes instanceof Uint8Array ? unpackOutline(bytes) : undefined
    },
    weigh: (file) => 10 + file.symbols.length + file.chunks.length,
  })
  const texts = recent<string>({
    capacity: textLength,
    make(content) {
      const bytes = getText.get(content)?.text
      return bytes instanceof Uint8Array ? decompress(bytes) : undefined
    },
    weigh: (text) => 100 + text.length,
  })
  const signatures = recent<Uint8Array>({
    capacity: 12_000_000,
    make(content) {
      const bytes = getSignature.get(content)?.bits
      return bytes instanceof Uint8Array ? bytes : undefined
    },
    weigh: (bits) => 50 + bits.length,
  })
  let paths: PathIndex | undefined
  let history: History | undefined
  let rank: ReadonlyMap<string, number> = new Map()

  const contentsUnder = (key: number): number[] => {
    const found: number[] = []
    for (const list of contents.segments.lists(key)) {
      const reader = byteReader(list)
      let doc = 0
      while (reader.at < reader.end) {
        doc += reader.varint()
        reader.at++
        const content = contents.docs.content[doc] ?? 0
        if (tree.live[content] === 1) found.push(content)
      }
    }
    return found
  }

  return {
    tree,
    contents,
    get paths() {
      paths ??= pathIndex(tree)
      return paths
    },
    get history() {
      history ??= openHistory(commits, readReachable(db, tree.id), tree)
      return history
    },
    historyChanged() {
      history = undefined
    },
    rank: (path) => rank.get(path) ?? 0,
    setRank(ranks) {
      rank = ranks
    },
    nameLength: (doc) => contents.docs.lengths[doc * fieldCount] ?? 0,
    parsed: (content) => parsed.get(content),
    outline: (content) => outlines.get(content),
    text: (content) => texts.get(content),
    signature: (content) => signatures.get(content),
    links(content) {
      const row = getLinks.get(content)
      return row ? (JSON.parse(String(row.links)) as FileLinks) : undefined
    },
    contentsUnder,
    definitionsOf(name, { foldCase = false, among = contentsUnder(definitionKey(name)) } = {}) {
      const folded = name.toLowerCase()
      return among.flatMap((content) =>
        (outlines.get(content)?.symbols ?? []).flatMap((symbol, index) =>
          (foldCase ? symbol.name.toLowerCase() === folded : symbol.name === name) ? [{ content, index, symbol }] : [],
        ),
      )
    },
    definitionDocs(names) {
      const docs = new Map<number, string>()
      for (const name of names.slice(0, 8)) {
        const files = contentsUnder(definitionKey(name))
        // A name defined everywhere (`run`, `index`) is no name for anything in particular.
        if (files.length > 40) continue
        for (const content of files) {
          const file = outlines.get(content)
          const firstDoc = contents.get(content)?.firstDoc ?? 0
          for (const { name: other, nameLine } of file?.symbols ?? []) {
            if (other !== name) continue
            const number = file?.chunks.findIndex((c) => c.startLine <= nameLine && nameLine <= c.endLine) ?? -1
            if (number >= 0) docs.set(firstDoc + number, name)
          }
        }
      }
      return docs
    },
  }
}
