import type { IncomingMessage } from "node:http"
import { DuckError, InvalidInputError } from "../base/errors.ts"

/** Most bytes of one request, over HTTP as over WebSocket. */
export const maxRequestBytes = 1_048_576

/** The body as JSON, undefined when it is empty. Throws DuckError 413 and InvalidInputError. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const declared = Number(request.headers["content-length"] ?? 0)
  if (declared > maxRequestBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > maxRequestBytes) throw tooLarge()
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

const tooLarge = () =>
  new DuckError({
    code: "REQUEST_TOO_LARGE",
    message: `The request is larger than ${maxRequestBytes} bytes.`,
    status: 413,
    details: { maxBytes: maxRequestBytes },
  })
