import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { z } from "zod"
import { DuckError, InvalidInputError, systemCode, UnavailableError } from "../base/errors.ts"
import { type Keyring, type KeyStore, withNewKey } from "./keyring.ts"
import { privateFolder, writeWhole } from "./private-file.ts"
import { Sealed, seal, unseal } from "./sealed.ts"

/** Keys of providers and the like, encrypted at rest in `<data folder>/secrets.json`. */
export interface Secrets {
  /** Undefined where there is none. Throws DuckError where there is one that can't be read. */
  get(name: string): string | undefined
  /** Nothing is decrypted. */
  names(): readonly string[]
  /** Stores under a name, over what was there. Throws InvalidInputError for what can't be a secret. */
  set(name: string, text: string): void
  /** False where there was none. */
  remove(name: string): boolean
  /** Encrypts everything under a new key and forgets the old one; gives how many entries there are. */
  rotate(): number
}

const SecretsFile = z.object({ v: z.literal(1), entries: z.record(z.string(), Sealed) })
type Entries = Readonly<Record<string, Sealed>>

const longest = 16_384
const lockWithinMs = 10_000

/**
 * `stores`: where the keyring is; the first is where new keys go, the others are looked into for what the first does not
 * have, so that a key moves from one to the other with the next `rotate`.
 *
 * Every change reads the file, changes one entry and writes the whole under a lock that the operating system ends with
 * its holder, so that processes don't lose each other's entries. A file that can't be read is never written over.
 * Errors: SECRETS_DAMAGED, SECRET_UNREADABLE, SECRETS_KEY_MISSING, those of the stores, and what the disk says.
 */
export function openSecrets({
  folder,
  stores,
}: {
  readonly folder: string
  readonly stores: () => readonly [KeyStore, ...KeyStore[]]
}): Secrets {
  const path = join(folder, "secrets.json")
  let known: { readonly stamp: string; readonly entries: Entries } | undefined
  // Keys never change under an id, so what was read once stays true.
  const keys = new Map<string, Uint8Array>()

  const entries = (): Entries => {
    const stamp = stampOf(path)
    if (stamp === undefined) return {}
    if (known?.stamp !== stamp) known = { stamp, entries: readEntries(path) }
    return known.entries
  }
  const write = (next: Entries) => writeWhole(path, `${JSON.stringify({ v: 1, entries: next }, null, 2)}\n`)

  const remember = (ring: Keyring | undefined) => {
    for (const [id, key] of Object.entries(ring?.keys ?? {})) keys.set(id, Buffer.from(key, "base64"))
    return ring
  }
  /** The key of an id, from the first store that has it. */
  const keyOf = (id: string): Uint8Array | undefined => {
    for (const store of keys.has(id) ? [] : stores()) if (remember(store.read())?.keys[id]) break
    return keys.get(id)
  }
  const opened = (name: string, sealed: Sealed): string => {
    const key = keyOf(sealed.key)
    if (!key) throw keyMissing(stores()[0].name)
    const text = unseal({ name, sealed, key })
    if (text === undefined) throw unreadable(name, path)
    return text
  }

  /** The key for a new entry. A keyring is only made where no entry waits for one that is gone. */
  const currentKey = (now: Entries): { id: string; key: Uint8Array } => {
    for (const store of stores()) {
      const ring = remember(store.read())
      const key = ring && keys.get(ring.current)
      if (key) return { id: ring.current, key }
    }
    if (Object.keys(now).length > 0) throw keyMissing(stores()[0].name)
    const ring = withNewKey(undefined)
    stores()[0].write(ring)
    remember(ring)
    return { id: ring.current, key: Buffer.from(ring.keys[ring.current] ?? "", "base64") }
  }

  return {
    names: () => Object.keys(entries()).sort(),
    get(name) {
      const sealed = own(entries(), name)
      return sealed && opened(name, sealed)
    },
    set(name, text) {
      check(name, text)
      locked(folder, () => {
        const now = entries()
        write({ ...now, [name]: seal({ name, text, ...currentKey(now) }) })
      })
    },
    remove: (name) =>
      locked(folder, () => {
        const { [name]: gone, ...rest } = entries()
        if (gone) write(rest)
        return gone !== undefined
      }),
    rotate: () =>
      locked(folder, () => {
        const now = entries()
        // Everything is opened before anything is written: one that can't be opened stops the rotation.
        const texts = Object.entries(now).map(([name, sealed]) => [name, opened(name, sealed)] as const)
        const [first, ...others] = stores()
        // 1. The new key beside the old ones; 2. the entries under it; 3. the new key alone. Whatever the last step
        // that was done, each entry's key is there; a rotation that was cut off leaves a key too many until the next.
        const both = withNewKey(remember(first.read()))
        first.write(both)
        remember(both)
        const key = keys.get(both.current)
        if (!key) throw keyMissing(first.name)
        const id = both.current
        write(Object.fromEntries(texts.map(([name, text]) => [name, seal({ name, text, id, key })])))
        first.write({ current: id, keys: { [id]: both.keys[id] ?? "" } })
        for (const store of others) store.remove()
        for (const old of [...keys.keys()]) if (old !== id) keys.delete(old)
        return texts.length
      }),
  }
}

