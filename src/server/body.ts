import type { IncomingMessage } from "node:http"
import { DuckError, InvalidInputError } from "../base/errors.ts"

/** Most bytes of one request, over HTTP as over WebSocket. */
export const maxRequestBytes = 1_048_576

/** The body as JSON, undefined when it is empty. Throws DuckError 413 and InvalidInputError. */
export async function readJsonBody(request: IncomingMessage, maxBytes = maxRequestBytes): Promise<unknown> {
  const declared = Number(request.headers["content-length"] ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return sizeBytes === 0 ? undefined : jsonOf(Buffer.concat(chunks))
}

/** Throws InvalidInputError for what is not UTF-8 or not JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new InvalidInputError({
      code: "INVALID_JSON",
      message: `The request is not JSON: ${(cause as Error).message}.`,
      cause,
    })
  }
}

const tooLarge = (maxBytes: number) =>
  new DuckError({
    code: "REQUEST_TOO_LARGE",
    message: `The request is larger than ${maxBytes} bytes.`,
    status: 413,
    details: { maxBytes },
  })
