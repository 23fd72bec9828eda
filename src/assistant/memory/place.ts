import type { LogId, StreamId } from "../../fabric/ports.ts"
import type { MemoryScope } from "./kinds.ts"

/** Where the memories of one scope stand. */
export interface MemoryPlace {
  readonly scope: MemoryScope
  readonly log: LogId
  readonly stream: StreamId
}

export const isMemoryStream = (stream: StreamId): boolean => stream.startsWith("memory.")

/** One name for a place, for tables. */
export const keyOfPlace = ({ log, stream }: Pick<MemoryPlace, "log" | "stream">): string => `${log}/${stream}`

/** Whoever remembers or is reminded: a person, and the log of the project they are in. */
export interface MemoryReader {
  readonly user: string
  /** Undefined outside of projects. */
  readonly project?: LogId | undefined
}

/** What a reader may see and write: their own, the project's and the team's. Never another person's. */
export function placesOf({ user, project }: MemoryReader): MemoryPlace[] {
  return [
    { scope: "user", log: "core", stream: `memory.user.${tokenOf(user)}` },
    ...(project === undefined ? [] : [{ scope: "project", log: project, stream: "memory.project" } as const]),
    { scope: "team", log: "core", stream: "memory.team" },
  ]
}

/** An id as one token of a stream's name; two ids never give the same. */
const tokenOf = (user: string) => encodeURIComponent(user).replaceAll(".", "%2E").replaceAll("*", "%2A")
