import { z } from "zod"
import { providerKinds, type ReasoningProof } from "../../models/model.ts"

/**
 * A provider's proof of a thought as one opaque text, so that a client carries it from one request to the next in
 * whatever field its dialect has for such (`signature`, `encrypted_content`, `reasoning_details`), no matter which
 * provider it came from. Nothing in it is secret: it is the provider's own opaque data.
 *
 * The proof of a tool call (Gemini has such) travels in the same way, as an empty thought that names the call.
 */
export interface SealedProof {
  readonly proof: ReasoningProof
  /** The tool call that it belongs to; without it, the thought it is written at. */
  readonly callId?: string | undefined
}

const mark = "duck1."
const shape = z.tuple([z.enum(providerKinds), z.record(z.string(), z.unknown()), z.string().nullable()])

export function sealProof({ from, data }: ReasoningProof, callId?: string): string {
  return mark + Buffer.from(JSON.stringify([from, data, callId ?? null])).toString("base64url")
}

/** Undefined for what was not sealed here, such as a signature of a history that began elsewhere. */
export function openProof(text: string | null | undefined): SealedProof | undefined {
  if (!text?.startsWith(mark)) return undefined
  const read = shape.safeParse(jsonOf(Buffer.from(text.slice(mark.length), "base64url").toString("utf8")))
  if (!read.success) return undefined
  const [from, data, callId] = read.data
  return { proof: { from, data }, callId: callId ?? undefined }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
