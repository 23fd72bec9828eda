import { DuckError, NotFoundError } from "../../base/errors.ts"
import { decider } from "../../fabric/decider.ts"
import { type MemoryEvent, type MemoryEventOf, memoryEvent } from "./events.ts"

/** One change of what is remembered. It holds until it is undone. */
export interface MemoryChange {
  readonly id: string
  readonly kind: "added" | "confirmed" | "forgotten" | "undone"
  /** What it is about: memories; of an undoing, those of the change that it undoes. */
  readonly memories: readonly string[]
  /** The change that it undoes; null where it is no undoing. */
  readonly undoes: string | null
  readonly actor: string
  readonly at: string
  readonly isUndone: boolean
}

/** All changes of one scope, the oldest first. What is remembered follows from those that are not undone. */
export interface MemoryHistory {
  readonly changes: readonly MemoryChange[]
}

export type MemoryCommand =
  | { readonly type: "add"; readonly data: MemoryEventOf<"memory.added">["data"] }
  | { readonly type: "confirm"; readonly data: MemoryEventOf<"memory.confirmed">["data"] }
  | { readonly type: "forget"; readonly data: MemoryEventOf<"memory.forgotten">["data"] }
  | { readonly type: "undo"; readonly data: MemoryEventOf<"memory.undone">["data"] }

/** More than a person can look through is more than is wanted in any prompt. */
export const mostMemories = 2_000

/** Patterns are drawn by rule and have no event of their own; only that they are forgotten is one. */
const isPattern = (id: string): boolean => id.startsWith("pat-")

const wasAdded = ({ changes }: MemoryHistory, memory: string): boolean =>
  changes.some(({ kind, memories }) => kind === "added" && memories.includes(memory))

const isHeld = ({ changes }: MemoryHistory, memory: string): boolean =>
  changes.some((one) => one.kind === "added" && !one.isUndone && one.memories.includes(memory))

const isForgotten = ({ changes }: MemoryHistory, memory: string): boolean =>
  changes.some((one) => one.kind === "forgotten" && !one.isUndone && one.memories.includes(memory))

/** What one scope remembers, without the texts. */
export const memoryDecider = decider<MemoryCommand, MemoryHistory, MemoryEvent>({
  initial: { changes: [] },
  decide(command, history) {
    const known = history.changes.find(({ id }) => id === command.data.change)
    if (known) return []
    switch (command.type) {
      case "add":
        if (heldCount(history) >= mostMemories) throw memoryFull()
        return [memoryEvent("memory.added", command.data)]
      case "confirm":
        if (!isHeld(history, command.data.memory) || isForgotten(history, command.data.memory))
          throw noMemory(command.data.memory)
        return [memoryEvent("memory.confirmed", command.data)]
      case "forget": {
        const unknown = command.data.memories.find((id) => !isPattern(id) && !wasAdded(history, id))
        if (unknown !== undefined) throw noMemory(unknown)
        const isThere = (id: string) => (isPattern(id) || isHeld(history, id)) && !isForgotten(history, id)
        const memories = command.data.memories.filter(isThere)
        return memories.length === 0 ? [] : [memoryEvent("memory.forgotten", { ...command.data, memories })]
      }
      case "undo": {
        const undone = history.changes.find(({ id }) => id === command.data.undoes)
        if (!undone) throw noMemory(command.data.undoes)
        return undone.isUndone ? [] : [memoryEvent("memory.undone", command.data)]
      }
    }
  },
  evolve: ({ changes }, event) => ({ changes: withChange(changes, event) }),
})

function withChange(changes: readonly MemoryChange[], { type, data }: MemoryEvent): readonly MemoryChange[] {
  const base = { id: data.change, undoes: null, actor: data.actor, at: data.at, isUndone: false }
  switch (type) {
    case "memory.added":
      return [...changes, { ...base, kind: "added", memories: [data.memory] }]
    case "memory.confirmed":
      return [...changes, { ...base, kind: "confirmed", memories: [data.memory] }]
    case "memory.forgotten":
      return [...changes, { ...base, kind: "forgotten", memories: data.memories }]
    case "memory.undone": {
      const undone = changes.find(({ id }) => id === data.undoes)
      if (!undone) return changes
      const { memories } = undone
      return [...flipped(changes, undone, true), { ...base, kind: "undone", memories, undoes: undone.id }]
    }
  }
}

/** The changes once one is undone, or holds again. What an undoing undid holds again when the undoing is undone. */
function flipped(changes: readonly MemoryChange[], target: MemoryChange, isUndone: boolean): readonly MemoryChange[] {
  const next = changes.map((one) => (one.id === target.id ? { ...one, isUndone } : one))
  const before = target.undoes === null ? undefined : next.find(({ id }) => id === target.undoes)
  return before ? flipped(next, before, !isUndone) : next
}

/** The last change that someone made and that holds; undoing one after the other so comes to the first. */
export const lastOf = ({ changes }: MemoryHistory, actor: string): MemoryChange | undefined =>
  changes.findLast((one) => !one.isUndone && one.undoes === null && one.actor === actor)

/** The last change of a memory that holds, an undoing among them: undoing twice is doing again. */
export const lastAbout = ({ changes }: MemoryHistory, memory: string): MemoryChange | undefined =>
  changes.findLast((one) => !one.isUndone && one.memories.includes(memory))

function heldCount({ changes }: MemoryHistory): number {
  const held = new Set<string>()
  const forgotten = new Set<string>()
  for (const { kind, memories, isUndone } of changes) {
    const into = isUndone ? undefined : kind === "added" ? held : kind === "forgotten" ? forgotten : undefined
    for (const id of into ? memories : []) into?.add(id)
  }
  return held.difference(forgotten).size
}

export const noMemory = (id: string) =>
  new NotFoundError({
    code: "NO_MEMORY",
    message: `Nothing is remembered as ${JSON.stringify(id)}.`,
    hint: "`duck memory list --all` shows everything, also what was forgotten.",
  })

const memoryFull = () =>
  new DuckError({
    code: "MEMORY_FULL",
    message: `${mostMemories.toLocaleString("en-US")} things are remembered there, the most that are kept.`,
    hint: "Forget what no longer matters: `duck memory list`, `duck memory forget <id>`.",
    status: 409,
  })
