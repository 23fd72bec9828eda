import type { ServerResponse } from "node:http"
import type { DuckError } from "../base/errors.ts"
import type { ErrorAnswer } from "../base/wire.ts"

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  })
  response.end(body)
}

export function sendError(response: ServerResponse, error: DuckError): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error.status === 401) response.setHeader("www-authenticate", "Bearer")
  // What is left of a body that was refused is not read: the connection can't be used again.
  if (error.status === 413) response.setHeader("connection", "close")
  const answer: ErrorAnswer = { error: error.toJSON() }
  sendJson(response, error.status, answer)
}
