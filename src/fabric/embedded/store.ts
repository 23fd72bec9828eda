import type { Clock } from "../../base/clock.ts"
import { NotFoundError } from "../../base/errors.ts"
import { checkedCommit, genesis } from "../chain.ts"
import { LogSuspectError } from "../errors.ts"
import type { LogStore } from "../ports.ts"
import { followTable } from "./store-follow.ts"
import type { LogTables } from "./store-tables.ts"
import { verifyTable } from "./store-verify.ts"
import { waitUntil } from "./store-wait.ts"

const pageSize = 200

/** The local table of every log, behind its port. In cluster mode `ingest` fills it, embedded the sequencer does. */
export function logStore({ tables, clock }: { readonly tables: LogTables; readonly clock: Clock }): LogStore {
  return {
    logs: () => tables.list(),
    tip: (log) => tables.find(log)?.tip() ?? { pos: 0, hash: genesis },
    scan: (log, after, limit) => tables.find(log)?.scan(after, limit) ?? [],

    *stream(log, stream, after = 0) {
      const table = tables.find(log)
      if (!table) return
      const positions = table.positions(stream, after)
      for (let i = 0; i < positions.length; i += pageSize)
        for (const pos of positions.slice(i, i + pageSize)) {
          const commit = table.at(pos)
          if (!commit) throw new LogSuspectError(log, pos, "hole")
          yield commit
        }
    },

    ingest(log, batch) {
      if (batch.length === 0) return
      tables.write(log, (table) => {
        for (const commit of batch) {
          const next = table.end() + 1
          if (commit.pos !== next) throw new LogSuspectError(log, next, commit.pos > next ? "hole" : "regression")
          const { id, stream, expect } = commit
          const text = checkedCommit(log, commit)
          const isAdded = table.head(stream) === expect && table.add({ id, stream, expect, text }) !== undefined
          if (!isAdded) throw new LogSuspectError(log, next, "regression")
        }
      })
      tables.changed(log)
    },

    async verify(log, options) {
      const table = tables.find(log)
      if (!table) throw new NotFoundError({ code: "LOG_NOT_FOUND", message: `There is no log ${log}.` })
      return verifyTable(table, tables.find("core"), options)
    },
    hashAt: (log, pos) => tables.find(log)?.hashAt(pos),
    onChange: (callback) => tables.onChange(callback),
    reached: (log, pos, { withinMs }) =>
      waitUntil({
        isTrue: () => !tables.isClosed && (tables.find(log)?.end() ?? 0) >= pos,
        isOver: () => tables.isClosed,
        onChange: (callback) => tables.onChange(callback),
        withinMs,
        clock,
      }),
    follow: (log, after, sink) => followTable(tables, log, after, sink),
  }
}
