import { readdirSync } from "node:fs"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * A file name as a string, whatever bytes it has: what is not UTF-8 becomes lone surrogates U+DC80 to U+DCFF, one a
 * byte, which decoding UTF-8 never yields. So every name has one string and every string one name (Python's PEP 383),
 * and JSON carries it.
 */
export function nameOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let name = ""
    for (let at = 0; at < bytes.length; ) {
      const length = sequenceAt(bytes, at)
      name +=
        length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : strict.decode(bytes.subarray(at, at + length))
      at += Math.max(length, 1)
    }
    return name
  }
}

/** How many bytes the UTF-8 sequence that starts at `at` has; 0 where none does. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  try {
    return strict.decode(bytes.subarray(at, at + length)).length > 0 ? length : 0
  } catch {
    return 0
  }
}

/** A path for the functions of node:fs: itself, or its bytes where it holds a name that is not UTF-8. */
export function fsPath(path: string): string | Buffer {
  if (path.isWellFormed()) return path
  const parts: Buffer[] = []
  for (const char of path) {
    const code = char.charCodeAt(0)
    const isByte = char.length === 1 && code >= 0xdc80 && code <= 0xdcff
    parts.push(isByte ? Buffer.from([code - 0xdc00]) : Buffer.from(char))
  }
  return Buffer.concat(parts)
}

/** The names in a folder, in the system's order. Throws what `readdir` throws. */
export function namesIn(folder: string): string[] {
  const names = readdirSync(fsPath(folder))
  // The replacement character may be a name's own, or what was made of bytes that are no UTF-8.
  if (!names.some((name) => name.includes("\ufffd"))) return names
  return readdirSync(fsPath(folder), { encoding: "buffer" }).map(nameOf)
}