/** Runs `change` while no other process changes the secrets. Never waits in the middle, so that this process can't either. */
function locked<T>(folder: string, change: () => T): T {
  privateFolder(folder)
  const path = join(folder, "secrets.lock")
  const lock = new DatabaseSync(path, { timeout: lockWithinMs })
  try {
    lock.exec("begin exclusive")
    return change()
  } catch (cause) {
    if (cause instanceof DuckError || !String((cause as Error).message).includes("locked")) throw cause
    throw new UnavailableError({
      code: "SECRETS_BUSY",
      message: `Another process has been changing the secrets for ${lockWithinMs / 1_000} s (${path}).`,
      hint: "Try again in a moment.",
      cause,
    })
  } finally {
    lock.close()
  }
}

function readEntries(path: string): Entries {
  try {
    return SecretsFile.parse(JSON.parse(readFileSync(path, "utf8"))).entries
  } catch (cause) {
    if (systemCode(cause))
      throw new UnavailableError({ message: `${path} can't be read (${systemCode(cause)}).`, cause })
    throw new DuckError({
      code: "SECRETS_DAMAGED",
      message: `${path} is not what RubberDuck wrote: its secrets can't be read. It was left as it is.`,
      hint: "Put it back from a copy; or move it away and connect the providers again (`duck llm connect`).",
      status: 503,
      details: { path },
    })
  }
}

function check(name: string, text: string): void {
  if (!/^[a-z][a-z0-9._-]{0,99}$/.test(name)) throw new InvalidInputError({ message: `"${name}" can't name a secret.` })
  // What a header can carry: anything else was mistyped or pasted along. The text itself is not repeated.
  if (text.length <= longest && /^[\x21-\x7e]+$/.test(text)) return
  throw new InvalidInputError({
    code: "SECRET_REFUSED",
    message: "This can't be a key: it is empty, too long, or has spaces, line breaks or other signs in it.",
    hint: "Copy it again, without anything around it.",
  })
}

const own = (entries: Entries, name: string) => (Object.hasOwn(entries, name) ? entries[name] : undefined)

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat && `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`
}

const unreadable = (name: string, path: string) =>
  new DuckError({
    code: "SECRET_UNREADABLE",
    message: `The secret ${name} in ${path} was changed or belongs to another key; the others are not touched by that.`,
    hint: "Put the file back from a copy, or set the secret again (`duck llm connect`).",
    status: 503,
    details: { name, path },
  })

const keyMissing = (store: string) =>
  new DuckError({
    code: "SECRETS_KEY_MISSING",
    message: `The key of the secrets is not in ${store}, so they can't be read; nothing was changed.`,
    hint: "Put it back from a copy. If it is lost, disconnect the providers and connect them again.",
    status: 503,
  })
