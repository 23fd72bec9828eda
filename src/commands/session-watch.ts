import { z } from "zod"
import { defineCommand } from "./command.ts"
import { sessionItem } from "./session/item.ts"
import { currentAssistant, named, sessionArgument } from "./session/sessions.ts"

export const sessionWatch = defineCommand({
  name: "session.watch",
  summary: "Watch what happens in a conversation, from anywhere",
  description: "A turn that was cut off goes on. Ends with Ctrl-C; --once ends with the turn.",
  examples: [
    { line: "duck session watch 01JC", says: "until Ctrl-C" },
    {
      line: "duck session watch 01JC --once --output-format stream-json",
      says: "the rest of this turn, for a program",
    },
  ],
  input: z.object({
    session: sessionArgument,
    once: z.boolean().default(false).describe("Only to the end of the turn that runs"),
    outputFormat: z.enum(["text", "json", "stream-json"]).default("text").describe("As with duck run"),
  }),
  output: z.object({
    id: z.string(),
    /** How the last turn ended that was watched; null: none did. */
    how: z.string().nullable(),
  }),
  item: sessionItem,
  positionals: ["session"],
  permission: "read",
  timeoutMs: 0,
  async run({ session, once }, context) {
    const assistant = await currentAssistant(context.host)
    const { id } = named(assistant, session)
    const live = await assistant.resume(id, context.actor.id)
    const { follow } = await import("./session/turn.ts")
    const end = await follow({ context, assistant, live, isEndless: !once })
    return { id, how: end?.how ?? null }
  },
  present: () => [],
})
