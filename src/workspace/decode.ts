/** How a text file's bytes are read; `utf-8-bom` and the UTF-16 forms begin with a byte-order mark that is kept. */
export type TextEncoding = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "windows-1252"

export interface DecodedText {
  /** Without a byte-order mark. */
  readonly text: string
  readonly encoding: TextEncoding
  /** Some bytes were no characters of the encoding; they were replaced by U+FFFD. */
  readonly hadInvalidBytes: boolean
}

const utf8Strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * Text from bytes, or "binary". By byte-order mark; else UTF-8; else, when the bytes that are not UTF-8 look like letters
 * of a Western single-byte encoding, Windows-1252 (which Latin-1 is part of); else UTF-8 with replacements.
 * Binary is what holds a NUL, begins like a known binary format, or has too many control characters in its first 8 KiB.
 */
export function decodeText(bytes: Uint8Array): DecodedText | "binary" {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return decodeUtf8(bytes.subarray(3), "utf-8-bom")
  if (bytes[0] === 0xff && bytes[1] === 0xfe && !(bytes[2] === 0 && bytes[3] === 0 && bytes.length >= 4))
    return decodeUtf16(bytes.subarray(2), "utf-16le")
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16(bytes.subarray(2), "utf-16be")
  if (isBinary(bytes)) return "binary"
  return decodeUtf8(bytes, "utf-8")
}

function decodeUtf8(bytes: Uint8Array, encoding: "utf-8" | "utf-8-bom"): DecodedText | "binary" {
  if (encoding === "utf-8-bom" && isBinary(bytes)) return "binary"
  try {
    return { text: utf8Strict.decode(bytes), encoding, hadInvalidBytes: false }
  } catch {
    if (encoding === "utf-8" && looksWestern(bytes))
      return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252", hadInvalidBytes: false }
    return { text: utf8.decode(bytes), encoding, hadInvalidBytes: true }
  }
}

function decodeUtf16(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): DecodedText | "binary" {
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes)
  if (text.includes("\0")) return "binary"
  return { text, encoding, hadInvalidBytes: bytes.length % 2 === 1 || text.includes("\ufffd") }
}

/** Whether bytes without a byte-order mark are no text. */
export function isBinary(bytes: Uint8Array): boolean {
  if (hasBinaryMagic(bytes)) return true
  if (bytes.includes(0)) return true
  const head = bytes.subarray(0, 8192)
  let controls = 0
  for (const byte of head) if (byte < 32 && (byte < 7 || (byte > 13 && byte !== 27))) controls++
  return controls > head.length * 0.1
}

/** Formats that may come without a NUL: gzip, zip, PDF, images, wasm, bzip2, xz, zstd, class files, ELF. */
const magics = [
  [0x1f, 0x8b],
  [0x50, 0x4b, 0x03, 0x04],
  [0x25, 0x50, 0x44, 0x46, 0x2d],
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x00, 0x61, 0x73, 0x6d],
  [0x42, 0x5a, 0x68, 0x39],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0xca, 0xfe, 0xba, 0xbe],
  [0x7f, 0x45, 0x4c, 0x46],
]
const hasBinaryMagic = (bytes: Uint8Array) => magics.some((magic) => magic.every((byte, i) => bytes[i] === byte))

/**
 * Text in a single-byte encoding has few high bytes, most of them letters (0xC0-0xFF) or typographic signs; UTF-8 with a
 * broken byte has mostly valid sequences; and the five codes that Windows-1252 leaves out hint at neither.
 */
function looksWestern(bytes: Uint8Array): boolean {
  let high = 0
  let letters = 0
  let sequences = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte < 0x80) continue
    const length = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0
    let follow = 0
    while (follow < length && ((bytes[i + follow + 1] ?? 0) & 0xc0) === 0x80) follow++
    if (length > 0 && follow === length) {
      sequences++
      i += length
      continue
    }
    if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) return false
    high++
    if (byte >= 0xa0 || (byte >= 0x91 && byte <= 0x97) || byte === 0x80 || byte === 0x85) letters++
  }
  return sequences <= high / 4 && letters >= high * 0.8 && high <= bytes.length * 0.3
}
