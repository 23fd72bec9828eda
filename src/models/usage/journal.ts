import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { discard } from "../../access/private-file.ts"
import { namesIn } from "../../base/names-in.ts"
import type { CommitId } from "../../fabric/ports.ts"
import { type UsageEvent, usageEventOf } from "./events.ts"

/**
 * Usage that is not in the log yet: the events of one commit in one file, which bears the commit's id, so that storing it
 * a second time stores nothing. A line is with the operating system before `add` returns, which outlives this process but
 * not a loss of power: it takes microseconds, where the log's fsync takes half a millisecond and more of every call.
 */
export interface Journal {
  page(id: CommitId): Page
  /** What a process left that was killed, the oldest first. What can't be read of it is left out. */
  left(): readonly { readonly id: CommitId; readonly events: readonly UsageEvent[] }[]
  /** Stored: the page is not needed any more. */
  forget(id: CommitId): void
}

export interface Page {
  add(event: UsageEvent): void
  /** The commit is being stored: nothing more comes. */
  close(): void
}

const suffix = ".jsonl"

export function usageJournal(folder: string): Journal {
  const pathOf = (id: CommitId) => join(folder, id + suffix)
  return {
    page(id) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = openSync(pathOf(id), "ax", 0o600)
      return {
        add: (event) => void writeSync(file, `${JSON.stringify(event)}\n`),
        close: () => closeSync(file),
      }
    },
    left: () =>
      namesIn(folder, suffix).map((name) => ({
        id: name.slice(0, -suffix.length),
        events: readFileSync(join(folder, name), "utf8").split("\n").flatMap(eventOf),
      })),
    forget: (id) => discard(pathOf(id)),
  }
}

/** One event, or none of a line that was cut off. */
function eventOf(line: string): UsageEvent[] {
  try {
    const event = usageEventOf(JSON.parse(line))
    return event ? [event] : []
  } catch {
    return []
  }
}
