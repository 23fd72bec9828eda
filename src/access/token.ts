import { randomBytes, timingSafeEqual } from "node:crypto"
import { lstatSync, readFileSync, rmSync, type Stats } from "node:fs"
import { join } from "node:path"
import { DuckError, systemCode, UnavailableError } from "../base/errors.ts"
import { createWhole } from "./private-file.ts"

const shape = /^duck_[A-Za-z0-9_-]{43}$/

export const tokenPathOf = (dataFolder: string) => join(dataFolder, "token")

/**
 * The data folder's bearer token: 256 random bits in `<data>/token`, made on first use. A file that others may read or
 * that is not ours is refused, not mended: someone may know it already. One that holds no token (a torn disk) is made
 * anew. Throws DuckError TOKEN_FILE_UNSAFE, UnavailableError.
 */
export function loadToken(dataFolder: string): string {
  const path = tokenPathOf(dataFolder)
  for (let attempt = 0; attempt < 3; attempt++) {
    const text = readPrivate(path)
    if (text !== undefined && shape.test(text)) return text
    if (text !== undefined) rmSync(path, { force: true })
    const token = `duck_${randomBytes(32).toString("base64url")}`
    if (createWhole(path, `${token}\n`)) return token
    // Another process made one at the same moment: take that.
  }
  throw new UnavailableError({ message: `${path} can't be made: something else keeps writing it.` })
}

function readPrivate(path: string): string | undefined {
  try {
    const why = tokenFault(lstatSync(path))
    if (why) throw unsafe(path, why)
    return readFileSync(path, "utf8").trim()
  } catch (thrown) {
    if (thrown instanceof DuckError) throw thrown
    if (systemCode(thrown) === "ENOENT") return undefined
    throw new UnavailableError({ message: `${path} can't be read (${systemCode(thrown)}).`, cause: thrown })
  }
}

/** Why the token in a file of these rights may be known to others; undefined when it may not. */
export function tokenFault(stat: Stats): string | undefined {
  const own = process.getuid?.()
  if (!stat.isFile()) return "it is not a plain file"
  if (own !== undefined && stat.uid !== own) return "it belongs to another user"
  if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) return "others may read or write it"
  return undefined
}

const unsafe = (path: string, why: string) =>
  new DuckError({
    code: "TOKEN_FILE_UNSAFE",
    message: `The token file ${path} can't be trusted: ${why}.`,
    hint: "Remove it; the next start makes a new one.",
    status: 503,
    details: { path },
  })

/** Whether two tokens are equal, in a time that tells nothing about where they differ. All tokens have one length. */
export function isSameToken(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
