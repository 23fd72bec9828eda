import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, logOfProject, ModeName, sawLog } from "./session/sessions.ts"

export const sessionStart = defineCommand({
  name: "session.start",
  summary: "Begin a conversation in this project, without saying anything yet",
  description: "`duck chat` and editors begin theirs with it; `duck run` begins one of its own.",
  examples: [{ line: "duck session start --mode plan", says: "its id" }],
  input: z.object({
    title: z.string().trim().max(200).default("New conversation").describe("What it is called"),
    mode: ModeName.default("ask").describe("What it may do: plan only reads, ask, accept-edits, auto"),
    model: z.string().max(300).default("").describe("The model it asks; without it, the default"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    /** "" with dryRun. */
    id: z.string(),
    title: z.string(),
    root: z.string(),
    mode: ModeName,
    model: z.string(),
  }),
  permission: "write",
  async run({ title, mode, model, dryRun }, context) {
    const { id: projectId, root } = await context.project()
    const log = logOfProject(projectId)
    if (dryRun) return { id: "", title, root, mode, model }
    const assistant = await currentAssistant(context.host)
    const id = await assistant.start({ log, root, title, mode, model }, context.actor.id)
    sawLog(context, log)
    return { id, title, root, mode, model }
  },
  present: ({ id, title }) => [{ kind: "paragraph", text: `\`${id}\` "${literal(title)}"` }],
})
