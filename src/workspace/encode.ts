import { DuckError } from "../base/errors.ts"
import type { TextEncoding } from "./decode.ts"
import { printable } from "./errors.ts"

/** Writing the text would lose bytes of the file that could not be read as characters. */
export class LossyWriteError extends DuckError {
  constructor(path: string) {
    super({
      code: "LOSSY_WRITE",
      message: `${printable(path)} holds bytes that are not text; writing it back as text would destroy them.`,
      hint: "Convert the file to UTF-8 first, or edit it with a tool for its encoding.",
      status: 409,
      details: { path: printable(path) },
    })
  }
}

/** Windows-1252's characters for the bytes 0x80-0x9F; the rest of it is Latin-1. */
const high = Array.from(new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)))
const highBytes = new Map(high.map((char, i) => [char, 0x80 + i]))

/**
 * Text as bytes of an encoding, with its byte-order mark. Undefined when Windows-1252 lacks a character of the text.
 * `decodeText(encodeText(text, encoding))` gives the text back.
 */
export function encodeText(text: string, encoding: TextEncoding): Buffer | undefined {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text, "utf8")
    case "utf-8-bom":
      return Buffer.from(`\ufeff${text}`, "utf8")
    case "utf-16le":
      return Buffer.from(`\ufeff${text}`, "utf16le")
    case "utf-16be":
      return Buffer.from(`\ufeff${text}`, "utf16le").swap16()
    case "windows-1252":
      return encodeWestern(text)
  }
}

function encodeWestern(text: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const byte = highBytes.get(text.charAt(i)) ?? (code < 0x80 || (code >= 0xa0 && code < 0x100) ? code : undefined)
    if (byte === undefined) return undefined
    bytes[i] = byte
  }
  return bytes
}

export type Newline = "\n" | "\r\n" | "mixed"

/** The line ends of a text; "\n" where there are none. */
export function newlineOf(text: string): Newline {
  const windows = text.match(/\r\n/g)?.length ?? 0
  const all = text.match(/\n/g)?.length ?? 0
  if (windows === 0) return "\n"
  return windows === all ? "\r\n" : "mixed"
}

/** `text` with the line ends of `old`, where those are all alike; a text that brings its own `\r\n` is left as it is. */
export function withNewlinesOf(text: string, old: string): string {
  return newlineOf(old) === "\r\n" && !text.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text
}
