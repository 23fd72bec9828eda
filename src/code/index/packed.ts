import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import type { Chunk, Import, ParsedFile, Reference, ReferenceKind, SymbolDefinition, SymbolKind } from "../types.ts"

/** Kinds by number, in the stored forms. Only ever append: the numbers are on disk. */
export const chunkKinds = [
  "function",
  "method",
  "constructor",
  "class",
  "interface",
  "struct",
  "enum",
  "trait",
  "module",
  "type",
  "constant",
  "variable",
  "property",
  "macro",
  "section",
  "preamble",
  "text",
] as const satisfies readonly Chunk["kind"][]
const referenceKinds = ["call", "type", "inherit", "use"] as const satisfies readonly ReferenceKind[]
const kindNumbers = new Map<string, number>(chunkKinds.map((kind, at) => [kind, at]))
const referenceNumbers = new Map<string, number>(referenceKinds.map((kind, at) => [kind, at]))
export const kindNumber = (kind: string): number => kindNumbers.get(kind) ?? chunkKinds.length - 1

export const compress = (bytes: string | Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }))
export const decompress = (bytes: Uint8Array): string => zstdDecompressSync(bytes).toString("utf8")

/** The stored form of a ParsedFile: strings once each, everything else numbers; JSON, compressed. */
interface Packed {
  readonly l: string
  readonly n: number
  readonly e: 0 | 1
  readonly s: readonly string[]
  readonly y: readonly number[]
  readonly r: readonly number[]
  readonly i: readonly number[]
  readonly c: readonly number[]
}

const symbolWidth = 10
const referenceWidth = 6
const chunkWidth = 9

export function packParsed(parsed: ParsedFile): Uint8Array<ArrayBuffer> {
  const strings: string[] = []
  const numbers = new Map<string, number>()
  const text = (value: string) => {
    let number = numbers.get(value)
    if (number === undefined) {
      number = strings.push(value) - 1
      numbers.set(value, number)
    }
    return number
  }
  const names = (path: readonly string[]) => text(path.join("\n"))
  const symbols: number[] = []
  for (const s of parsed.symbols) {
    symbols.push(text(s.name), kindNumber(s.kind), names(s.path), s.startLine, s.endLine, s.nameLine, s.nameColumn)
    symbols.push(text(s.signature), text(s.doc), s.isExported ? 1 : 0)
  }
  const references: number[] = []
  for (const r of parsed.references)
    references.push(
      text(r.name),
      referenceNumbers.get(r.kind) ?? 3,
      r.line,
      r.column,
      text(r.qualifier),
      r.within < 0 ? -1 : r.within,
    )
  const imports: number[] = []
  for (const i of parsed.imports) {
    imports.push(text(i.module), i.line, i.names.length)
    for (const { name, alias } of i.names) imports.push(text(name), text(alias))
  }
  const chunks: number[] = []
  for (const c of parsed.chunks) {
    chunks.push(kindNumber(c.kind), text(c.name), names(c.path), c.startLine, c.endLine, text(c.signature), text(c.doc))
    chunks.push(c.tokens, c.symbol)
  }
  const packed: Packed = {
    l: parsed.language,
    n: parsed.lines,
    e: parsed.hasErrors ? 1 : 0,
    s: strings,
    y: symbols,
    r: references,
    i: imports,
    c: chunks,
  }
  return compress(JSON.stringify(packed))
}

/** Reads what `packParsed` wrote. The bytes come from our own database, whose analysis version was checked. */
export function unpackParsed(bytes: Uint8Array): ParsedFile {
  const packed = JSON.parse(decompress(bytes)) as Packed
  const text = (at: number | undefined) => packed.s[at ?? -1] ?? ""
  const names = (at: number | undefined) => {
    const joined = text(at)
    return joined === "" ? [] : joined.split("\n")
  }
  const kind = (at: number | undefined) => chunkKinds[at ?? -1] ?? "text"
  const symbols: SymbolDefinition[] = []
  for (let at = 0; at < packed.y.length; at += symbolWidth) {
    const [name, kindAt, path, startLine, endLine, nameLine, nameColumn, signature, doc, exported] = packed.y.slice(
      at,
      at + symbolWidth,
    )
    symbols.push({
      name: text(name),
      kind: kind(kindAt) as SymbolKind,
      path: names(path),
      startLine: startLine ?? 1,
      endLine: endLine ?? 1,
      nameLine: nameLine ?? 1,
      nameColumn: nameColumn ?? 1,
      signature: text(signature),
      doc: text(doc),
      isExported: exported === 1,
    })
  }
  const references: Reference[] = []
  for (let at = 0; at < packed.r.length; at += referenceWidth) {
    references.push({
      name: text(packed.r[at]),
      kind: referenceKinds[packed.r[at + 1] ?? 3] ?? "use",
      line: packed.r[at + 2] ?? 1,
      column: packed.r[at + 3] ?? 1,
      qualifier: text(packed.r[at + 4]),
      within: packed.r[at + 5] ?? -1,
    })
  }
  const imports: Import[] = []
  for (let at = 0; at < packed.i.length; ) {
    const [module, line, count = 0] = packed.i.slice(at, at + 3)
    at += 3
    const imported: { name: string; alias: string }[] = []
    for (let n = 0; n < count; n++, at += 2) imported.push({ name: text(packed.i[at]), alias: text(packed.i[at + 1]) })
    imports.push({ module: text(module), line: line ?? 1, names: imported })
  }
  const chunks: Chunk[] = []
  for (let at = 0; at < packed.c.length; at += chunkWidth) {
    const [kindAt, name, path, startLine, endLine, signature, doc, tokens, symbol] = packed.c.slice(at, at + chunkWidth)
    chunks.push({
      kind: kind(kindAt),
      name: text(name),
      path: names(path),
      startLine: startLine ?? 1,
      endLine: endLine ?? 1,
      signature: text(signature),
      doc: text(doc),
      tokens: tokens ?? 0,
      symbol: symbol ?? -1,
    })
  }
  return { language: packed.l, lines: packed.n, hasErrors: packed.e === 1, symbols, references, imports, chunks }
}
