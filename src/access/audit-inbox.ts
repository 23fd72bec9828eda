import { type FSWatcher, readFileSync, watch } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { type Clock, systemClock } from "../base/clock.ts"
import { newId } from "../base/ids.ts"
import { namesIn } from "../base/names-in.ts"
import { parseJson } from "../base/schema.ts"
import type { Logger } from "../observe/log.ts"
import type { Audit, AuditEvent } from "./audit.ts"
import { discard, privateFolder, writeWhole } from "./private-file.ts"

/** Where events wait for the server that owns the log. */
const inboxOf = (dataFolder: string) => join(dataFolder, "audit")
const suffix = ".json"

const Waiting = z.strictObject({
  atMs: z.int(),
  event: z.strictObject({
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.enum(["done", "refused", "failed"]),
    details: z.record(z.string(), z.unknown()).default({}),
  }),
})

interface InboxOptions {
  readonly dataFolder: string
  readonly logger: Logger
  readonly clock?: Clock
}

/**
 * The audit of a process that does not own the log (`duck llm connect`, `duck config set`): each event is a file until a
 * server takes it in, under the commit's id, so that it is stored once whatever happens in between.
 */
export function auditInbox({ dataFolder, logger, clock = systemClock }: InboxOptions): Audit {
  const write = (event: AuditEvent) => {
    const atMs = clock.now()
    writeWhole(join(inboxOf(dataFolder), newId(atMs) + suffix), `${JSON.stringify({ atMs, event })}\n`)
  }
  return {
    // It has no position yet.
    async record(event) {
      write(event)
      return 0
    },
    note(event) {
      try {
        write(event)
      } catch (error) {
        logger.error("audit could not be stored", { audit: event, error })
      }
    },
    flush: async () => {},
  }
}

/** Takes in what waits and what comes until it is closed. An event that can't be read or stored stays where it is, and is told of. */
export function takeInbox({ dataFolder, logger, audit }: InboxOptions & { readonly audit: Pick<Audit, "record"> }): {
  close(): Promise<void>
} {
  const folder = inboxOf(dataFolder)
  const left = new Set<string>()
  let taking: Promise<void> = Promise.resolve()

  const takeOne = async (name: string) => {
    const path = join(folder, name)
    try {
      const { atMs, event } = parseJson(Waiting, readFileSync(path, "utf8"), path)
      await audit.record(event, { id: name.slice(0, -suffix.length), atMs })
      discard(path)
    } catch (error) {
      left.add(name)
      logger.error("an audit event was not taken in", { path, error })
    }
  }
  const takeAll = async () => {
    for (const name of namesIn(folder, suffix)) if (!left.has(name)) await takeOne(name)
  }
  const take = () => {
    taking = taking.then(takeAll)
  }

  let watcher: FSWatcher | undefined
  try {
    privateFolder(folder)
    watcher = watch(folder, { persistent: false }, take)
    watcher.on("error", (error) => logger.error("the audit's inbox is not watched any more", { error }))
  } catch (error) {
    logger.error("the audit's inbox can't be watched", { error })
  }
  take()
  return {
    close() {
      watcher?.close()
      return taking
    },
  }
}
