import { readFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import type { LogId } from "../ports.ts"
import type { Tip } from "./sqlite-log.ts"
import { writeDurably } from "./store-durable.ts"

/**
 * How far each log is known to have got, kept beside the logs, so that a log that was removed, cut off or put back from
 * an old copy is noticed instead of going on from an earlier end. It may lag behind the logs, and never leads them.
 */
export interface TipMemo {
  get(log: LogId): Tip | undefined
  logs(): LogId[]
  set(tips: Iterable<readonly [LogId, Tip]>): void
  forget(log: LogId): void
}

const memoSchema = z.record(z.string(), z.object({ pos: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) }))

export function tipMemo(folder: string): TipMemo {
  const path = join(folder, "log", "tips.json")
  let tips = read(path)

  const change = (edit: (next: Map<LogId, Tip>) => void) => {
    const next = new Map(tips)
    edit(next)
    write(path, next)
    tips = next
  }
  return {
    get: (log) => tips.get(log),
    logs: () => [...tips.keys()],
    set: (entries) =>
      change((next) => {
        for (const [log, tip] of entries) next.set(log, tip)
      }),
    forget(log) {
      if (tips.has(log)) change((next) => next.delete(log))
    },
  }
}

// The memo only helps to notice damage, so one that can't be read is as good as none.
function read(path: string): Map<LogId, Tip> {
  try {
    const memo = memoSchema.parse(JSON.parse(readFileSync(path, "utf8")))
    return new Map(Object.entries(memo).map(([log, { pos, hash }]) => [log, { pos, hash: Buffer.from(hash, "hex") }]))
  } catch {
    return new Map()
  }
}

function write(path: string, tips: ReadonlyMap<LogId, Tip>) {
  const memo = Object.fromEntries(
    [...tips].map(([log, { pos, hash }]) => [log, { pos, hash: Buffer.from(hash).toString("hex") }]),
  )
  writeDurably(path, `${JSON.stringify(memo, null, 2)}\n`)
}
