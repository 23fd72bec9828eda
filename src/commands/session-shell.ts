import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import {
  currentAssistant,
  dryRunArgument,
  named,
  sawLog,
  sessionArgument,
  speakerOf,
  titleOf,
} from "./session/sessions.ts"

export const sessionShell = defineCommand({
  name: "session.shell",
  summary: "Run a program in a conversation, without asking the model",
  description:
    "What `!` does in `duck chat`. Rules of permission, sandbox and checkpoints are those of the assistant's own " +
    "programs; you are not asked, as you typed it. The model sees what it printed with your next message.",
  examples: [
    { line: "duck session shell 01JC git status", says: "its output is in the conversation" },
    { line: "duck session shell 01JC --dry-run npm test", says: "what would be run" },
  ],
  input: z.object({
    session: sessionArgument,
    command: z.string().trim().min(1).max(100_000).describe("The command line, for a shell"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    command: z.string(),
    /** A turn is running: it begins after that. */
    isWaiting: z.boolean(),
  }),
  positionals: ["session", "command"],
  takesRest: true,
  permission: "write",
  async run({ session, command, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const { id, log } = named(assistant, session)
    const live = await assistant.resume(id, actor.id)
    const isWaiting = live.state.turn !== null
    if (dryRun) return { id, command, isWaiting }
    const isFirst = live.state.messages === 0
    const text = `!${command}`
    await assistant.say(id, [{ kind: "text", text }], actor.id, {
      shell: command,
      speaker: speakerOf(context),
    })
    if (isFirst)
      await assistant.change(id, { kind: "rename", title: titleOf(text), speaker: speakerOf(context) }, actor.id)
    sawLog(context, log)
    return { id, command, isWaiting }
  },
  present: ({ id, command, isWaiting }) => [
    {
      kind: "paragraph",
      text: isWaiting
        ? "It is run when the turn is over."
        : `\`${literal(command)}\` is run. Watch: \`duck session watch ${id}\``,
    },
  ],
})
