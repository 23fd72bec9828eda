import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionRename = defineCommand({
  name: "session.rename",
  summary: "Give a conversation another title",
  examples: [{ line: "duck session rename 01JC the retry budget", says: "as it is listed from then on" }],
  input: z.object({
    session: sessionArgument,
    title: z.string().trim().min(1).max(200).describe("The new title"),
    dryRun: dryRunArgument,
  }),
  output: z.object({ id: z.string(), title: z.string(), before: z.string() }),
  positionals: ["session", "title"],
  takesRest: true,
  permission: "write",
  async run({ session, title, dryRun }, context) {
    const assistant = await currentAssistant(context.host)
    const { id, log, title: before } = named(assistant, session)
    if (!dryRun) await assistant.change(id, { kind: "rename", title, speaker: speakerOf(context) }, context.actor.id)
    sawLog(context, log)
    return { id, title, before }
  },
  present: ({ title, before }) => [{ kind: "paragraph", text: `"${literal(before)}" is "${literal(title)}".` }],
})
