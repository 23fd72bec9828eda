import { setImmediate } from "node:timers/promises"
import { throwIfAborted } from "../../base/signal.ts"
import { chainHash, decodeCommit } from "../chain.ts"
import { logDropped, readSeal, type Seal, sealHolds, sealStream } from "../chain-seal.ts"
import type { Committed, Fault, Head, LogId, StreamId, Verification, VerifyOptions } from "../ports.ts"
import { isDamage } from "./sqlite-errors.ts"
import type { LogTable, StoredRow, Tip } from "./sqlite-log.ts"

const pageSize = 500

/**
 * Computes a log's whole chain again from what is stored, and checks it against every stored hash, against the order
 * within each stream and against the seals in `core`. Ends at the first fault. Gives way to others after each page.
 */
export async function verifyTable(
  table: LogTable,
  core: LogTable | undefined,
  { onProgress = () => {}, trustedKeys, signal }: VerifyOptions = {},
): Promise<Verification> {
  const { log } = table
  const trimmed = table.trimmed()
  const total = table.end() - trimmed.pos
  const heads = new Map<StreamId, Head>()
  let { pos, hash } = trimmed
  let sealedTo = 0
  let seals: readonly Seal[] = []

  const result = (fault?: Fault): Verification => ({
    log,
    ok: fault === undefined,
    checked: pos - trimmed.pos,
    trimmedTo: trimmed.pos,
    tip: { pos, hash: hex(hash) },
    sealedTo,
    seals: seals.length,
    ...(fault === undefined ? {} : { fault }),
  })

  try {
    seals = core ? sealsOf(log, core) : []
    const bad = seals.find((seal) => !sealHolds(seal) || (trustedKeys && !trustedKeys.includes(seal.publicKey)))
    if (bad) return result({ pos: 0, why: "seal", what: `The seal of ${bad.hash} is not by a key that is trusted.` })
    const wanted = new Set(seals.map((seal) => seal.hash))
    const seen = (place: Tip) => {
      if (wanted.delete(hex(place.hash))) sealedTo = place.pos
    }
    seen(trimmed)
    while (true) {
      throwIfAborted(signal)
      const rows = table.rows(pos, pageSize)
      if (rows.length === 0) break
      for (const row of rows) {
        const fault = faultOf(table, row, { pos, hash }, heads)
        if (fault) return result(fault)
        ;({ pos, hash } = row)
        seen(row)
      }
      onProgress(pos - trimmed.pos, total)
      await setImmediate()
    }
    if (pos < total + trimmed.pos)
      return result({ pos: pos + 1, why: "hole", what: "The commits from here on are gone." })
    for (const [stream, head] of heads)
      if (table.head(stream) !== head)
        return result({ pos: head, why: "stream", what: `The head of ${stream} is ${head}, and is kept as another.` })
    // What was sealed before the trimming can't be found any more; everything from its seal on must be.
    const from = trimmed.pos === 0 ? 0 : seals.findIndex((seal) => seal.hash === hex(trimmed.hash))
    const lost = from < 0 ? seals[0] : seals.slice(from).find((seal) => wanted.has(seal.hash))
    return result(lost && { pos: pos + 1, why: "seal", what: `What was sealed as ${lost.hash} is not in the log.` })
  } catch (error) {
    if (!isDamage(error)) throw error
    return result({ pos: pos + 1, why: "unreadable", what: (error as Error).message })
  }
}

function faultOf(table: LogTable, row: StoredRow, before: Tip, heads: Map<StreamId, Head>): Fault | undefined {
  const pos = before.pos + 1
  if (row.pos !== pos) return { pos, why: "hole", what: `After ${before.pos} comes ${row.pos}.` }
  if (hex(chainHash(before.hash, row.body)) !== hex(row.hash))
    return { pos, why: "hash", what: "The commit is not the one that was stored: its hash is another." }
  const commit = readCommit(table.log, row)
  if (!commit) return { pos, why: "unreadable", what: "What is stored is not a commit." }
  const { stream, expect } = commit
  const head = heads.get(stream) ?? (expect <= table.trimmed().pos ? expect : 0)
  if (expect !== head || row.prev !== head)
    return { pos, why: "stream", what: `It follows ${expect} in ${stream}, whose head was ${head}.` }
  if (table.placeOf(commit.id) !== pos) return { pos, why: "stream", what: `Its id ${commit.id} is kept for another.` }
  heads.set(stream, pos)
  return undefined
}

function readCommit(log: LogId, { pos, body }: StoredRow): Committed | undefined {
  try {
    return decodeCommit(log, pos, body)
  } catch {
    return undefined
  }
}

/** A log's seals in order, those of an earlier log of that name left out. */
function sealsOf(log: LogId, core: LogTable): Seal[] {
  const events = core.positions(sealStream(log), 0).flatMap((pos) => core.at(pos)?.events ?? [])
  const dropped = events.findLastIndex((event) => event.type === logDropped)
  return events.slice(dropped + 1).flatMap((event) => readSeal(event) ?? [])
}

const hex = (hash: Uint8Array) => Buffer.from(hash).toString("hex")
