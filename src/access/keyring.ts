import { randomBytes } from "node:crypto"
import { lstatSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { DuckError, systemCode, UnavailableError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { writeWhole } from "./private-file.ts"
import { tokenFault } from "./token.ts"

/** The keys that secrets are encrypted under: one, and while they are rotated the one before it as well. */
const Keyring = z.object({
  /** Id of the key that new entries are encrypted under. */
  current: z.string().min(1),
  /** 32 bytes in base64, by id. */
  keys: z.record(z.string(), z.base64().length(44)),
})
export type Keyring = z.infer<typeof Keyring>

/** Where a keyring is held. */
export interface KeyStore {
  /** For messages: "the file /x/secrets.key", "the keychain". */
  readonly name: string
  /** Undefined where there is none yet. Throws DuckError where there is one that can't be had or trusted. */
  read(): Keyring | undefined
  write(ring: Keyring): void
  /** Takes it away, where there is one. */
  remove(): void
}

/** `ring` with a new key that is the current one. */
export function withNewKey(ring: Keyring | undefined): Keyring {
  const id = newId()
  return { current: id, keys: { ...ring?.keys, [id]: randomBytes(32).toString("base64") } }
}

export const keyringText = (ring: Keyring): string => JSON.stringify(ring)

/** Throws SECRETS_KEY_DAMAGED. */
export function readKeyring(text: string, name: string): Keyring {
  try {
    const ring = Keyring.parse(JSON.parse(text))
    if (ring.keys[ring.current]) return ring
  } catch {
    // What it says must not get into a message: it may be most of a key.
  }
  throw new DuckError({
    code: "SECRETS_KEY_DAMAGED",
    message: `What is in ${name} is not the key of the secrets.`,
    hint: "Put it back from a copy. Without it, disconnect the providers and connect them again.",
    status: 503,
  })
}

export const keyFileOf = (dataFolder: string) => join(dataFolder, "secrets.key")

/** The keyring in `<data>/secrets.key`, 0600. As with the token, a file that others may read or that is not ours is refused. */
export function keyFile(dataFolder: string): KeyStore {
  const path = keyFileOf(dataFolder)
  const name = `the file ${path}`
  return {
    name,
    read() {
      try {
        const why = tokenFault(lstatSync(path))
        if (why) throw unsafe(path, why)
        return readKeyring(readFileSync(path, "utf8"), name)
      } catch (thrown) {
        if (thrown instanceof DuckError) throw thrown
        if (systemCode(thrown) === "ENOENT") return undefined
        throw new UnavailableError({ message: `${path} can't be read (${systemCode(thrown)}).`, cause: thrown })
      }
    },
    write: (ring) => writeWhole(path, `${keyringText(ring)}\n`),
    remove: () => rmSync(path, { force: true }),
  }
}

const unsafe = (path: string, why: string) =>
  new DuckError({
    code: "SECRETS_KEY_UNSAFE",
    message: `The key of the secrets, ${path}, can't be trusted: ${why}.`,
    hint: `Give it back to yourself (chmod 600), then \`duck llm rotate-keys\`; if someone may have read it, renew the keys at the providers.`,
    status: 503,
    details: { path },
  })
