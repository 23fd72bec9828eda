import { rm } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import type { Assistant } from "../assistant/assistant.ts"
import { requireControl } from "../assistant/conversation/control.ts"
import type { Listed } from "../assistant/conversation/view.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

/** What a deletion cannot do, said plainly. */
const stays =
  "It is gone from lists, search, exports, links that showed it, memory drawn from it alone, and kept outputs of its " +
  "programs. The log is append-only and hash-chained, so what was said stays in its stored commits, which no command " +
  "shows; they are not shredded. Checkpoints of files, usage and the audit stay as well."

export const sessionDelete = defineCommand({
  name: "session.delete",
  summary: "Delete a conversation and those of its agents, for good",
  description: `Can't be undone; \`duck session archive\` only puts it away. ${stays}`,
  examples: [
    { line: "duck session delete 01JC --dry-run", says: "what would go" },
    { line: "duck session delete 01JC --yes", says: "without being asked; without --yes a terminal asks" },
  ],
  input: z.object({
    session: sessionArgument,
    yes: z.boolean().default(false).describe("You are sure"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    title: z.string(),
    messages: z.int(),
    /** Conversations of agents that go with it. */
    agents: z.array(z.string()),
    isDeleted: z.boolean(),
    /** Nothing was done for want of --yes. */
    isUnsure: z.boolean(),
    /** What is not deleted, and why. */
    stays: z.string(),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, yes, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const row = named(assistant, session)
    const { id, log, title, messages } = row
    const agents = agentsOf(assistant, row)
    const told = { id, title, messages, agents: agents.map((one) => one.id), stays }
    if (dryRun || !yes) return { ...told, isDeleted: false, isUnsure: !dryRun }
    const speaker = speakerOf(context)
    requireControl(assistant.rows.snapshot(id).state, speaker)
    assistant.interrupt(id)
    await assistant.ended(id)
    // Agents first: what is cut off in the middle can be asked for again.
    for (const one of [...agents.reverse(), row]) {
      const own = one.id === id ? { speaker } : {}
      await assistant.change(one.id, { kind: "delete", by: actor.id, ...own }, actor.id)
      await rm(join(host.folders.data, "runs", one.id), { recursive: true, force: true })
    }
    host.audit.note({ actor: actor.id, action: "session.deleted", target: id, outcome: "done" })
    sawLog(context, log)
    return { ...told, isDeleted: true, isUnsure: false }
  },
  choice: ({ title, isUnsure }) =>
    isUnsure
      ? { question: `Delete "${title}" for good?`, options: [{ label: "yes, delete it", input: { yes: true } }] }
      : undefined,
  exitCode: ({ isUnsure }) => (isUnsure ? 1 : 0),
  present: ({ id, title, messages, agents, isDeleted, isUnsure, stays: rest }) => [
    {
      kind: "paragraph",
      text: `"${literal(title)}", ${count(messages, "message")}${
        agents.length > 0 ? ` and ${count(agents.length, "conversation")} of agents` : ""
      }: ${isDeleted ? "deleted" : "would be deleted"}.`,
    },
    { kind: "paragraph", text: literal(rest), tone: "quiet" },
    ...(isUnsure
      ? [{ kind: "paragraph", text: `If you are sure: \`duck session delete ${id} --yes\``, tone: "warning" } as const]
      : []),
  ],
})

/** Those that worked for it, at every depth, each after the one it worked for. */
const agentsOf = (assistant: Assistant, { id }: Listed): Listed[] =>
  assistant.rows.agentsOf(id).flatMap((one) => [one, ...agentsOf(assistant, one)])
