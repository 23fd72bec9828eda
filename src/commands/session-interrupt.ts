import { z } from "zod"
import { requireControl } from "../assistant/conversation/control.ts"
import { defineCommand } from "./command.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionInterrupt = defineCommand({
  name: "session.interrupt",
  summary: "End the turn that runs in a conversation",
  description: "What was said and done so far stays.",
  examples: [{ line: "duck session interrupt 01JC", says: "as Ctrl-C does where it was begun" }],
  input: z.object({ session: sessionArgument, dryRun: dryRunArgument }),
  output: z.object({
    id: z.string(),
    /** False: none was running. */
    isInterrupted: z.boolean(),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, dryRun }, context) {
    const assistant = await currentAssistant(context.host)
    const { id, log } = named(assistant, session)
    const end = assistant.ended(id)
    if (dryRun || end === null) return { id, isInterrupted: end !== null }
    requireControl(assistant.rows.snapshot(id).state, speakerOf(context))
    assistant.interrupt(id)
    await end
    sawLog(context, log)
    return { id, isInterrupted: true }
  },
  present: ({ isInterrupted }) => [
    { kind: "paragraph", text: isInterrupted ? "Interrupted." : "No turn is running in it." },
  ],
  exitCode: ({ isInterrupted }) => (isInterrupted ? 0 : 1),
})
