import { z } from "zod"
import { asData } from "./chat/data.ts"
import { defineCommand } from "./command.ts"
import {
  currentAssistant,
  dryRunArgument,
  named,
  sawLog,
  sessionArgument,
  speakerOf,
  titleOf,
} from "./session/sessions.ts"

export const sessionSay = defineCommand({
  name: "session.say",
  summary: "Say something in a conversation, and leave the answer to those who watch",
  description: "A turn that runs hears it before its next step; with --queue it waits for the turn to end.",
  examples: [
    { line: "duck session say 01JC and keep the old name as an alias", says: "steers what runs" },
    { line: "duck session say 01JC --queue then run the tests", says: "afterwards" },
  ],
  input: z.object({
    session: sessionArgument,
    text: z.string().min(1).max(1_000_000).describe("What to say"),
    data: z.string().max(1_000_000).optional().describe("Text that goes with it as data; secrets in it are masked"),
    queue: z.boolean().default(false).describe("Wait for the running turn to end"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    /** A turn was running and hears it. */
    isSteering: z.boolean(),
  }),
  positionals: ["session", "text"],
  takesRest: true,
  permission: "write",
  async run({ session, text, data, queue, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const { id, log } = named(assistant, session)
    const live = await assistant.resume(id, actor.id)
    const isSteering = live.state.turn !== null && !queue
    if (dryRun) return { id, isSteering }
    // One that was begun without words is called after its first.
    const isFirst = live.state.messages === 0
    const { root } = live.state
    const more = data === undefined ? [] : [{ kind: "text" as const, text: await asData(data, root, context) }]
    await assistant.say(id, [{ kind: "text", text }, ...more], actor.id, {
      queues: queue,
      speaker: speakerOf(context),
    })
    if (isFirst)
      await assistant.change(id, { kind: "rename", title: titleOf(text), speaker: speakerOf(context) }, actor.id)
    sawLog(context, log)
    return { id, isSteering }
  },
  present: ({ id, isSteering }) => [
    {
      kind: "paragraph",
      text: isSteering ? "It is heard in the turn that runs." : `Said. Watch: \`duck session watch ${id}\``,
    },
  ],
})
