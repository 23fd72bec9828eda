import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { z } from "zod"

/** One secret at rest. `data` is the ciphertext with its tag of 16 bytes behind it; all are base64. */
export const Sealed = z.object({ key: z.string().min(1), nonce: z.string(), data: z.string() })
export type Sealed = z.infer<typeof Sealed>

const tagBytes = 16
const nonceBytes = 12

/**
 * AES-256-GCM (NIST SP 800-38D) under a key of 32 bytes, with a random nonce. The name and the key's id are additional
 * data: an entry that is put under another name does not open.
 */
export function seal({ name, text, id, key }: { name: string; text: string; id: string; key: Uint8Array }): Sealed {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(boundTo(name, id))
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
  return { key: id, nonce: nonce.toString("base64"), data: data.toString("base64") }
}

/** The text; undefined where key, name, nonce or data is not the one it was sealed with. */
export function unseal({ name, sealed, key }: { name: string; sealed: Sealed; key: Uint8Array }): string | undefined {
  const data = Buffer.from(sealed.data, "base64")
  const nonce = Buffer.from(sealed.nonce, "base64")
  if (data.length < tagBytes || nonce.length !== nonceBytes) return undefined
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(boundTo(name, sealed.key)).setAuthTag(data.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(data.subarray(0, -tagBytes)), decipher.final()]).toString("utf8")
  } catch {
    return undefined
  }
}

const boundTo = (name: string, id: string) => Buffer.from(JSON.stringify(["rubberduck secret", id, name]))
