import { randomBytes } from "node:crypto"
import { type Sealed, seal, unseal } from "../../access/sealed.ts"
import type { Secrets } from "../../access/secrets.ts"

/** Texts of memories as they are kept. */
export interface Sealing {
  /** For a new memory: sealed where the policy says so. */
  kept(memory: string, text: string): string | Sealed
  /** Undefined where the key is gone or is another one. */
  plain(memory: string, text: string | Sealed): string | undefined
}

/** The key that texts are sealed with, among the secrets: rotating these encrypts it anew, and the log need not change. */
const keyName = "memory.key"

/**
 * AES-256-GCM under one key of the server's, which is kept as a secret; a text is bound to its memory's id. Throws what
 * the secrets throw where they can't be written.
 */
export function sealing({
  secrets,
  isEncrypting,
}: {
  readonly secrets: Pick<Secrets, "get" | "set">
  /** Asked for each new memory. */
  readonly isEncrypting: () => boolean
}): Sealing {
  const kept = (): Uint8Array | undefined => {
    const text = secrets.get(keyName)
    return text === undefined ? undefined : Buffer.from(text, "base64")
  }
  const made = (): Uint8Array => {
    secrets.set(keyName, randomBytes(32).toString("base64"))
    const key = kept()
    if (!key) throw new Error("A secret that was just kept is gone.")
    return key
  }
  return {
    kept: (memory, text) => (isEncrypting() ? seal({ name: memory, text, id: keyName, key: kept() ?? made() }) : text),
    plain(memory, text) {
      if (typeof text === "string") return text
      try {
        const key = kept()
        return key && unseal({ name: memory, sealed: text, key })
      } catch {
        // The keyring can't be had now: `duck doctor` says why. The memory is shown as one that can't be read.
        return undefined
      }
    },
  }
}
