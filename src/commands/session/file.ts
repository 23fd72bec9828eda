import { z } from "zod"
import { type ConversationEvent, readConversationEvent } from "../../assistant/conversation/events.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { parseJson } from "../../base/schema.ts"

const fileFormat = "rubberduck.session"

/** A conversation as a file of its own: its events, and the pictures that they name. */
export const SessionFile = z.object({
  format: z.literal(fileFormat),
  version: z.literal(1),
  session: z.object({ id: z.string(), title: z.string(), root: z.string(), model: z.string() }),
  events: z.array(z.object({ type: z.string(), v: z.int(), data: z.unknown() })),
  /** Base64 by SHA-256. */
  blobs: z.record(z.string(), z.string()).default({}),
})
export type SessionFile = z.infer<typeof SessionFile>

export function sessionFile(
  session: SessionFile["session"],
  events: readonly ConversationEvent[],
  blobs: Readonly<Record<string, string>>,
): string {
  const file: SessionFile = { format: fileFormat, version: 1, session, events: [...events], blobs: { ...blobs } }
  return `${JSON.stringify(file, null, 1)}\n`
}

/** Throws InvalidInputError, which says where, for what is no such file. */
export function readSessionFile(text: string): { readonly file: SessionFile; readonly events: ConversationEvent[] } {
  const file = parseJson(SessionFile, text, "the file")
  const events = file.events.map((stored, at) => {
    try {
      const one = readConversationEvent(stored)
      if (one) return harmless(one)
    } catch (cause) {
      throw unreadable(at, stored.type, cause)
    }
    throw unreadable(at, stored.type)
  })
  return { file, events }
}

const unreadable = (at: number, type: string, cause?: unknown) =>
  new InvalidInputError({ message: `Event ${at + 1} (${type.slice(0, 60)}) of the file can't be read.`, cause })

/** A file from elsewhere allows and runs nothing here: its answers held once, and its wishes are gone. */
function harmless(one: ConversationEvent): ConversationEvent {
  if (one.type === "permission.answered") return { ...one, data: { ...one.data, scope: "once" } }
  if (one.type !== "user.spoke") return one
  const { wishes: _wishes, shell: _shell, ...data } = one.data
  return { ...one, data }
}

/** Hashes of the pictures in a history. */
export function blobsIn(events: readonly ConversationEvent[]): string[] {
  const found = new Set<string>()
  for (const one of events) {
    const parts = one.type === "user.spoke" ? one.data.parts : one.type === "tool.finished" ? one.data.content : []
    for (const part of parts) if (part.kind === "image") found.add(part.blob)
  }
  return [...found]
}
