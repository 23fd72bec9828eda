import { z } from "zod"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"
import { ModeName, SessionId } from "./session/sessions.ts"

export const chat = defineCommand({
  name: "chat",
  summary: "Talk with the assistant in this terminal",
  description:
    "It asks before it changes anything, unless the mode is freer. /help in it lists what can be typed. Leave with " +
    "Ctrl-D; the conversation is kept as it goes: `duck chat --continue` goes on with it.",
  examples: [
    { line: "duck chat", says: "a new conversation" },
    { line: "duck chat --continue", says: "the last one of this project" },
    { line: "duck chat --mode plan how would you split this file?", says: "with a first question, reading only" },
  ],
  input: z.object({
    message: z.string().max(1_000_000).optional().describe("What to say first"),
    session: SessionId.optional().describe("Go on with this conversation; its id, or the beginning of it"),
    continue: z.boolean().default(false).describe("Go on with the last conversation of this project"),
    mode: ModeName.optional().describe("What it may do: plan only reads, ask, accept-edits, auto"),
    model: z.string().max(300).optional().describe("The model it asks: provider/model, a model's name or an alias"),
    dryRun: z.boolean().default(false).describe("Say which conversation it would be, and begin none"),
  }),
  output: z.object({}),
  positionals: ["message"],
  takesRest: true,
  shorts: { continue: "c", model: "m", session: "r" },
  permission: "write",
  runsIn: "client",
  async run() {
    throw onlyAtTerminal("duck chat")
  },
})
