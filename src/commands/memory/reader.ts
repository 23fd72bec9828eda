import type { MemoryScope } from "../../assistant/memory/kinds.ts"
import type { Memory, Written } from "../../assistant/memory/memory.ts"
import { asDuckError } from "../../base/errors.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { CommandContext } from "../context.ts"
import { asUser, hasPosition } from "./shapes.ts"

export const memoryOf = async ({ host }: CommandContext): Promise<Memory> => (await host.assistant()).memory

/** The caller, as one who remembers. Outside of projects there is no project's memory; it is missed only where it is meant. */
export async function writerOf(context: CommandContext, scope?: MemoryScope) {
  const project = scope === "user" || scope === "team" ? undefined : await projectLog(context, scope === "project")
  return asUser(context.actor.id, project)
}

async function projectLog(context: CommandContext, isMeant: boolean): Promise<LogId | undefined> {
  try {
    return `project.${(await context.project()).id}`
  } catch (thrown) {
    if (isMeant || asDuckError(thrown).code !== "NOT_A_PROJECT") throw thrown
    return undefined
  }
}

/** Says what was written, so that the caller can wait until it is readable. */
export function sawWritten({ saw }: CommandContext, written: readonly Written[]): void {
  for (const { place, position } of written.filter(hasPosition)) saw(place.log, position)
}
