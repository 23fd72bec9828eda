import { type FileHandle, open } from "node:fs/promises"

/** Most bytes of a run's beginning, and of its end, that are held in memory. */
const headBytes = 16_384
const tailBytes = 16_384

export interface OutputSummary {
  /** The whole output, or its beginning and its end with a line between that says how much was left out. */
  readonly text: string
  readonly totalBytes: number
  /** Left out of `text`; all of it is in the file. */
  readonly omittedBytes: number
  /** It holds NUL bytes; `text` then has little worth. */
  readonly isBinary: boolean
}

export interface OutputPage {
  readonly text: string
  readonly bytes: Uint8Array
  /** Where the page begins, and where the next one does: never inside a character. */
  readonly offset: number
  readonly nextOffset: number
  readonly totalBytes: number
}

/** What a run prints: all of it in a file, its two ends in memory. */
export interface Output {
  readonly totalBytes: number
  /** Resolves once it is stored: whoever prints waits for the disk. */
  write(chunk: Uint8Array): Promise<void>
  summary(): OutputSummary
  page(options: { readonly offset: number; readonly maxBytes: number }): Promise<OutputPage>
  /** Ends writing; pages can still be read. */
  close(): Promise<void>
}

export async function openOutput(path: string): Promise<Output> {
  const file: FileHandle = await open(path, "wx", 0o600)
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let totalBytes = 0
  let isBinary = false
  let isEnded = false
  return {
    get totalBytes() {
      return totalBytes
    },
    async write(chunk) {
      isBinary ||= chunk.includes(0)
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
      tail = Buffer.concat([tail.subarray(-tailBytes), chunk.subarray(-tailBytes)]).subarray(-tailBytes)
      await file.write(chunk, 0, chunk.length, totalBytes)
      totalBytes += chunk.length
    },
    summary() {
      if (totalBytes <= headBytes + tailBytes) {
        // Where both overlap the tail begins behind the head.
        const all = Buffer.concat([head, tail.subarray(tail.length - (totalBytes - head.length))])
        return { text: all.toString("utf8"), totalBytes, omittedBytes: 0, isBinary }
      }
      const first = head.subarray(0, wholeUpTo(head))
      const last = tail.subarray(startOfCharacter(tail))
      const omittedBytes = totalBytes - first.length - last.length
      const note = `\n[... ${omittedBytes} bytes left out, from offset ${first.length} on ...]\n`
      return { text: first.toString("utf8") + note + last.toString("utf8"), totalBytes, omittedBytes, isBinary }
    },
    page: (wanted) => readPage(path, { ...wanted, totalBytes, isEnded }),
    async close() {
      isEnded = true
      await file.close()
    },
  }
}

/** A page of a file of output, of which `totalBytes` are there. */
export async function readPage(
  path: string,
  {
    offset,
    maxBytes,
    totalBytes,
    isEnded,
  }: {
    readonly offset: number
    readonly maxBytes: number
    readonly totalBytes: number
    readonly isEnded: boolean
  },
): Promise<OutputPage> {
  // At least one whole character, or paging would never end.
  const size = Math.max(4, Math.min(maxBytes, 1_000_000))
  const buffer = Buffer.allocUnsafe(size + 3)
  const from = Math.max(0, Math.min(offset, totalBytes))
  const reader = await open(path, "r")
  const { bytesRead } = await reader
    .read(buffer, 0, Math.min(buffer.length, totalBytes - from), from)
    .finally(() => reader.close())
  const read = buffer.subarray(0, bytesRead)
  const isLast = isEnded && read.length <= size
  const shown = read.subarray(0, size)
  // The next bytes of a character that is being printed may still come, and are shown with the rest of it.
  const end = isLast ? read.length : wholeUpTo(shown) || shown.length
  const bytes = read.subarray(0, end)
  return { text: bytes.toString("utf8"), bytes, offset: from, nextOffset: from + end, totalBytes }
}

/** How many bytes from the beginning are whole UTF-8 characters; a broken sequence counts as whole. */
function wholeUpTo(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? bytes.length - back : bytes.length
    }
  }
  return bytes.length
}

/** Where the first whole character begins. */
function startOfCharacter(bytes: Uint8Array): number {
  let at = 0
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1
  return at
}
