import { z } from "zod"
import type { ErrorBody } from "../base/errors.ts"
import { rpcCodes } from "../base/wire.ts"

// JSON-RPC 2.0, www.jsonrpc.org/specification; batches are not taken: a WebSocket has frames for that.

export const RpcId = z.union([z.string().max(200), z.int()])
export type RpcId = z.infer<typeof RpcId>

export const RpcMessage = z.object({
  jsonrpc: z.literal("2.0"),
  id: RpcId.optional(),
  method: z.string().max(200),
  params: z.unknown().optional(),
})

export const CallParams = z.strictObject({
  input: z.unknown().optional(),
  project: z.string().optional(),
  rendering: z
    .strictObject({
      format: z.enum(["text", "table", "markdown", "json"]),
      width: z.int().min(0).max(10_000).optional(),
      color: z.enum(["0", "16", "256", "truecolor"]).optional(),
    })
    .optional(),
  timeoutMs: z.int().min(0).max(86_400_000).optional(),
  seen: z.record(z.string(), z.int().min(0)).optional(),
})

export const CancelParams = z.object({ id: RpcId })
export const SubscribeParams = z.strictObject({ log: z.string(), after: z.int().min(0) })
export const UnsubscribeParams = z.strictObject({ subscription: z.string() })

export const result = (id: RpcId, value: unknown) => ({ jsonrpc: "2.0", id, result: value })
export const notification = (method: string, params: unknown) => ({ jsonrpc: "2.0", method, params })

export function failure(id: RpcId | null, code: number, error: ErrorBody) {
  return { jsonrpc: "2.0", id, error: { code, message: error.message, data: error } }
}

/** The JSON-RPC code that fits an error of ours best. */
export function codeOf({ code }: ErrorBody): number {
  if (code === "UNKNOWN_COMMAND") return rpcCodes.methodNotFound
  if (code === "INVALID_INPUT") return rpcCodes.invalidParams
  return code === "INTERNAL" ? rpcCodes.internal : rpcCodes.failed
}
