import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import type { Chunk, Import, ParsedFile, Reference, ReferenceKind, SymbolDefinition, SymbolKind } from "../types.ts"
import { byteReader, byteWriter } from "./varint.ts"

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

/** The length of what was compressed (four bytes), then a Zstandard frame. */
export function compress(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content
  // Node would set aside 128 KiB for each result, however small.
  const chunkSize = Math.max(64, Math.min(1 << 16, bytes.length))
  const frame = zstdCompressSync(bytes, { chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  const stored = new Uint8Array(4 + frame.length)
  new DataView(stored.buffer).setUint32(0, bytes.length)
  stored.set(frame, 4)
  return stored
}

function decompressed(stored: Uint8Array): Buffer {
  const length = new DataView(stored.buffer, stored.byteOffset).getUint32(0)
  return zstdDecompressSync(stored.subarray(4), { chunkSize: Math.max(64, length + 1) })
}

export const decompress = (stored: Uint8Array): string => decompressed(stored).toString("utf8")

/**
 * The stored form of a ParsedFile: all numbers as LEB128 (lines as distances), then its strings, each once, as JSON;
 * compressed. -1 is stored as 0, so numbers that may be -1 are one higher.
 */
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
  const out = scratch
  out.clear()
  const put = (value: number) => out.varint(Math.max(value, 0))
  const names = (path: readonly string[]) => put(path.length === 0 ? 0 : text(path.join("\n")) + 1)
  put(text(parsed.language))
  put(parsed.lines)
  put(parsed.hasErrors ? 1 : 0)
  // References are most of a file and seldom asked for: they come last, so that the rest is read without them.
  put(parsed.chunks.length)
  for (const c of parsed.chunks) {
    put(kindNumber(c.kind))
    put(text(c.name))
    names(c.path)
    put(c.startLine)
    put(c.endLine - c.startLine)
    put(text(c.signature))
    put(text(c.doc))
    put(c.tokens)
    put(c.symbol + 1)
  }
  put(parsed.symbols.length)
  for (const s of parsed.symbols) {
    put(text(s.name))
    put(kindNumber(s.kind))
    names(s.path)
    put(s.startLine)
    put(s.endLine - s.startLine)
    put(s.nameLine)
    put(s.nameColumn)
    put(text(s.signature))
    put(text(s.doc))
    put(s.isExported ? 1 : 0)
  }
  put(parsed.imports.length)
  for (const i of parsed.imports) {
    put(text(i.module))
    put(i.line)
    put(i.names.length)
    for (const { name, alias } of i.names) {
      put(text(name))
      put(text(alias))
    }
  }
  put(parsed.references.length)
  for (const r of parsed.references) {
    put(text(r.name))
    put(referenceNumbers.get(r.kind) ?? 3)
    put(r.line)
    put(r.column)
    put(text(r.qualifier))
    put(r.within + 1)
  }
  const json = Buffer.from(JSON.stringify(strings))
  const head = byteWriter(8)
  head.varint(out.length)
  return compress(Buffer.concat([head.view(), out.view(), json]))
}

const scratch = byteWriter(1 << 15)

/** A parsed file without its references: what showing a hit needs, at a quarter of the cost. */
export type Outline = Omit<ParsedFile, "references">

/** Reads what `packParsed` wrote. The bytes come from our own database, whose analysis version was checked. */
export function unpackParsed(bytes: Uint8Array): ParsedFile {
  const { readReferences, ...outline } = unpack(bytes)
  return { ...outline, references: readReferences() }
}

export function unpackOutline(bytes: Uint8Array): Outline {
  const { readReferences: _, ...outline } = unpack(bytes)
  return outline
}

function unpack(bytes: Uint8Array): Outline & { readReferences(): Reference[] } {
  const raw = decompressed(bytes)
  const reader = byteReader(raw)
  const length = reader.varint()
  const strings = JSON.parse(raw.toString("utf8", reader.at + length)) as string[]
  const number = () => reader.varint()
  const text = () => strings[number()] ?? ""
  const names = () => {
    const at = number()
    return at === 0 ? [] : (strings[at - 1] ?? "").split("\n")
  }
  const kind = () => chunkKinds[number()] ?? "text"
  const times = <T>(make: () => T): T[] => {
    const made: T[] = []
    for (let left = number(); left > 0; left--) made.push(make())
    return made
  }
  // The order of the fields here is the order in which they are stored.
  const language = text()
  const lines = number()
  const hasErrors = number() === 1
  const chunks = times((): Chunk => {
    const chunkKind = kind()
    const name = text()
    const path = names()
    const startLine = number()
    const endLine = startLine + number()
    const [signature, doc] = [text(), text()]
    const tokens = number()
    return { kind: chunkKind, name, path, startLine, endLine, signature, doc, tokens, symbol: number() - 1 }
  })
  const symbols = times((): SymbolDefinition => {
    const name = text()
    const symbolKind = kind() as SymbolKind
    const path = names()
    const startLine = number()
    const endLine = startLine + number()
    const [nameLine, nameColumn] = [number(), number()]
    const [signature, doc] = [text(), text()]
    const isExported = number() === 1
    return { name, kind: symbolKind, path, startLine, endLine, nameLine, nameColumn, signature, doc, isExported }
  })
  const imports = times((): Import => {
    const module = text()
    const line = number()
    return {
      module,
      line,
      names: times(() => {
        const name = text()
        return { name, alias: text() }
      }),
    }
  })
  const readReferences = () =>
    times((): Reference => {
      const name = text()
      const referenceKind = referenceKinds[number()] ?? "use"
      const [line, column] = [number(), number()]
      const qualifier = text()
      return { name, kind: referenceKind, line, column, qualifier, within: number() - 1 }
    })
  return { language, lines, hasErrors, chunks, symbols, imports, readReferences }
}
