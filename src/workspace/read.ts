import { hash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { type Bounds, boundsOf, openForRead, pathError } from "./contain.ts"
import { type DecodedText, decodeText, type TextEncoding } from "./decode.ts"
import { BinaryFileError, FileTooLargeError, printable } from "./errors.ts"

export interface TextFile {
  /** Posix, relative to the root (absolute in an allowed folder); symbolic links are resolved. */
  readonly path: string
  readonly text: string
  readonly encoding: TextEncoding
  readonly sizeBytes: number
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string
  /** Some bytes were no characters; they stand as U+FFFD in `text`, and the file can't be written back unchanged. */
  readonly hadInvalidBytes: boolean
  readonly mode: number
  readonly mtimeMs: number
}

export interface FileBytes {
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
  readonly mtimeMs: number
}

/** Most bytes that are read at once unless the caller says otherwise: 10 MB. */
export const defaultMaxBytes = 10_000_000

/**
 * The bytes of a regular file inside the root (or the bounds). Throws PathRefusedError, FileNotFoundError,
 * AccessDeniedError, FileTooLargeError.
 */
export async function readBytes(
  root: string | Bounds,
  path: string,
  { maxBytes = defaultMaxBytes }: { maxBytes?: number } = {},
): Promise<FileBytes> {
  const bounds = typeof root === "string" ? await boundsOf({ root }) : root
  const { handle, stats, at } = await openForRead(bounds, path)
  try {
    if (stats.size > maxBytes) throw new FileTooLargeError(path, stats.size, maxBytes)
    const bytes = await readUpTo(handle, stats.size, maxBytes)
    // It may have grown since it was measured.
    if (bytes.length > maxBytes) throw new FileTooLargeError(path, bytes.length, maxBytes)
    bounds.audit({ operation: "read", path: printable(path), outcome: "done", sizeBytes: bytes.length })
    const shown = at.base === bounds.root ? at.relative : at.absolute
    return { path: shown, bytes, mode: stats.mode & 0o7777, mtimeMs: stats.mtimeMs }
  } catch (error) {
    throw pathError(bounds, error, path, "read")
  } finally {
    await handle.close()
  }
}

async function readUpTo(handle: FileHandle, sizeBytes: number, maxBytes: number): Promise<Uint8Array> {
  // One byte more than expected: most files end in a single read, and a file that grows is noticed.
  let buffer = Buffer.allocUnsafe(Math.min(sizeBytes, maxBytes) + 1)
  let length = 0
  while (length <= maxBytes) {
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)])
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
    if (length < buffer.length && length >= sizeBytes && bytesRead > 0 && sizeBytes > 0) break
  }
  return buffer.subarray(0, length)
}

/**
 * A text file inside the root (or the bounds), decoded. Throws BinaryFileError for what is not text, and what
 * `readBytes` throws.
 */
export async function readText(
  root: string | Bounds,
  path: string,
  options: { maxBytes?: number } = {},
): Promise<TextFile> {
  const { bytes, ...file } = await readBytes(root, path, options)
  const decoded: DecodedText | "binary" = decodeText(bytes)
  if (decoded === "binary") throw new BinaryFileError(path)
  return { ...file, ...decoded, sizeBytes: bytes.length, hash: hashOf(bytes) }
}

/** SHA-256 in hex: the identity of a file's content everywhere in the workspace. */
export const hashOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex")
