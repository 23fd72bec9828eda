import { hash } from "node:crypto"
import { InvalidInputError } from "../base/errors.ts"
import { isId } from "../base/ids.ts"
import { canonicalJson } from "./canonical.ts"
import type { Commit, Committed, LogId, Position } from "./ports.ts"

/** The hash before the first commit of every log. */
export const genesis: Uint8Array = new Uint8Array(32)

/** No commit is larger in its canonical form, on any engine (a NATS message ends at 1 MiB with its headers). */
export const maxCommitBytes = 1_000_000

/** The canonical commit: what is stored, sent, and hashed. The position and the log are not in it. */
export function encodeCommit({ id, stream, expect, events, meta }: Commit): string {
  return canonicalJson({ events, expect, id, meta, stream })
}

/** Throws SyntaxError or TypeError for text that `encodeCommit` can't have written. */
export function decodeCommit(log: LogId, pos: Position, text: string): Committed {
  const commit = JSON.parse(text) as Partial<Commit> | null
  if (
    typeof commit?.id !== "string" ||
    typeof commit.stream !== "string" ||
    typeof commit.expect !== "number" ||
    typeof commit.meta !== "object" ||
    !Array.isArray(commit.events) ||
    commit.events.length === 0
  )
    throw new TypeError(`What is stored at ${log}@${pos} is not a commit.`)
  const committed = commit as { -readonly [Key in keyof Committed]: Committed[Key] }
  committed.log = log
  committed.pos = pos
  return committed
}

let scratch = Buffer.alloc(64 * 1024)

/** `SHA-256(previous hash, canonical commit in UTF-8)`. */
export function chainHash(previous: Uint8Array, canonical: string): Uint8Array {
  const needed = 32 + canonical.length * 3
  if (scratch.length < needed) scratch = Buffer.alloc(needed * 2)
  scratch.set(previous, 0)
  const end = 32 + scratch.write(canonical, 32)
  return hash("sha256", scratch.subarray(0, end), "buffer")
}

/** `core`, or `project.` and up to 100 letters, digits, `_` and `-`: it is also a file name and a NATS stream name. */
export const isLogId = (log: string): boolean => log === "core" || /^project\.[A-Za-z0-9_-]{1,100}$/.test(log)

/** Tokens of letters, digits, `_` and `-` between dots, at most 200 characters: it is also a NATS subject. */
export const isStreamId = (stream: string): boolean =>
  stream.length <= 200 && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(stream)

/**
 * Checks that a commit may be appended to a log and gives its canonical form. Throws InvalidInputError: nothing of it
 * was stored, and no engine would take it.
 */
export function checkedCommit(log: LogId, commit: Commit): string {
  if (!isLogId(log)) throw refused(`${JSON.stringify(log)} is not the name of a log: "core" or "project.<id>"`)
  if (!isId(commit.id)) throw refused(`The commit id ${JSON.stringify(commit.id)} is not a ULID`)
  if (!isStreamId(commit.stream)) throw refused(`${JSON.stringify(commit.stream)} is not the name of a stream`)
  if (!Number.isSafeInteger(commit.expect) || commit.expect < 0)
    throw refused(`The expected head ${commit.expect} is not a position`)
  if (commit.events.length === 0) throw refused("A commit has at least one event")
  for (const { type, v } of commit.events) {
    if (typeof type !== "string" || type === "") throw refused("An event has a type")
    if (!Number.isSafeInteger(v) || v < 1) throw refused(`The version ${v} of ${type} is not a whole number from 1 on`)
  }
  const text = encodeCommit(commit)
  if (text.length > maxCommitBytes || (text.length * 3 > maxCommitBytes && Buffer.byteLength(text) > maxCommitBytes))
    throw new InvalidInputError({
      code: "COMMIT_TOO_LARGE",
      message: `The commit ${commit.id} to ${commit.stream} is larger than ${maxCommitBytes} bytes.`,
      hint: "Put large content into a blob and its id into the event.",
      details: { limitBytes: maxCommitBytes },
    })
  return text
}

const refused = (what: string) => new InvalidInputError({ code: "COMMIT_INVALID", message: `${what}.` })
