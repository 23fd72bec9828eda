import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionArchive = defineCommand({
  name: "session.archive",
  summary: "Put a conversation away, or take it out again",
  description: "Nothing is deleted: an archived conversation is listed with --archived and found by search.",
  examples: [
    { line: "duck session archive 01JC", says: "out of the list" },
    { line: "duck session archive 01JC --undo", says: "back into it" },
  ],
  input: z.object({
    session: sessionArgument,
    undo: z.boolean().default(false).describe("Take it out of the archive"),
    dryRun: dryRunArgument,
  }),
  output: z.object({ id: z.string(), title: z.string(), isArchived: z.boolean() }),
  positionals: ["session"],
  permission: "write",
  async run({ session, undo, dryRun }, context) {
    const assistant = await currentAssistant(context.host)
    const { id, log, title } = named(assistant, session)
    if (!dryRun) {
      const speaker = speakerOf(context)
      await assistant.change(id, { kind: "archive", isArchived: !undo, speaker }, context.actor.id)
    }
    sawLog(context, log)
    return { id, title, isArchived: !undo }
  },
  present: ({ title, isArchived }) => [
    { kind: "paragraph", text: `"${literal(title)}" is ${isArchived ? "archived" : "out of the archive"}.` },
  ],
})
