import { z } from "zod"
import type { Bus, Shared } from "../ports.ts"

/** What is shared of a running attempt: small, and gone by itself when its node is. */
const liveSchema = z.object({ attempt: z.number(), progress: z.unknown() })
const ttlMs = 60_000

/** Subject on which an attempt's progress is sent, as JSON: `{ attempt, progress }`. */
export const progressSubject = (id: string): string => `job.${id}.progress`
const keyOf = (id: string) => `job.${id}.progress`

export interface LiveProgress {
  /** Sends the progress to those who listen and keeps it for those who ask; null ends it. */
  publish(id: string, attempt: number, progress: unknown): void
  last(id: string, attempt: number): Promise<unknown>
}

/** Progress between nodes, outside the log. */
export function liveProgress({ bus, shared }: { readonly bus: Bus; readonly shared: Shared }): LiveProgress {
  async function keep(id: string, value: Uint8Array | null) {
    const key = keyOf(id)
    const rev = (await shared.get(key))?.rev ?? 0
    // A conflict means that a newer attempt writes it by now.
    if (value) await shared.put(key, value, rev, ttlMs)
    else if (rev > 0) await shared.delete(key, rev)
  }
  return {
    publish(id, attempt, progress) {
      const value = progress === null ? null : Buffer.from(JSON.stringify({ attempt, progress }))
      if (value) bus.send(progressSubject(id), value)
      // Nobody depends on it: the log has what must last.
      keep(id, value).catch(() => {})
    },
    async last(id, attempt) {
      const kept = await shared.get(keyOf(id))
      const live = kept && liveSchema.safeParse(JSON.parse(Buffer.from(kept.value).toString("utf8"))).data
      return live?.attempt === attempt ? live.progress : undefined
    },
  }
}
