import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import {
  currentAssistant,
  dryRunArgument,
  ModeName,
  named,
  sawLog,
  sessionArgument,
  speakerOf,
} from "./session/sessions.ts"

export const sessionSet = defineCommand({
  name: "session.set",
  summary: "Set the mode or the model of a conversation",
  examples: [
    { line: "duck session set 01JC --mode accept-edits", says: "from the next call on" },
    { line: "duck session set 01JC --model anthropic/claude-sonnet-4-5", says: "from the next answer on" },
  ],
  input: z.object({
    session: sessionArgument,
    mode: ModeName.optional().describe("What it may do: plan only reads, ask, accept-edits, auto"),
    model: z.string().max(300).optional().describe('The model it asks; "" for the default'),
    dryRun: dryRunArgument,
  }),
  output: z.object({ id: z.string(), mode: ModeName, model: z.string() }),
  positionals: ["session"],
  permission: "write",
  async run({ session, mode, model, dryRun }, context) {
    const { host, actor } = context
    if (mode === undefined && model === undefined) {
      throw new InvalidInputError({ message: "Nothing is to be set.", hint: "--mode or --model says what." })
    }
    const assistant = await currentAssistant(host)
    const { id, log } = named(assistant, session)
    const speaker = speakerOf(context)
    const live = await assistant.resume(id, actor.id)
    if (!dryRun && mode !== undefined) await assistant.change(id, { kind: "set-mode", mode, speaker }, actor.id)
    if (!dryRun && model !== undefined) await assistant.change(id, { kind: "set-model", model, speaker }, actor.id)
    sawLog(context, log)
    return { id, mode: mode ?? live.state.mode, model: model ?? live.state.model }
  },
  present: ({ mode, model }) => [
    {
      kind: "fields",
      entries: [
        ["mode", mode],
        ["model", model === "" ? "the default" : literal(model)],
      ],
    },
  ],
})
