import type { IncomingMessage } from "node:http"
import { pipeline, type Readable } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import { DuckError } from "../../base/errors.ts"
import { decodeText } from "../decode.ts"
import { FetchError } from "./errors.ts"

export interface Body {
  /** Lower case, without parameters. */
  readonly mediaType: string
  readonly text: string
  /** It was longer than was read. */
  readonly isCut: boolean
}

const readable =
  /^(text\/.*|application\/(json|xml|javascript|ecmascript|yaml|x-yaml|toml|x-ndjson|graphql|sql|x-sh)|.*\+(json|xml|yaml))$/

/** The text of an answer, at most `maxBytes` of it once it is unpacked. Throws FetchError for what is no text. */
export async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Body> {
  const type = response.headers["content-type"] ?? ""
  const declared = type.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  if (declared !== "" && declared !== "application/octet-stream" && !readable.test(declared)) {
    response.destroy()
    throw notText(declared)
  }
  const { bytes, isCut } = await bytesOf(response, maxBytes)
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(type)?.[1] ?? charsetInside(bytes, declared)
  const text = decoded(bytes, charset)
  if (text === undefined) throw notText(declared || "binary")
  const mediaType = readable.test(declared) ? declared : looksLikeHtml(text) ? "text/html" : "text/plain"
  return { mediaType, text, isCut }
}

const notText = (type: string) =>
  new FetchError(
    "FETCH_NOT_TEXT",
    `It is ${type}, which can't be read as text.`,
    "Look for a page or a text of the same.",
  )

const looksLikeHtml = (text: string) =>
  text.trimStart().startsWith("<") && /<(!doctype html|html|head|body)\b/i.test(text.slice(0, 2000))

async function bytesOf(response: IncomingMessage, maxBytes: number) {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of unpacked(response)) {
      const bytes = part as Buffer
      parts.push(bytes.subarray(0, maxBytes - size))
      size += bytes.length
      // Leaving the loop destroys the streams, and with them the connection.
      if (size > maxBytes) return { bytes: Buffer.concat(parts), isCut: true }
    }
  } catch (cause) {
    if (cause instanceof DuckError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FetchError("FETCH_FAILED", `The answer could not be read to its end: ${why}.`, undefined, cause)
  }
  return { bytes: Buffer.concat(parts), isCut: false }
}

function unpacked(response: IncomingMessage): Readable {
  const encoding = response.headers["content-encoding"]?.trim().toLowerCase() ?? ""
  if (encoding === "" || encoding === "identity") return response
  const unpack = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress }[
    encoding
  ]
  if (unpack) {
    // What goes wrong is thrown to whoever reads.
    return pipeline(response, unpack(), () => {})
  }
  response.destroy()
  throw new FetchError("FETCH_NOT_TEXT", `It is packed as ${encoding}, which was not asked for.`)
}

/** What a document says of itself, at its beginning. */
function charsetInside(bytes: Uint8Array, type: string): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1")
  if (/xml/.test(type)) return /^<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/i.exec(head)?.[1]
  return /<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1]
}

/** A byte-order mark goes before what is declared; what is declared and not known counts as nothing. */
function decoded(bytes: Uint8Array, charset: string | undefined): string | undefined {
  const hasMark = (bytes[0] === 0xef && bytes[1] === 0xbb) || (bytes[0] === 0xff && bytes[1] === 0xfe)
  if (charset !== undefined && !hasMark) {
    try {
      return new TextDecoder(charset).decode(bytes)
    } catch {
      // An encoding that nobody knows: what the bytes look like counts.
    }
  }
  const found = decodeText(bytes)
  return found === "binary" ? undefined : found.text
}
