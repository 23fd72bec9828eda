import { z } from "zod"
import { permits } from "../../access/actor.ts"
import { modes } from "../../access/permissions/mode.ts"
import type { Assistant } from "../../assistant/assistant.ts"
import type { Speaker } from "../../assistant/conversation/control.ts"
import type { Listed } from "../../assistant/conversation/view.ts"
import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { truncate } from "../../base/text.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { CommandContext, Host } from "../context.ts"

export const SessionId = z.string().trim().min(1).max(100)
export const sessionArgument = SessionId.describe("The conversation: its id, or as much of it as no other begins with")
export const ModeName = z.enum(modes)

/** A conversation as lists show it. */
export const SessionRow = z.object({
  id: z.string(),
  title: z.string(),
  root: z.string(),
  messages: z.int(),
  costUsd: z.number(),
  isArchived: z.boolean(),
  /** A turn runs, or was cut off. */
  isRunning: z.boolean(),
  /** The conversation it works for, where it is a sub-agent's. */
  parent: z.string().nullable(),
  startedAt: z.string(),
  lastAt: z.string(),
})
export type SessionRow = z.infer<typeof SessionRow>

export const rowOf = ({ log: _log, ...row }: Listed): SessionRow => row

export const logOfProject = (projectId: string): LogId => `project.${projectId}`

/** The conversations, once their list holds all that was stored before. */
export async function currentAssistant(host: Host): Promise<Assistant> {
  const assistant = await host.assistant()
  const { store, views } = host.fabric()
  const tips = store.logs().filter((log) => log.startsWith("project."))
  await views.reached(Object.fromEntries(tips.map((log) => [log, store.tip(log).pos])))
  return assistant
}

/** The one conversation that a typed id means. Throws NO_CONVERSATION, or INVALID_INPUT where it could be several. */
export function named(assistant: Assistant, typed: string): Listed {
  const whole = assistant.rows.get(typed)
  if (whole) return whole
  const found = assistant.rows.startingWith(typed.toUpperCase())
  const [only, another] = found
  if (only && !another) return only
  if (!only) {
    throw new NotFoundError({
      code: "NO_CONVERSATION",
      message: `There is no conversation ${JSON.stringify(typed)}.`,
      hint: "`duck session list` shows those that there are.",
    })
  }
  throw new InvalidInputError({
    code: "AMBIGUOUS",
    message: `${JSON.stringify(typed)} begins ${found.length === 10 ? "many ids" : `${found.length} ids`}.`,
    hint: `Type more of it: ${found.map(({ id, title }) => `${id} (${truncate(title, 40)})`).join(", ")}`,
    details: { ids: found.map(({ id }) => id) },
  })
}

/** The person a command comes from, for conversations that somebody is in control of. */
export const speakerOf = ({ actor }: Pick<CommandContext, "actor">): Speaker => ({
  user: actor.id,
  ...(actor.client !== undefined && { client: actor.client }),
  isAdmin: permits(actor, "admin"),
})

/** The conversation of this project that was used last. */
export async function lastOf(context: CommandContext, assistant: Assistant): Promise<Listed> {
  const { root } = await context.project()
  const [last] = assistant.rows.list({ root, limit: 1 })
  if (last) return last
  throw new NotFoundError({
    code: "NO_CONVERSATION",
    message: `There is no conversation in ${root} yet.`,
    hint: 'Begin one: duck run "<task>"',
  })
}

/** What a conversation is called after its first words. */
export function titleOf(text: string): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? ""
  return truncate(line.trim().replaceAll(/\s+/g, " "), 80)
}

/** Says that the conversation was written to: whoever lists it next reads it as it is now. */
export function sawLog({ host, saw }: CommandContext, log: LogId): void {
  saw(log, host.fabric().store.tip(log).pos)
}

export const dryRunArgument = z.boolean().default(false).describe("Say what would change, and change nothing")
