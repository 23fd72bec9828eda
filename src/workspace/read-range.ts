import { type Bounds, openForRead, pathError } from "./contain.ts"
import { decodeText, type TextEncoding } from "./decode.ts"
import { BinaryFileError, printable } from "./errors.ts"

export interface TextRange {
  /** As in `TextFile.path`. */
  readonly path: string
  readonly text: string
  readonly encoding: TextEncoding
  /** 1-based, inclusive: the lines that `text` holds; `endLine` is `startLine - 1` when there are none. */
  readonly startLine: number
  readonly endLine: number
  /** The range was longer than `maxBytes` and is cut. */
  readonly isTruncated: boolean
  /** Nothing follows. */
  readonly isEndOfFile: boolean
}

export interface RangeOptions {
  readonly startLine?: number | undefined
  readonly endLine?: number | undefined
  /** Most characters of text; default 1,000,000. */
  readonly maxLength?: number | undefined
}

const chunkBytes = 65_536

/**
 * Lines of a text file of any size, with their line ends (`\n`, `\r\n` or a lone `\r`). Memory does not grow with the
 * file. Throws what `readText` throws, but never that the file is too large.
 */
export async function readRange(bounds: Bounds, path: string, options: RangeOptions = {}): Promise<TextRange> {
  const { startLine = 1, endLine = Number.POSITIVE_INFINITY, maxLength = 1_000_000 } = options
  const { handle, at } = await openForRead(bounds, path)
  const shown = at.base === bounds.root ? at.relative : at.absolute
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    let { bytesRead } = await handle.read(buffer, 0, chunkBytes, 0)
    const encoding = encodingOf(buffer.subarray(0, bytesRead), bytesRead < chunkBytes)
    if (encoding === "binary") throw new BinaryFileError(path)
    const decoder = new TextDecoder(encoding === "utf-8-bom" ? "utf-8" : encoding)
    let offset = 0
    let line = 1
    let text = ""
    let held = ""
    let isTruncated = false
    let isEndOfFile = false
    while (line <= endLine && !isTruncated && !isEndOfFile) {
      isEndOfFile = bytesRead === 0
      const decoded = held + decoder.decode(buffer.subarray(0, bytesRead), { stream: !isEndOfFile })
      // A `\r` at the end may be half of a line end.
      held = !isEndOfFile && decoded.endsWith("\r") ? "\r" : ""
      const fresh = held === "" ? decoded : decoded.slice(0, -1)
      let from = 0
      for (const match of fresh.matchAll(/\r\n|\n|\r/g)) {
        const to = match.index + match[0].length
        if (line >= startLine && line <= endLine) text += fresh.slice(from, to)
        from = to
        line++
        if (line > endLine) break
      }
      if (line >= startLine && line <= endLine) text += fresh.slice(from)
      isTruncated = text.length > maxLength
      offset += bytesRead
      if (!isEndOfFile && line <= endLine && !isTruncated)
        bytesRead = (await handle.read(buffer, 0, chunkBytes, offset)).bytesRead
    }
    if (isTruncated) text = text.slice(0, maxLength)
    bounds.audit({ operation: "read", path: printable(path), outcome: "done", sizeBytes: offset })
    const lines = text === "" ? 0 : (text.match(/\r\n|\n|\r/g)?.length ?? 0) + (/[\r\n]$/.test(text) ? 0 : 1)
    return { path: shown, text, encoding, startLine, endLine: startLine + lines - 1, isTruncated, isEndOfFile }
  } catch (error) {
    throw pathError(bounds, error, path, "read")
  } finally {
    await handle.close()
  }
}

/** The encoding by the first part of a file; a character that is cut at its end counts for nothing. */
function encodingOf(head: Uint8Array, isWhole: boolean): TextEncoding | "binary" {
  let end = head.length
  if (!isWhole) while (end > head.length - 4 && ((head[end - 1] ?? 0) & 0x80) !== 0) end--
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  const decoded = decodeText(isWhole ? head : head.subarray(0, isUtf16 ? head.length - (head.length % 2) : end))
  return decoded === "binary" ? "binary" : decoded.encoding
}
