import { z } from "zod"
import { Sealed } from "../../access/sealed.ts"
import type { Event } from "../../fabric/ports.ts"
import { longestMemory, memoryKinds } from "./kinds.ts"

const id = z.string().min(1).max(200)
const confidence = z.number().min(0).max(1)

/** ISO 8601; from then on it holds no more. */
const expiresAt = z.iso.datetime().nullable()

/** The conversation and the user's message in it that something was learned from; null: it was told by a command. */
const source = z.object({ conversation: id, message: id.nullable() }).nullable()
export type MemorySource = z.infer<typeof source>

/**
 * `change`: names one change of a memory for good; the same change is never stored twice. `at`: of the writer's clock.
 */
const written = { change: id, by: z.enum(["user", "model"]), actor: id, at: z.iso.datetime() }

const dataOf = {
  "memory.added": z.object({
    ...written,
    memory: id,
    kind: z.enum(memoryKinds),
    /** Where memories are encrypted the log has no plain text. */
    text: z.union([z.string().min(1).max(longestMemory), Sealed]),
    confidence,
    source,
    expiresAt,
  }),
  /** The same was to be remembered again; how long it holds is what was said last. */
  "memory.confirmed": z.object({ ...written, memory: id, confidence, source, expiresAt }),
  "memory.forgotten": z.object({ ...written, memories: z.array(id).min(1), why: z.string() }),
  /** What the change did does not hold; an undoing is a change as well. */
  "memory.undone": z.object({ ...written, undoes: id }),
} as const

type EventTypes = typeof dataOf
export type MemoryEvent = {
  [T in keyof EventTypes]: Event & { readonly type: T; readonly v: 1; readonly data: z.infer<EventTypes[T]> }
}[keyof EventTypes]
export type MemoryEventOf<T extends MemoryEvent["type"]> = Extract<MemoryEvent, { type: T }>

/** An event of today's version. */
export const memoryEvent = <T extends MemoryEvent["type"]>(type: T, data: MemoryEventOf<T>["data"]): MemoryEventOf<T> =>
  // One member of the union for each type.
  ({ type, v: 1, data }) as MemoryEventOf<T>

const isKnown = (type: string): type is keyof EventTypes => Object.hasOwn(dataOf, type)

/** Throws for what is no event of a memory: nothing else stands in its streams. */
export function readMemoryEvent(event: Event): MemoryEvent {
  if (!isKnown(event.type)) throw new Error(`${event.type} is no event of a memory.`)
  // The schema of this very type was asked.
  return { ...event, v: 1, data: dataOf[event.type].parse(event.data) } as MemoryEvent
}
