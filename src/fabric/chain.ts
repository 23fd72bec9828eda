import { hash } from "node:crypto"
import { InvalidInputError } from "../base/errors.ts"
import { isId } from "../base/ids.ts"
import { canonicalJson, canonicalString } from "./canonical.ts"
import type { Commit, CommitMeta, Committed, LogId, Position } from "./ports.ts"

/** The hash before the first commit of every log. */
export const genesis: Uint8Array = new Uint8Array(32)

/** No commit is larger in its canonical form, on any engine (a NATS message ends at 1 MiB with its headers). */
export const maxCommitBytes = 1_000_000

/**
 * The canonical commit: what is stored, sent, and hashed. The position and the log are not in it. This is
 * `canonicalJson({ events, expect, id, meta, stream })`, written by hand because it is in the path of every append. The id
 * and the stream are those of a checked commit.
 */
export function encodeCommit({ id, stream, expect, events, meta }: Commit): string {
  let list = ""
  for (const { type, v, data } of events) {
    if (list !== "") list += ","
    list += `{"data":${canonicalJson(data)},"type":${canonicalString(type)},"v":${v}}`
  }
  const { actor, at, cause, epoch, node, trace } = meta
  const why = cause === undefined ? "" : `"cause":${canonicalString(cause)},`
  const traced = trace === undefined ? "" : `,"trace":${canonicalString(trace)}`
  const how = `{"actor":${canonicalString(actor)},"at":${canonicalString(at)},${why}"epoch":${epoch},"node":${canonicalString(node)}${traced}}`
  return `{"events":[${list}],"expect":${expect},"id":"${id}","meta":${how},"stream":"${stream}"}`
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

/**
 * The hash after a commit: SHA-256 of the hash before it, in lower-case hexadecimal, and the canonical commit, in UTF-8.
 * Hexadecimal in and out, so that anyone can check it with `sha256sum`.
 */
export function chainHex(previous: string, canonical: string): string {
  const needed = previous.length + canonical.length * 3
  if (scratch.length < needed) scratch = Buffer.alloc(needed * 2)
  // Joining the two as strings would copy the commit once more.
  const start = scratch.write(previous, 0, "latin1")
  const end = start + scratch.write(canonical, start)
  return hash("sha256", scratch.subarray(0, end), "hex")
}

/** `chainHex` in bytes. */
export const chainHash = (previous: Uint8Array, canonical: string): Uint8Array =>
  Buffer.from(chainHex(Buffer.from(previous).toString("hex"), canonical), "hex")

/** `core`, or `project.` and up to 100 letters, digits, `_` and `-`: it is also a file name and a NATS stream name. */
export const isLogId = (log: string): boolean => log === "core" || /^project\.[A-Za-z0-9_-]{1,100}$/.test(log)

/** Tokens of letters, digits, `_` and `-` between dots, at most 200 characters: it is also a NATS subject. */
export const isStreamId = (stream: string): boolean =>
  stream.length <= 200 && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(stream)

const isGoodLog = remembering(isLogId)
const isGoodStream = remembering(isStreamId)

/** A check of names that are asked for again and again: remembers those that were good lately. */
function remembering(check: (name: string) => boolean): (name: string) => boolean {
  const good = new Set<string>()
  return (name) => {
    if (good.has(name)) return true
    if (!check(name)) return false
    if (good.size >= 4096) good.clear()
    good.add(name)
    return true
  }
}

/**
 * Checks that a commit may be appended to a log and gives its canonical form. Throws InvalidInputError: nothing of it
 * was stored, and no engine would take it.
 */
export function checkedCommit(log: LogId, commit: Commit): string {
  if (!isGoodLog(log)) throw refused(`${JSON.stringify(log)} is not the name of a log: "core" or "project.<id>"`)
  if (!isId(commit.id)) throw refused(`The commit id ${JSON.stringify(commit.id)} is not a ULID`)
  if (!isGoodStream(commit.stream)) throw refused(`${JSON.stringify(commit.stream)} is not the name of a stream`)
  if (!isPosition(commit.expect)) throw refused(`The expected head ${commit.expect} is not a position`)
  if (!isPosition(commit.meta.epoch)) throw refused(`The epoch ${commit.meta.epoch} is not a position`)
  if (commit.events.length === 0) throw refused("A commit has at least one event")
  const { meta } = commit
  const metaSize = 4 + (meta.cause === undefined ? 0 : 1) + (meta.trace === undefined ? 0 : 1)
  if (Object.keys(meta).length !== metaSize) checkMetaKeys(meta)
  for (const event of commit.events) {
    const { type, v } = event
    if (typeof type !== "string" || type === "") throw refused("An event has a type")
    if (!isPosition(v) || v === 0) throw refused(`The version ${v} of ${type} is not a whole number from 1 on`)
    if (Object.keys(event).length !== 3) throw refused(`The event ${type} has more than a type, a version and data`)
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

function checkMetaKeys(meta: CommitMeta) {
  const unknown = Object.keys(meta).find((key) => !metaKeys.has(key))
  if (unknown !== undefined) throw refused(`The meta data of a commit has no ${unknown}`)
}

const metaKeys: ReadonlySet<string> = new Set(["actor", "node", "epoch", "at", "cause", "trace"])

const isPosition = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

const refused = (what: string) => new InvalidInputError({ code: "COMMIT_INVALID", message: `${what}.` })
