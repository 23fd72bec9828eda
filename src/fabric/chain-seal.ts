import { createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { z } from "zod"
import type { Event, LogId, StreamId } from "./ports.ts"

/** Says that a node has seen a log whose chain has this hash. It holds no position: the hash is the place. */
export interface Seal {
  readonly log: LogId
  /** Hexadecimal. */
  readonly hash: string
  /** Ed25519, SPKI in DER, base64. */
  readonly publicKey: string
  /** Base64. */
  readonly signature: string
}

const sealSchema = z.object({
  log: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  publicKey: z.string(),
  signature: z.string(),
})

/** In a seal stream: the log was dropped, and the seals before this are of a log that is no more. */
export const logDropped = "log.dropped"

/** Seals stand in `core`, one stream for each sealed log, so that they outlive a project's log and its trimming. */
export const sealStream = (log: LogId): StreamId => `seal.${log}`

const what = (log: LogId, hash: string) => Buffer.from(`rubberduck seal 1\n${log}\n${hash}`)

export function sealEvent({
  log,
  hash,
  key,
}: {
  readonly log: LogId
  readonly hash: Uint8Array
  readonly key: KeyObject
}): Event {
  const hex = Buffer.from(hash).toString("hex")
  const seal: Seal = {
    log,
    hash: hex,
    publicKey: publicKeyOf(key),
    signature: sign(null, what(log, hex), key).toString("base64"),
  }
  return { type: "log.sealed", v: 1, data: seal }
}

/** The seal of an event, undefined when it is none. Says nothing on whether it holds. */
export function readSeal(event: Event): Seal | undefined {
  return event.type === "log.sealed" ? sealSchema.safeParse(event.data).data : undefined
}

/** Whether the seal was made with the key that it names. */
export function sealHolds({ log, hash, publicKey, signature }: Seal): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" })
    return key.asymmetricKeyType === "ed25519" && verify(null, what(log, hash), key, Buffer.from(signature, "base64"))
  } catch {
    return false
  }
}

/** The public half of a private or public key, as seals carry it. */
export function publicKeyOf(key: KeyObject): string {
  const half = key.type === "public" ? key : createPublicKey(key)
  return half.export({ format: "der", type: "spki" }).toString("base64")
}
