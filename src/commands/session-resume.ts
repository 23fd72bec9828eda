import { z } from "zod"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"
import { SessionId } from "./session/sessions.ts"

export const sessionResume = defineCommand({
  name: "session.resume",
  summary: "Go on with a conversation in this terminal",
  examples: [
    { line: "duck session resume", says: "the last one of this project" },
    { line: "duck session resume 01JC", says: "as `duck chat --session 01JC`" },
  ],
  input: z.object({
    session: SessionId.optional().describe("Which; its id, or the beginning of it. Without it, the last one"),
    dryRun: z.boolean().default(false).describe("Say which conversation it would be"),
  }),
  output: z.object({}),
  positionals: ["session"],
  permission: "write",
  runsIn: "client",
  async run() {
    throw onlyAtTerminal("duck session resume")
  },
})
